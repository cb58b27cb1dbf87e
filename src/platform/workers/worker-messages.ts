import type { ErrorCode } from "../../domain/errors.js";
import type { LoginRequest, ReturnCode } from "../authenticate.js";
import type { DeviceChange, DeviceQuestion } from "../device-reach.js";
import type { NewMessage } from "../down-message.js";
import type { FanOutTopic } from "../fan-out.js";
import type { DeliveryFault } from "../faults/delivery-faults.js";
import type { PlatformCounters } from "../platform-counters.js";
import type { PlatformLimits } from "../platform-limits.js";
import type { ServerCertificate } from "../server-certificate.js";
import type { BoardSeat } from "../work-board.js";
import type { CarriedSession } from "./carried-session.js";

/** What a worker is told about itself. Devices go by their serials, the numbers of the hub's table, everywhere below. */
export type WorkerSettings = {
  readonly bind: string;
  readonly mqttPort: number;
  readonly mqttsPort: number | null;
  readonly wsPort: number | null;
  readonly certificate: ServerCertificate | null;
  readonly limits: PlatformLimits;
  readonly decidesLogins: boolean;
  readonly limitsGroups: boolean;
  /** Whether deliveries are to go wrong: then broadcasts come in two steps. */
  readonly hasDeliveryFaults: boolean;
  /** Its place on the board of this platform's workers; null where there is none. */
  readonly board: BoardSeat | null;
};

/** Devices of one product, in columns. */
export type DeviceRows = {
  readonly productKey: string;
  readonly serials: Uint32Array;
  readonly names: readonly string[];
  readonly secrets: readonly string[];
  /** 1 where a device is disabled. */
  readonly disabled: Uint8Array;
};

/** What the hub asks a worker, by name: the question and its answer. Answers come in the order of the questions. */
export type WorkerQuestions = {
  /** Gives up a device: its connection is kicked, its session is answered, if it is to be kept and there is one. */
  readonly release: {
    readonly asked: { readonly device: number; readonly keepSession: boolean };
    readonly told: CarriedSession | null;
  };
  /** Fixes the targets of a broadcast that will come with its faults. */
  readonly targets: {
    readonly asked: { readonly productKey: string; readonly topic: FanOutTopic };
    readonly told: Uint32Array;
  };
  readonly addresses: { readonly asked: readonly number[]; readonly told: readonly string[] };
  readonly counters: { readonly asked: null; readonly told: PlatformCounters };
  readonly groupSizes: { readonly asked: readonly string[]; readonly told: readonly number[] };
};

/** What becomes of a claim: a refusal, or a device, with all that comes along where it was held elsewhere. */
export type ClaimAnswer =
  | { readonly returnCode: ReturnCode; readonly reason: string }
  | {
      readonly device: number;
      readonly keepAliveSeconds: number;
      readonly moved: { readonly rows: DeviceRows; readonly session: CarriedSession | null } | null;
    };

/** A fault of one device's delivery. */
export type PlannedFault = DeliveryFault & { readonly device: number };

/** What a worker hears. */
export type WorkerOrder =
  | { readonly kind: "start"; readonly settings: WorkerSettings }
  | { readonly kind: "devices"; readonly rows: DeviceRows }
  | { readonly kind: "listen" }
  | { readonly kind: "claimed"; readonly claim: number; readonly answer: ClaimAnswer }
  | { readonly kind: "joined"; readonly join: number; readonly full: readonly string[] }
  | {
      readonly kind: "broadcast";
      readonly productKey: string;
      readonly topic: FanOutTopic;
      readonly body: Uint8Array;
    }
  /** The second step of a broadcast whose targets were fixed. */
  | { readonly kind: "deliver"; readonly body: Uint8Array; readonly faults: readonly PlannedFault[] }
  | { readonly kind: "send"; readonly device: number; readonly message: NewMessage }
  | { readonly kind: "ask"; readonly device: number; readonly question: DeviceQuestion }
  | { readonly kind: "changed"; readonly device: number; readonly change: DeviceChange }
  | {
      readonly kind: "question";
      readonly id: number;
      readonly name: keyof WorkerQuestions;
      readonly asked: unknown;
    }
  | { readonly kind: "stop" };

/** What a worker says. */
export type WorkerReport =
  /** The devices of one message were taken: the next may come. */
  | { readonly kind: "took" }
  | {
      readonly kind: "listening";
      readonly port: number;
      readonly mqttsPort: number | null;
      readonly wsPort: number | null;
    }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | null }
  /** Devices that came online at so many Unix ms, or, where it is negative, went offline. */
  | { readonly kind: "presence"; readonly devices: Uint32Array; readonly at: Float64Array }
  | { readonly kind: "claim"; readonly claim: number; readonly request: LoginRequest; readonly keepSession: boolean }
  | { readonly kind: "join"; readonly join: number; readonly filters: readonly string[] }
  /** After so many broadcasts were heard of, so many jobs are not written out yet. */
  | { readonly kind: "pending"; readonly heard: number; readonly jobs: number }
  | { readonly kind: "reply"; readonly device: number; readonly topic: string; readonly body: Uint8Array }
  | { readonly kind: "answer"; readonly id: number; readonly told: unknown }
  /** Every connection is closed and all of it was reported. */
  | { readonly kind: "stopped" };
