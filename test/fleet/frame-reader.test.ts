import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameReader, MAX_PACKET_BYTES } from "../../src/fleet/frame-reader.js";
import { encodePublish } from "../../src/protocol/publish-packet.js";

/** Keeps every packet; stops after `limit` of them. */
class Recorder extends FrameReader {
  readonly frames: string[] = [];
  readonly faults: string[] = [];
  readonly #limit: number;

  constructor(limit = Number.POSITIVE_INFINITY) {
    super();
    this.#limit = limit;
  }

  protected override frame(bytes: Buffer, start: number, end: number): boolean {
    this.frames.push(bytes.toString("hex", start, end));
    return this.frames.length < this.#limit;
  }

  protected override malformed(detail: string): void {
    this.faults.push(detail);
  }
}

const packet = fc.oneof(
  fc.constantFrom(Buffer.from([0xd0, 0]), Buffer.from([0x20, 2, 0, 0]), Buffer.from([0x90, 3, 0, 1, 0])),
  fc
    .record({ topic: fc.string({ minLength: 1, maxLength: 40 }), body: fc.uint8Array({ maxLength: 400 }) })
    .map(({ topic, body }) => Buffer.from(encodePublish(topic, body, 0))),
  fc.integer({ min: 16_000, max: 20_000 }).map((size) => Buffer.from(encodePublish("/t", Buffer.alloc(size, 7), 1, 9))),
);

/** Feeds through one buffer that is overwritten by each read, as a socket's is. */
const feedInPieces = (reader: FrameReader, stream: Buffer, cuts: readonly number[]) => {
  const shared = Buffer.alloc(stream.length + 8);
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  let at = 0;
  for (const end of ends) {
    shared.fill(0xee);
    reader.feed(shared, 0, stream.copy(shared, 0, at, end));
    at = end;
  }
};

test("any split of a stream into reads gives the same packets", () => {
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 30 }), (packets, cuts) => {
      const reader = new Recorder();
      feedInPieces(reader, Buffer.concat(packets), cuts);
      assert.deepEqual(reader.faults, []);
      assert.deepEqual(
        reader.frames,
        packets.map((bytes) => bytes.toString("hex")),
      );
    }),
  );
});

test("every split in two, and byte by byte, gives the same packets", () => {
  const packets = [
    encodePublish("/a/b", Buffer.alloc(200, 1), 1, 5),
    Uint8Array.of(0xd0, 0),
    encodePublish("/c", Buffer.of(), 0),
  ];
  const stream = Buffer.concat(packets);
  const wanted = packets.map((bytes) => Buffer.from(bytes).toString("hex"));
  const everyByte = Array.from(stream, (_, i) => i);
  for (const cuts of [...everyByte.map((cut) => [cut]), everyByte]) {
    const reader = new Recorder();
    feedInPieces(reader, stream, cuts);
    assert.deepEqual(reader.frames, wanted);
  }
});

test("nothing is read after the owner stops", () => {
  for (const cuts of [[], [1], [2], [3]]) {
    const reader = new Recorder(1);
    const stream = Buffer.from([0xd0, 0, 0xd0, 0]);
    reader.feed(stream, 0, cuts[0] ?? stream.length);
    if (reader.frames.length === 0) reader.feed(stream.subarray(cuts[0] ?? 0), 0, stream.length - (cuts[0] ?? 0));
    assert.deepEqual([reader.frames, reader.faults], [["d000"], []]);
  }
});

test("a malformed, oversized or impossible packet is told once, wherever the reads are cut", () => {
  const limit = MAX_PACKET_BYTES + 1;
  const tooLong = [0x30, (limit & 127) | 128, ((limit >> 7) & 127) | 128, limit >> 14];
  const streams = [[0x30, 0xff, 0xff, 0xff, 0xff, 0x01], tooLong, [0x48, 0x54, 0x54, 0x50]];
  for (const bytes of streams) {
    for (let cut = 0; cut < bytes.length; cut++) {
      const reader = new Recorder();
      const stream = Buffer.from(bytes);
      reader.feed(stream.subarray(0, cut), 0, cut);
      if (reader.faults.length === 0) reader.feed(stream.subarray(cut), 0, stream.length - cut);
      assert.deepEqual([reader.frames, reader.faults.length], [[], 1], `cut at ${cut}`);
    }
  }
});

test("any bytes at all are read without an exception", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 10 }), (reads) => {
      const reader = new Recorder();
      for (const read of reads) {
        if (reader.faults.length > 0) break;
        reader.feed(Buffer.from(read), 0, read.length);
      }
    }),
  );
});
