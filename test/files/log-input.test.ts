import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { readLog } from "../../src/files/log-reader.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

const NO_STDIN = Readable.from([]);
const COUNT = 500;
const line = (i: number) => JSON.stringify({ schema: "iotb.end/1", presences: i, receipts: (i * 7919) % 1000 });
const text = Array.from({ length: COUNT }, (_, i) => `${line(i)}\n`).join("");
const packed = gzipSync(text);

/** The numbers of the lines that were read, and what the reading says of itself. */
const readAll = async (path: string, stdin: Readable = NO_STDIN, onRead?: (bytes: number) => void) => {
  const numbers: number[] = [];
  const reading = await readLog(
    path,
    stdin,
    (record) => {
      if (record.schema === "iotb.end/1") numbers.push(record.presences);
    },
    onRead === undefined ? {} : { onRead },
  );
  return { numbers, cut: reading.cut };
};
const all = { numbers: Array.from({ length: COUNT }, (_, i) => i), cut: false };

describe("a packed log", () => {
  it("is read as if it were not packed, whatever its name, from a file and from stdin", async () => {
    await using dir = await makeTempDir();
    await writeFile(dir.path("a.ndjson"), packed);
    assert.deepEqual(await readAll(dir.path("a.ndjson")), all);
    assert.deepEqual(await readAll("-", Readable.from([packed])), all);
    const bytes = Array.from({ length: packed.length }, (_, i) => packed.subarray(i, i + 1));
    assert.deepEqual(await readAll("-", Readable.from(bytes)), all);
  });

  it("may be of several members", async () => {
    const half = text.length / 2;
    const members = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]);
    assert.deepEqual(await readAll("-", Readable.from([members])), all);
  });

  it("that is cut ends where it is cut, as one does that is not packed", async () => {
    for (const length of [11, 100, packed.length >> 1, packed.length - 20, packed.length - 9]) {
      const { numbers } = await readAll("-", Readable.from([packed.subarray(0, length)]));
      assert.deepEqual(numbers, all.numbers.slice(0, numbers.length));
      assert.ok(numbers.length < COUNT || length > packed.length - 20, `${numbers.length} lines of ${length} bytes`);
    }
    const middle = await readAll("-", Readable.from([packed.subarray(0, packed.length >> 1)]));
    assert.ok(middle.numbers.length > 0, "what came before the cut is not lost");
    assert.deepEqual(await readAll("-", Readable.from([packed.subarray(0, -8)])), all, "all but its checksum is all");
  });

  it("that is damaged is refused", async () => {
    const damaged = Buffer.from(packed);
    damaged.writeUInt32LE(0, packed.length - 8);
    await assert.rejects(
      readAll("-", Readable.from([damaged])),
      failsWith("bad-input-file", /\(stdin\): it begins as a gzip file and is none, or a damaged one/),
    );
    await assert.rejects(
      readAll("-", Readable.from([Buffer.from([0x1f, 0x8b, 1, 2, 3, 4])])),
      failsWith("bad-input-file", /damaged/),
    );
  });
});

describe("a log's bytes", () => {
  it("are counted as they come from the file, packed or not", async () => {
    await using dir = await makeTempDir();
    for (const bytes of [Buffer.from(text), packed]) {
      await writeFile(dir.path("a"), bytes);
      let read = 0;
      await readAll(dir.path("a"), NO_STDIN, (more) => {
        read += more;
      });
      assert.equal(read, bytes.length);
    }
  });

  it("may be none, or one", async () => {
    await using dir = await makeTempDir();
    for (const content of ["", "{", "\n", "\x1f"]) {
      await writeFile(dir.path("a"), content);
      const { numbers, cut } = await readAll(dir.path("a"));
      assert.deepEqual([numbers, cut], [[], content === "{" || content === "\x1f"]);
    }
  });

  it("are not read on after an abort", async () => {
    const aborted = AbortSignal.abort();
    const reading = readLog("-", Readable.from([text]), () => undefined, { signal: aborted });
    await assert.rejects(reading, failsWith("interrupted", /stopped while reading/));
  });

  it("of a line that never ends are refused early, in little memory", async () => {
    let given = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          given += 65_536;
          yield Buffer.alloc(65_536, "x");
        }
      })(),
    );
    await assert.rejects(readAll("-", endless), failsWith("bad-input-file", /:1: the line is too long/));
    assert.ok(given < 4_000_000, `${given} bytes were asked for`);
    const bomb = gzipSync(Buffer.alloc(64_000_000, "x"));
    await assert.rejects(readAll("-", Readable.from([bomb])), failsWith("bad-input-file", /:1: the line is too long/));
  });
});
