import type { RecordedArrivals } from "../domain/arrivals.js";
import type { BackoffRule } from "../domain/backoff.js";
import type { PresenceChange } from "../domain/broadcast.js";
import type { ChurnRate } from "../domain/churn.js";
import type { DeviceIndex, DeviceTriplet } from "../domain/device.js";
import type { ErrorCode } from "../domain/errors.js";
import type { FanoutDigest } from "../domain/fanout.js";
import type { ShardLoad } from "../domain/generator.js";
import type { HistogramSnapshot } from "../domain/histogram.js";
import type { DeviceLateness } from "../domain/lateness.js";
import type { Pace } from "../domain/pacing.js";
import type { ReceiptBatch } from "../domain/receipt-batch.js";
import type { ScenarioTurn } from "../domain/scenario.js";
import type { Stagger } from "../domain/stagger.js";
import type { Micros } from "../domain/time.js";
import type { PlayedTurn } from "./device-scenario.js";

/** What a process of the fleet is told about its work, before it connects anything. */
export type ShardPlan = {
  /** The shard's own devices, with their secrets: made in its process from the source that it is given. */
  readonly devices: readonly DeviceTriplet[];
  /** The number within the run of the shard's first device. */
  readonly firstDevice: DeviceIndex;
  /** The shard's place in the fleet's schedules. */
  readonly stagger: Stagger;
  /** How many endpoints the fleet's devices take in turn. */
  readonly endpoints: number;
  /** First connection attempts of the whole fleet; an infinite rate is as fast as they succeed. */
  readonly pace: Pace;
  /** How long after the last due attempt connecting goes on. */
  readonly connectTimeout: Micros;
  /** Back-off between attempts, also after a lost connection where `reconnect` is set. */
  readonly backoff: BackoffRule;
  readonly reconnect: boolean;
  /** Devices that leave, from `live` on; those come back where `reconnect` is set. */
  readonly churn: ChurnRate | null;
  /** How often each online device publishes a message of its own, from `live` on. */
  readonly publishEvery: Micros | null;
  /** Send every receipt and presence change to the coordinator, in batches. */
  readonly record: boolean;
  readonly keepPayloads: boolean;
  /** Hand every device's arrival over when a broadcast settles, for whoever writes them down. */
  readonly keepArrivals?: boolean;
  /** Send every presence change to the coordinator, in batches, but for the ends that the fleet's own stop makes. */
  readonly recordPresence?: boolean;
  /** A plain broker's devices: what a topic is called says nothing of products, devices and message ids. */
  readonly plainTopics?: boolean;
};

/** Messages from the coordinator to a shard. */
export type ShardCommand =
  /** Answered when the shard can connect at once. */
  | { readonly kind: "prepare" }
  /** The fleet's schedule begins at `startAt`. */
  | { readonly kind: "connect"; readonly startAt: Micros }
  /** The whole fleet is online, or as much of it as can be: churn and telemetry begin, the latter by a schedule from `startAt` on. */
  | { readonly kind: "live"; readonly startAt: Micros }
  /** A broadcast is about to be sent: keep presence changes from now on and compare payloads with this body. */
  | {
      readonly kind: "expect";
      readonly productKey: string;
      readonly topicFullName: string | null;
      readonly body: Uint8Array;
    }
  /** What is to happen around the broadcast announced last; answered when it has. */
  | { readonly kind: "scenario"; readonly turn: ScenarioTurn }
  | { readonly kind: "accepted"; readonly messageId: string; readonly sentAt: Micros }
  | {
      readonly kind: "settle";
      readonly messageId: string;
      readonly dueAt: Micros;
      readonly settledAt: Micros;
      /** No moment before this one will be asked for again. */
      readonly keepFrom: Micros;
      /** Whether its times count: not those of a warm-up. */
      readonly timed: boolean;
    }
  | { readonly kind: "stop" };

/** How connecting went. */
export type ConnectReport = {
  readonly online: number;
  /** Devices that are not online, by the reason of their last attempt. */
  readonly failed: Readonly<Record<string, number>>;
  /** One sentence for each reason. */
  readonly failedTexts: Readonly<Record<string, string>>;
  /** The first few devices that are not online. */
  readonly failedDevices: readonly DeviceIndex[];
  /** From due to online. */
  readonly connect: HistogramSnapshot;
  readonly startedAt: Micros;
  readonly lastOnlineAt: Micros | null;
};

/** What a shard counted in all. */
export type ShardTotals = {
  readonly receipts: number;
  readonly reconnects: number;
  /** Telemetry messages that devices sent. */
  readonly published: number;
  /** Ended connections by reason. */
  readonly disconnects: Readonly<Record<string, number>>;
  readonly foreign: number;
  readonly foreignIds: readonly string[];
  /** Receipts of broadcasts that had settled before. */
  readonly afterSettling: number;
  /** The devices that were the latest on average, the latest first. */
  readonly latest: readonly DeviceLateness[];
};

/** Messages from a shard to the coordinator. */
export type ShardReport =
  /** The shard could not be made: a TLS file that cannot be used, say. */
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | null }
  | { readonly kind: "prepared" }
  | { readonly kind: "connecting"; readonly online: number; readonly refused: number }
  | ({ readonly kind: "connected" } & ConnectReport)
  /** After `connected`, where it has changed: devices online, and those given up on. */
  | { readonly kind: "standing"; readonly online: number; readonly refused: number }
  /** A turn of the scenario is over, or was stopped. */
  | ({ readonly kind: "played"; readonly turn: number } & PlayedTurn)
  | {
      readonly kind: "progress";
      readonly messageId: string;
      readonly expected: number;
      readonly outstanding: number;
      readonly lastReceiptAt: Micros | null;
    }
  /** Ready for the broadcast that `expect` announced, which would be for so many devices that are online now. */
  | { readonly kind: "expecting"; readonly expected: number }
  | {
      readonly kind: "digest";
      readonly digest: FanoutDigest;
      readonly load: ShardLoad | null;
      readonly arrivals: RecordedArrivals | null;
    }
  /** Another client took this device over. */
  | { readonly kind: "kicked"; readonly device: DeviceIndex }
  | { readonly kind: "presence"; readonly changes: readonly PresenceChange[]; readonly online: number }
  | { readonly kind: "receipts"; readonly batch: ReceiptBatch }
  /** What is counted so far, before connections are ended: it holds where `stopped` never comes. */
  | ({ readonly kind: "stopping" } & ShardTotals)
  | ({ readonly kind: "stopped" } & ShardTotals);

/** The coordinator's end of its line to a shard's process. */
export interface ShardLink {
  send(command: ShardCommand): void;
  /** One handler; reports come in the order sent. */
  onReport(handler: (report: ShardReport) => void): void;
  /** Resolves when the process ended, with how it ended in words (`SIGKILL`, `exit code 1`). */
  readonly ended: Promise<string>;
}

/** A shard's end of its line to the coordinator. */
export interface ShardChannel {
  send(report: ShardReport): void;
}
