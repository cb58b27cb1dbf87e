import type { DeviceTriplet } from "../../src/domain/device.js";

/** Devices d0, d1, … of one product; nobody logs in with these secrets. */
export const devicesOf = (productKey: string, count: number): DeviceTriplet[] =>
  Array.from({ length: count }, (_, i) => ({ productKey, deviceName: `d${i}`, deviceSecret: "none" }));

/** A message as an engine hands it over: topic and body as ranges of a reused buffer, with other bytes around them. */
export const messageBytes = (topic: string, body: string | Uint8Array) => {
  const front = Buffer.from("??/");
  const parts = [front, Buffer.from(topic), Buffer.from("#"), Buffer.from(body), Buffer.from("/!")];
  const bytes = Buffer.concat(parts);
  const topicStart = front.length;
  const topicEnd = topicStart + Buffer.byteLength(topic);
  return { bytes, topicStart, topicEnd, bodyStart: topicEnd + 1, bodyEnd: bytes.length - 2 };
};
