import type { ClosedBy } from "./broadcast.js";

/** The first line of a recording: ties its times, which are Unix µs, to the monotonic clock of one boot of one host. */
export type ClockRecord = {
  readonly schema: "iotb.clock/1";
  readonly bootId: string;
  readonly monotonicUs: number;
  readonly unixUs: number;
};

/** A device came online, or went offline (`reason` and `closedBy` are null only for `online`). */
export type PresenceRecord = {
  readonly schema: "iotb.presence/1";
  readonly productKey: string;
  readonly deviceName: string;
  readonly state: "online" | "offline";
  readonly atUs: number;
  readonly reason: string | null;
  readonly closedBy: ClosedBy | null;
};

/** A device received a message. */
export type ReceiptRecord = {
  readonly schema: "iotb.receipt/1";
  /** Null for a subscribed broadcast. */
  readonly messageId: string | null;
  readonly productKey: string;
  readonly deviceName: string;
  readonly topic: string;
  readonly receivedAtUs: number;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly payloadSha256: string;
  readonly qos: 0 | 1;
  readonly dup: boolean;
  /** The message itself, where it was asked for. */
  readonly payloadBase64?: string;
  /** `count`: that there was such a receipt is known, its time and payload are not; in run directories only. */
  readonly known?: "count";
};

/** The last line of a recording; without it the recording was cut. Counts of the lines before it. */
export type EndRecord = { readonly schema: "iotb.end/1"; readonly presences: number; readonly receipts: number };

/** An accepted call. Times are Unix µs. */
export type BroadcastRecord = {
  readonly schema: "iotb.broadcast/1";
  readonly messageId: string;
  readonly requestId: string;
  readonly productKey: string;
  readonly topicFullName: string | null;
  readonly bytes: number;
  readonly payloadSha256: string;
  readonly dueAtUs: number;
  readonly sentAtUs: number;
  readonly acceptedAtUs: number;
  /** An extra broadcast first, whose times do not count; in run directories only. */
  readonly warmup?: boolean;
};

/** Any line of a log. */
export type LogRecord = ClockRecord | PresenceRecord | ReceiptRecord | EndRecord | BroadcastRecord;
