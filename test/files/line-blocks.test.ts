import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readLineBlocks } from "../../src/files/line-blocks.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

describe("readLineBlocks", () => {
  it("gives every line with its place, whatever the size of a block", async () => {
    await using dir = await makeTempDir();
    const text = fc.array(fc.constantFrom("a", "bc", "\n", "\r\n", "ä"), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 12 }), async (pieces, blockBytes) => {
        const whole = Buffer.from(pieces.join(""));
        await using file = await open(await dir.write("lines", whole), "r");
        const seen: [string, number][] = [];
        const blocks: Buffer[] = [];
        const reader = {
          block: (bytes: Buffer) => blocks.push(Buffer.from(bytes)) > 0,
          line: (bytes: Buffer, from: number, to: number, offset: number) =>
            seen.push([bytes.toString("utf8", from, to), offset]) > 0,
        };
        const complete = await readLineBlocks(file, 0, whole.length, reader, blockBytes);
        const lines = whole.toString().split("\n");
        if (lines.at(-1) === "") lines.pop();
        const longest = Math.max(0, ...lines.map((line) => Buffer.byteLength(line)));
        // a line fills a block up to its last byte only where the file ends with it
        assert.ok(complete || longest >= blockBytes);
        if (!complete) return;
        assert.deepEqual(
          seen.map(([line]) => line),
          lines,
        );
        for (const [line, offset] of seen) {
          assert.equal(whole.toString("utf8", offset, offset + Buffer.byteLength(line)), line);
        }
        assert.deepEqual(Buffer.concat(blocks), whole);
      }),
      { numRuns: 300 },
    );
  });

  it("reads only from the first byte to the last", async () => {
    await using dir = await makeTempDir();
    await using file = await open(await dir.write("lines", "one\ntwo\nthree\nfour\n"), "r");
    const seen: string[] = [];
    const line = (bytes: Buffer, from: number, to: number) => seen.push(bytes.toString("utf8", from, to)) > 0;
    assert.equal(await readLineBlocks(file, 4, 14, { line }), true);
    assert.deepEqual(seen, ["two", "three"]);
  });

  it("ends where the reader ends it", async () => {
    await using dir = await makeTempDir();
    await using file = await open(await dir.write("lines", "one\ntwo\n"), "r");
    assert.equal(await readLineBlocks(file, 0, 8, { line: () => false }), false);
    assert.equal(await readLineBlocks(file, 0, 8, { block: () => false, line: () => true }), false);
  });
});
