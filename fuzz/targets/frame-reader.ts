import assert from "node:assert/strict";
import { FrameReader } from "../../src/fleet/frame-reader.js";
import { type FuzzTarget, inPieces } from "../fuzz-target.js";
import { serverPackets } from "../mqtt-packets.js";
import { createRandom } from "../random.js";

const LONGEST_READ = 48;

/** The packet types that a device's connection goes on after: CONNACK, PUBLISH, SUBACK, PINGRESP. */
const TAKEN: readonly number[] = [2, 3, 9, 13];

/** Keeps the packets, and stops as a device's connection does at one that no server sends. */
class Recorder extends FrameReader {
  readonly packets: string[] = [];
  faulty = false;

  protected override frame(bytes: Buffer, start: number, end: number): boolean {
    assert.ok(start >= 0 && end >= start + 2 && end <= bytes.length, "a packet outside the bytes");
    this.faulty = !TAKEN.includes((bytes[start] ?? 0) >> 4);
    if (!this.faulty) this.packets.push(bytes.toString("latin1", start, end));
    return !this.faulty;
  }

  protected override malformed(): void {
    assert.ok(!this.faulty, "told twice that the stream is broken");
    this.faulty = true;
  }
}

/** Reads as from a socket: through one buffer, which the next read overwrites. */
const read = (pieces: readonly Buffer[]): { packets: string[]; faulty: boolean } => {
  const recorder = new Recorder();
  const shared = Buffer.alloc(pieces.reduce((most, piece) => Math.max(most, piece.length), 0));
  for (const piece of pieces) {
    if (recorder.faulty) break;
    shared.fill(0xee);
    recorder.feed(shared, 0, piece.copy(shared));
  }
  return { packets: recorder.packets, faulty: recorder.faulty };
};

/** The lean engine's frame reader. An input's first byte chooses how the rest is cut into reads. */
export const createFrameReaderTarget = (): FuzzTarget => ({
  name: "frame-reader",
  corpus: [...serverPackets(), Buffer.concat(serverPackets())].map((bytes) => Buffer.concat([Buffer.of(0x5a), bytes])),
  check: (input) => {
    const stream = input.subarray(1);
    const whole = read([stream]);
    const cut = read(inPieces(createRandom(input[0] ?? 0), stream, LONGEST_READ));
    assert.deepEqual(cut, whole, "the same bytes in other reads came to something else");
    const seen = Buffer.from(whole.packets.join(""), "latin1");
    assert.ok(stream.subarray(0, seen.length).equals(seen), "the packets are not what was sent");
    return `${whole.faulty ? "broken" : "sound"}, ${whole.packets.length === 0 ? "no packet" : "packets"}`;
  },
});
