import { createHash } from "node:crypto";
import { type CorrelatedRecordings, RecordingCorrelator } from "../../src/app/correlate-recordings.js";
import type { DeviceAddress } from "../../src/domain/device.js";
import type { FanoutDigest } from "../../src/domain/fanout.js";
import type {
  BroadcastRecord,
  ClockRecord,
  EndRecord,
  LogRecord,
  PresenceRecord,
  ReceiptRecord,
} from "../../src/domain/log-records.js";
import { micros } from "../../src/domain/time.js";
import { broadcastTopic } from "../../src/protocol/topics.js";

/** Lower-case hex. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The message of these recordings. */
export const MESSAGE = '{"volume":80}';

export const clockLine = (bootId = "boot-a", monotonicUs = 0, unixUs = 0): ClockRecord => ({
  schema: "iotb.clock/1",
  bootId,
  monotonicUs,
  unixUs,
});

/** A call due at `sentAtUs - 100` and accepted 1,000 µs after sending. */
export const callLine = (
  messageId: string,
  sentAtUs: number,
  more: Partial<BroadcastRecord> = {},
): BroadcastRecord => ({
  schema: "iotb.broadcast/1",
  messageId,
  requestId: "r",
  productKey: "pk",
  topicFullName: null,
  bytes: MESSAGE.length,
  payloadSha256: sha256(MESSAGE),
  dueAtUs: sentAtUs - 100,
  sentAtUs,
  acceptedAtUs: sentAtUs + 1000,
  ...more,
});

const named = (device: number, productKey = "pk"): DeviceAddress => ({ productKey, deviceName: `d${device}` });

/** Device number i of a product is called d<i>. */
export const deviceList = (count: number, productKey = "pk"): DeviceAddress[] =>
  Array.from({ length: count }, (_, i) => named(i, productKey));

export const presenceLine = (device: number, atUs: number, state: "online" | "offline" = "online"): PresenceRecord => ({
  schema: "iotb.presence/1",
  ...named(device),
  state,
  atUs,
  reason: state === "online" ? null : "closed",
  closedBy: state === "online" ? null : "platform",
});

/** A receipt of a full broadcast on the device's own topic. */
export const receiptLine = (
  device: number,
  messageId: string,
  receivedAtUs: number,
  more: Partial<ReceiptRecord> = {},
): ReceiptRecord => ({
  schema: "iotb.receipt/1",
  messageId,
  ...named(device),
  topic: broadcastTopic(named(device), messageId),
  receivedAtUs,
  bytes: MESSAGE.length,
  payloadSha256: sha256(MESSAGE),
  qos: 0,
  dup: false,
  ...more,
});

/** A receipt on a topic: it carries no id. */
export const topicReceiptLine = (
  device: number,
  topic: string,
  receivedAtUs: number,
  more: Partial<ReceiptRecord> = {},
): ReceiptRecord => receiptLine(device, "0", receivedAtUs, { messageId: null, topic, ...more });

/** A whole recording: clock line, lines, end line with the right counts. */
export const recording = (lines: readonly LogRecord[], clock = clockLine()): LogRecord[] => {
  const count = (schema: LogRecord["schema"]) => lines.filter((line) => line.schema === schema).length;
  const end: EndRecord = {
    schema: "iotb.end/1",
    presences: count("iotb.presence/1"),
    receipts: count("iotb.receipt/1"),
  };
  return [clock, ...lines, end];
};

/** Correlates a broadcast log and receipt files; settles 50 ms after the last receipt where all have it, else after 10 s. */
export const correlate = (
  log: readonly LogRecord[],
  files: readonly (readonly LogRecord[])[],
  expected: readonly DeviceAddress[] = [],
): CorrelatedRecordings => {
  const correlator = new RecordingCorrelator(expected);
  for (const line of log) correlator.addCall(line);
  for (const file of files) {
    correlator.beginReceipts();
    for (const line of file) correlator.addReceiptLine(line);
  }
  return correlator.finish({ linger: micros(50_000), drain: micros(10_000_000) });
};

/** `[expected, delivered, missing, excused, unknown]` of each broadcast. */
export const accountsOf = ({ broadcasts }: CorrelatedRecordings): number[][] =>
  broadcasts.map(({ digest }: { digest: FanoutDigest }) => [
    digest.expected,
    digest.delivered,
    digest.missing.length,
    digest.excused.length,
    digest.unknown,
  ]);
