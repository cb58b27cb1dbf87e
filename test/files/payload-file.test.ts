import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { MAX_PAYLOAD_BYTES, readPayload } from "../../src/files/payload-file.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

const NO_STDIN = Readable.from([]);
const JSON_ONLY = { raw: false, stdin: NO_STDIN };

describe("readPayload", () => {
  it("gives a file's bytes back unchanged", async () => {
    await using dir = await makeTempDir();
    const bytes = Buffer.from(' { "volume" : 80,\r\n "name": "é" } \n');
    const path = await dir.write("p.json", bytes);
    assert.deepEqual(await readPayload({ kind: "file", path }, JSON_ONLY), bytes);
  });

  it("reads stdin for -, in any chunks", async () => {
    const stdin = Readable.from([Buffer.from("[1,"), Buffer.from("2]")]);
    assert.equal((await readPayload({ kind: "file", path: "-" }, { raw: false, stdin })).toString(), "[1,2]");
  });

  it("stops reading an endless stdin", async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(16_384, 0x20);
      })(),
    );
    await assert.rejects(
      readPayload({ kind: "file", path: "-" }, { raw: true, stdin: endless }),
      failsWith("payload-invalid", /\(stdin\): the message is longer than 65,536 bytes/),
    );
    assert.ok(endless.destroyed);
  });

  it("stops waiting for stdin when it is interrupted", async () => {
    const controller = new AbortController();
    const stdin = new Readable({ read: () => undefined });
    const reading = readPayload({ kind: "file", path: "-" }, { raw: true, stdin, signal: controller.signal });
    controller.abort();
    await assert.rejects(reading, failsWith("interrupted", /stopped/));
  });

  it("takes the longest message and refuses one byte more", async () => {
    const longest = "x".repeat(MAX_PAYLOAD_BYTES);
    const raw = { raw: true, stdin: NO_STDIN };
    assert.equal((await readPayload({ kind: "text", text: longest }, raw)).length, 65_536);
    await assert.rejects(
      readPayload({ kind: "text", text: `${longest}x` }, raw),
      failsWith("payload-invalid", /longer/),
    );
  });

  const refused: [string, string | Buffer, boolean, RegExp][] = [
    ["an empty file", "", true, /p\.json: the message is empty/],
    ["what is not JSON", '{"a":1,\n b:2}', false, /p\.json:2:2: not JSON: a key needs double quotes/],
    ["what is not UTF-8", Buffer.from([0x7b, 0x0a, 0x20, 0xff]), false, /p\.json:2:2: not JSON: it is not UTF-8/],
    ["a byte order mark", "\ufeff{}", false, /p\.json:1:1: not JSON: a byte order mark/],
  ];
  for (const [name, content, raw, message] of refused) {
    it(`refuses ${name}`, async () => {
      await using dir = await makeTempDir();
      const path = await dir.write("p.json", content);
      await assert.rejects(
        readPayload({ kind: "file", path }, { raw, stdin: NO_STDIN }),
        failsWith("payload-invalid", message),
      );
    });
  }

  it("sends any bytes with raw", async () => {
    await using dir = await makeTempDir();
    const bytes = Buffer.from([0, 255, 10, 13]);
    const path = await dir.write("p.bin", bytes);
    assert.deepEqual(await readPayload({ kind: "file", path }, { raw: true, stdin: NO_STDIN }), bytes);
  });

  it("tells a missing file from a directory", async () => {
    await using dir = await makeTempDir();
    await assert.rejects(
      readPayload({ kind: "file", path: dir.path("x") }, JSON_ONLY),
      failsWith("bad-input-file", /x: no such file/),
    );
    await assert.rejects(
      readPayload({ kind: "file", path: dir.path(".") }, JSON_ONLY),
      failsWith("bad-input-file", /it is a directory/),
    );
  });
});
