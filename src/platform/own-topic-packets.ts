import { publishLength, writePublishHeader } from "../protocol/publish-packet.js";
import { aroundBroadcastName } from "../protocol/topics.js";
import type { DeviceRecord } from "./device-table.js";

/** Lengths of a device's name: 4 to 32 by the rules, and none. */
const NAME_LENGTHS = 33;

/** A packet of a full broadcast, and where in it the device's name stands. */
export type NamedPacket = { readonly bytes: Uint8Array; readonly nameStart: number };

/** The packets of one full broadcast, a topic of its own for each device: from one device to the next only the name changes. */
export class OwnTopicPackets {
  readonly #id: string;
  readonly #body: Uint8Array;
  readonly #leaveBody: boolean;
  readonly #behindTopic: Uint8Array;
  /** By the length of the name. Filled, so that it is of one kind for V8 from the first broadcast to the last. */
  readonly #patterns = new Array<NamedPacket | undefined>(NAME_LENGTHS).fill(undefined);
  #patternsOf = "";
  /** The last packet that {@link for} made, and the pattern that it is a copy of: one buffer while that stays the same. */
  #own = new Uint8Array(0);
  #ownPattern: NamedPacket | null = null;

  /**
   * `behindTopic` stands between topic and body, the empty properties of MQTT 5 say. With `leaveBody` the packet ends where the body
   * is to follow.
   */
  constructor(messageId: string, body: Uint8Array, behindTopic: Uint8Array, leaveBody: boolean) {
    this.#id = messageId;
    this.#body = body;
    this.#behindTopic = behindTopic;
    this.#leaveBody = leaveBody;
  }

  /** The packet for this device, valid until the next call; after {@link given} it is the receiver's for good. */
  for({ productKey, deviceName }: DeviceRecord): Uint8Array {
    const pattern = this.like(productKey, deviceName.length);
    if (pattern !== this.#ownPattern) {
      this.#ownPattern = pattern;
      // memory of its own: a packet that waits must not keep more alive than itself
      this.#own = pattern.bytes.slice();
    }
    // a device name is of ASCII letters, digits and a few signs
    for (let i = 0; i < deviceName.length; i++) this.#own[pattern.nameStart + i] = deviceName.charCodeAt(i);
    return this.#own;
  }

  /** The last packet was not sent whole: its buffer is not used again. */
  given(): void {
    this.#ownPattern = null;
  }

  /** A packet of a product's devices with names of so many bytes, but for the name; the same one each time, never to be changed. */
  like(productKey: string, nameLength: number): NamedPacket {
    if (productKey !== this.#patternsOf) {
      this.#patterns.fill(undefined);
      this.#patternsOf = productKey;
    }
    const known = this.#patterns[nameLength];
    if (known !== undefined) return known;
    const made = this.#encode(productKey, nameLength);
    this.#patterns[nameLength] = made;
    return made;
  }

  /** A packet with blanks for a name. */
  #encode(productKey: string, nameLength: number): NamedPacket {
    const { before, behind: behindName } = aroundBroadcastName(productKey);
    const topic = Buffer.from(before + " ".repeat(nameLength) + behindName + this.#id, "latin1");
    const behind = this.#behindTopic.length + this.#body.length;
    const whole = publishLength(topic.length, behind, 0);
    const bytes = new Uint8Array(this.#leaveBody ? whole - this.#body.length : whole);
    const topicStart = writePublishHeader(bytes, 0, topic.length, behind, 0);
    bytes.set(topic, topicStart);
    bytes.set(this.#behindTopic, topicStart + topic.length);
    if (!this.#leaveBody) bytes.set(this.#body, whole - this.#body.length);
    return { bytes, nameStart: topicStart + before.length };
  }
}
