import assert from "node:assert/strict";
import { test } from "node:test";
import { isSame } from "../../src/app/same-body.js";

const patterned = (length: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 37 + seed) & 255));

test("a body of any length at any place is the same, and is not with any one byte changed", () => {
  const buffer = Buffer.alloc(128, 0xee).subarray(3);
  // short ones and long ones are compared in different ways
  for (let length = 0; length <= 70; length++) {
    const sent = patterned(length, length);
    for (let start = 0; start < 9; start++) {
      buffer.fill(0xee);
      sent.copy(buffer, start);
      assert.equal(isSame(sent, buffer, start, start + length), true, `${length} at ${start}`);
      for (let i = start; i < start + length; i++) {
        buffer[i] = (buffer[i] as number) ^ 0x80;
        assert.equal(isSame(sent, buffer, start, start + length), false, `${length} at ${start}, byte ${i - start}`);
        buffer[i] = (buffer[i] as number) ^ 0x80;
      }
    }
  }
});

test("a body of another length is another one", () => {
  const sent = patterned(12, 1);
  assert.equal(isSame(sent, sent, 0, 11), false);
  assert.equal(isSame(sent, Buffer.concat([sent, sent]), 0, 13), false);
});

test("what was compared before does not matter", () => {
  const [one, other] = [patterned(40, 1), patterned(40, 2)];
  const came = Buffer.concat([one, other]);
  assert.deepEqual(
    [isSame(one, came, 0, 40), isSame(other, came, 0, 40), isSame(other, came, 40, 80), isSame(one, one, 0, 40)],
    [true, false, true, true],
  );
});
