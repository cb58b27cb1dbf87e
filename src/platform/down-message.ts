import { generate, type IPublishPacket } from "mqtt-packet";
import { encodePublish } from "../protocol/publish-packet.js";

/** What MQTT 5 carries beside a message's body; a 3.1.1 device never sees it. */
export type DownProperties = Pick<
  NonNullable<IPublishPacket["properties"]>,
  "userProperties" | "responseTopic" | "correlationData" | "contentType" | "payloadFormatIndicator"
>;

/** A message for one device, as a caller hands it in. */
export type NewMessage = {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly qos: 0 | 1;
  /** After so many seconds it is not sent any more; never where absent. */
  readonly expirySeconds?: number;
  readonly properties?: DownProperties;
};

/** A message on its way: times are fixed. */
export type DownMessage = {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly qos: 0 | 1;
  readonly properties: DownProperties | null;
  /** Monotonic ms after which it is dropped. */
  readonly expiresAt: number;
  /** Whether that time was asked for, so that an MQTT 5 device is told what is left of it. [MQTT5-3.3.2-6] */
  readonly statesExpiry: boolean;
};

/** Fixes a new message's times; `keepMs` is the longest that any message is kept. */
export const stampMessage = (message: NewMessage, now: number, keepMs: number): DownMessage => {
  const { topic, body, qos, expirySeconds, properties } = message;
  const asked = expirySeconds === undefined ? Number.POSITIVE_INFINITY : expirySeconds * 1000;
  return {
    topic,
    body,
    qos,
    properties: properties ?? null,
    expiresAt: now + Math.min(asked, keepMs),
    statesExpiry: expirySeconds !== undefined,
  };
};

/** What a message that waits weighs, bytes; the constant stands for the objects around it. */
export const messageWeight = ({ topic, body, properties }: DownMessage): number =>
  256 + topic.length + body.length + (properties === null ? 0 : JSON.stringify(properties).length);

/** The PUBLISH of a message, for MQTT 5 with what is left of its expiry at `now` (monotonic ms). */
export const encodeMessage = (
  message: DownMessage,
  protocol: 4 | 5,
  packetId: number,
  dup: boolean,
  now: number,
): Uint8Array => {
  const { topic, body, qos, properties, expiresAt, statesExpiry } = message;
  if (protocol === 4) {
    const packet = encodePublish(topic, body, qos, packetId);
    if (dup) packet[0] = (packet[0] ?? 0) | 0x08; // [MQTT-3.3.1-1]
    return packet;
  }
  const left = statesExpiry ? { messageExpiryInterval: Math.max(0, Math.ceil((expiresAt - now) / 1000)) } : {};
  const payload = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return generate(
    {
      cmd: "publish",
      topic,
      payload,
      qos,
      dup,
      retain: false,
      messageId: packetId,
      properties: { ...properties, ...left },
    },
    { protocolVersion: 5 },
  );
};
