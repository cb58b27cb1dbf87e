import { frameLength, INCOMPLETE, MALFORMED, PACKET_TYPE } from "../protocol/publish-packet.js";

/** No packet of the platform is longer: a body of 256 KB, a topic of 128 bytes [Limits: MQTT payload]; rounded up. */
export const MAX_PACKET_BYTES = 300 * 1024;

/** The packet types that a server sends to a client which publishes nothing, one bit each. */
const SERVER_TYPES =
  (1 << PACKET_TYPE.connack) | (1 << PACKET_TYPE.publish) | (1 << PACKET_TYPE.suback) | (1 << PACKET_TYPE.pingresp);

/** The least that an unfinished packet is given to grow into, bytes. */
const MIN_TAIL_BYTES = 256;

/**
 * Cuts a byte stream into MQTT packets without copying, except the one that a read broke off: that grows in a buffer of its
 * own, by doubling, so that a length which the server only claims costs nothing.
 */
export abstract class FrameReader {
  private tail: Buffer | null = null;
  private tailLength = 0;

  /** One whole packet: `bytes[start…end)`, valid during the call only. Answers whether to go on. */
  protected abstract frame(bytes: Buffer, start: number, end: number): boolean;

  /** The stream cannot be read further; nothing is called after this unless {@link feed} is. */
  protected abstract malformed(detail: string): void;

  /** Takes `bytes[start…end)`, the next of the stream. Keeps no reference to `bytes`. */
  feed(bytes: Buffer, start: number, end: number): void {
    let at = this.tail === null ? start : this.finishTail(bytes, start, end);
    while (at >= 0 && at < end) {
      const size = frameLength(bytes, at, end);
      if (size === MALFORMED || size > MAX_PACKET_BYTES) {
        this.malformed("a packet's length is wrong");
        return;
      }
      if (size === INCOMPLETE || at + size > end) {
        // a server of another protocol is told at its first byte; it may never send the rest of what is no packet
        if ((SERVER_TYPES >> ((bytes[at] as number) >> 4)) & 1) this.append(bytes, at, end, size);
        else this.malformed("a packet of a type that no server sends");
        return;
      }
      at = this.frame(bytes, at, at + size) ? at + size : -1;
    }
  }

  /** Whether no packet is half read. */
  protected get isWhole(): boolean {
    return this.tail === null;
  }

  /** Forgets an unfinished packet. */
  protected release(): void {
    this.tail = null;
    this.tailLength = 0;
  }

  /** Completes the unfinished packet from the head of `bytes`. Returns where the next packet starts, or -1 to stop. */
  private finishTail(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (this.tail !== null && at < end) {
      const before = frameLength(this.tail, 0, this.tailLength);
      // a length field comes byte by byte until it is whole
      const wanted = before === INCOMPLETE ? 1 : Math.min(before - this.tailLength, end - at);
      this.append(bytes, at, at + wanted, before);
      at += wanted;
      const size = frameLength(this.tail, 0, this.tailLength);
      if (size === MALFORMED || size > MAX_PACKET_BYTES) {
        this.release();
        this.malformed("a packet's length is wrong");
        return -1;
      }
      if (size === this.tailLength) {
        const whole = this.tail;
        this.release();
        if (!this.frame(whole, 0, size)) return -1;
      }
    }
    return at;
  }

  private append(bytes: Buffer, start: number, end: number, size: number): void {
    const needed = this.tailLength + end - start;
    if (this.tail === null || needed > this.tail.length) {
      const room = Math.max(needed, Math.min(size, needed * 2), MIN_TAIL_BYTES);
      // not from the pool: a slice of it would keep all of its 8 KB alive
      const grown = Buffer.allocUnsafeSlow(room);
      this.tail?.copy(grown, 0, 0, this.tailLength);
      this.tail = grown;
    }
    bytes.copy(this.tail, this.tailLength, start, end);
    this.tailLength = needed;
  }
}
