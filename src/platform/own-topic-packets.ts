import { publishLength, writePublishHeader } from "../protocol/publish-packet.js";
import { aroundBroadcastName, broadcastTopicPrefix } from "../protocol/topics.js";
import type { DeviceRecord } from "./device-table.js";

/**
 * The packets of one full broadcast, a topic of its own for each device, one at a time in one buffer: from one device to the next
 * only the name changes, so only the name is written where names are as long as the one before.
 */
export class OwnTopicPackets {
  readonly #id: string;
  readonly #body: Uint8Array;
  readonly #leaveBody: boolean;
  readonly #behindTopic: Uint8Array;
  #packet = new Uint8Array(0);
  #productKey = "";
  #nameStart = 0;
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
      this.#rebuild(productKey, deviceName);
      return this.#packet;
    }
    const packet = this.#packet;
    let at = this.#nameStart;
    // a device name is of ASCII letters, digits and a few signs
    for (let i = 0; i < deviceName.length; i++) packet[at++] = deviceName.charCodeAt(i);
    return packet;
  }

  /** The last packet was not sent whole: its buffer is not used again. */
  given(): void {
    this.#nameLength = -1;
  }

  #rebuild(productKey: string, deviceName: string): void {
    const prefix = broadcastTopicPrefix({ productKey, deviceName });
    const topic = Buffer.from(prefix + this.#id, "latin1");
    const behind = this.#behindTopic.length + this.#body.length;
    const whole = publishLength(topic.length, behind, 0);
    // memory of its own: a packet that waits must not keep more alive than itself
    const packet = new Uint8Array(this.#leaveBody ? whole - this.#body.length : whole);
    const topicStart = writePublishHeader(packet, 0, topic.length, behind, 0);
    packet.set(topic, topicStart);
    packet.set(this.#behindTopic, topicStart + topic.length);
    if (!this.#leaveBody) packet.set(this.#body, whole - this.#body.length);
    this.#packet = packet;
    this.#productKey = productKey;
    this.#nameStart = topicStart + aroundBroadcastName(productKey).before.length;
    this.#nameLength = deviceName.length;
  }
}
