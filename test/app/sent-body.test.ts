import assert from "node:assert/strict";
import { test } from "node:test";
import { SentBody } from "../../src/app/sent-body.js";

const patterned = (length: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 37 + seed) & 255));

/** Up to some steps and a rest, and on both sides of the length from which on the native comparison is used. */
const LENGTHS = [...Array.from({ length: 70 }, (_, i) => i), 511, 512, 513, 600];

test("a body of any length at any place is the same, and is not with any one byte changed", () => {
  const buffer = Buffer.alloc(700, 0xee).subarray(3);
  for (const length of LENGTHS) {
    const bytes = patterned(length, length);
    const sent = new SentBody(bytes);
    for (let start = 0; start < 9; start++) {
      buffer.fill(0xee);
      bytes.copy(buffer, start);
      assert.equal(sent.isSame(buffer, start, start + length), true, `${length} at ${start}`);
      for (let i = start; i < start + length; i++) {
        buffer[i] = (buffer[i] as number) ^ 0x80;
        assert.equal(sent.isSame(buffer, start, start + length), false, `${length} at ${start}, byte ${i - start}`);
        buffer[i] = (buffer[i] as number) ^ 0x80;
      }
    }
  }
});

test("a body of another length is another one", () => {
  const bytes = patterned(12, 1);
  const sent = new SentBody(bytes);
  assert.equal(sent.isSame(bytes, 0, 11), false);
  assert.equal(sent.isSame(Buffer.concat([bytes, bytes]), 0, 13), false);
});

test("what was compared before does not matter", () => {
  const [one, other] = [patterned(40, 1), patterned(40, 2)];
  const came = Buffer.concat([one, other]);
  const [sent, sentOther] = [new SentBody(one), new SentBody(other)];
  assert.deepEqual(
    [sent.isSame(came, 0, 40), sentOther.isSame(came, 0, 40), sentOther.isSame(came, 40, 80), sent.isSame(one, 0, 40)],
    [true, false, true, true],
  );
});

test("a body that changes after it was taken is compared as it was", () => {
  const bytes = patterned(40, 1);
  const sent = new SentBody(bytes);
  const came = Buffer.from(bytes);
  bytes.fill(0);
  assert.equal(sent.isSame(came, 0, 40), true);
});
