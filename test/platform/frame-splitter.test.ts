import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FrameState, splitFrames } from "../../src/platform/frame-splitter.js";

const packet = (head: number, length: number): Buffer => {
  const size = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return Buffer.concat([Uint8Array.of(head, ...size), Buffer.alloc(length, head)]);
};

test("however a stream is cut, the same packets come out, and memory follows what has arrived", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lengths, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes, cuts) => {
      const packets = sizes.map((size, i) => packet(0x30 + i, size));
      const stream = Buffer.concat(packets);
      const state: FrameState = { maxFrameBytes: 500, partial: null, filled: 0 };
      const seen: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = Math.min(stream.length, at + (cuts[i % cuts.length] ?? 1));
        const fault = splitFrames(state, stream.subarray(at, end), (_state, frame) => {
          seen.push(Buffer.from(frame));
          return true;
        });
        assert.equal(fault, null);
        assert.ok((state.partial?.length ?? 0) <= Math.max(64, 2 * state.filled));
        at = end;
      }
      assert.deepEqual(seen, packets);
      assert.equal(state.filled, 0);
    }),
  );
});

test("a header that claims more than is allowed is refused before anything is kept", () => {
  const state: FrameState = { maxFrameBytes: 1000, partial: null, filled: 0 };
  assert.equal(
    splitFrames(state, Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), () => true),
    "packet-too-large",
  );
  assert.equal(state.partial, null);
});

test("a packet of two bytes that comes byte by byte is whole with its second one", () => {
  const state: FrameState = { maxFrameBytes: 1000, partial: null, filled: 0 };
  const seen: string[] = [];
  for (const byte of [0xc0, 0x00, 0xe0, 0x00]) {
    splitFrames(state, Buffer.of(byte), (_state, frame) => seen.push(frame.toString("hex")) > 0);
    if (byte !== 0) assert.deepEqual(seen, byte === 0xc0 ? [] : ["c000"]);
  }
  assert.deepEqual(seen, ["c000", "e000"]);
});

test("a header that is wrong is refused with its last byte, in however many reads it came", () => {
  for (const [last, fault] of [
    [0x7f, "packet-too-large"],
    [0xff, "malformed-packet"],
  ] as const) {
    const state: FrameState = { maxFrameBytes: 1000, partial: null, filled: 0 };
    const faults = [0x30, 0xff, 0xff, 0xff, last].map((byte) => splitFrames(state, Buffer.of(byte), () => true));
    assert.deepEqual(faults, [null, null, null, null, fault]);
  }
});
