import { publishLength, writePublishHeader } from "../protocol/publish-packet.js";
import { aroundBroadcastName } from "../protocol/topics.js";
import type { DeviceRecord } from "./device-table.js";

/** A packet of a full broadcast, and where in it the device's name stands. */
export type NamedPacket = { readonly bytes: Uint8Array; readonly nameStart: number };

/** What no packet is yet. */
const NO_PACKET: NamedPacket = { bytes: new Uint8Array(0), nameStart: 0 };

/** The packets of one full broadcast, a topic of its own for each device: from one device to the next only the name changes. */
export class OwnTopicPackets {
  readonly #id: string;
  readonly #body: Uint8Array;
  readonly #leaveBody: boolean;
  readonly #behindTopic: Uint8Array;
  /** By the length of the name. */
  readonly #patterns: (NamedPacket | undefined)[] = [];
  #patternsOf = "";
  /** The last packet that {@link for} made, in one buffer for as long as names are as long as the one before. */
  #own = NO_PACKET;
  #productKey = "";
  #nameLength = -1;

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
    if (deviceName.length !== this.#nameLength || productKey !== this.#productKey) {
      this.#own = this.#encode(productKey, deviceName.length);
      this.#productKey = productKey;
      this.#nameLength = deviceName.length;
    }
    const { bytes, nameStart } = this.#own;
    // a device name is of ASCII letters, digits and a few signs
    for (let i = 0; i < deviceName.length; i++) bytes[nameStart + i] = deviceName.charCodeAt(i);
    return bytes;
  }

  /** The last packet was not sent whole: its buffer is not used again. */
  given(): void {
    this.#nameLength = -1;
  }

  /** A packet of a product's devices with names of so many bytes, but for the name; the same one each time, never to be changed. */
  like(productKey: string, nameLength: number): NamedPacket {
    if (productKey !== this.#patternsOf) {
      this.#patterns.length = 0;
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
    // memory of its own: a packet that waits must not keep more alive than itself
    const bytes = new Uint8Array(this.#leaveBody ? whole - this.#body.length : whole);
    const topicStart = writePublishHeader(bytes, 0, topic.length, behind, 0);
    bytes.set(topic, topicStart);
    bytes.set(this.#behindTopic, topicStart + topic.length);
    if (!this.#leaveBody) bytes.set(this.#body, whole - this.#body.length);
    return { bytes, nameStart: topicStart + before.length };
  }
}
