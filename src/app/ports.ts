import type { ArrivalArrays } from "../domain/arrivals.js";
import type { Acceptance, ClosedBy, Message } from "../domain/broadcast.js";
import type { DeviceAddress, DeviceIndex, DeviceTriplet } from "../domain/device.js";
import type { Micros } from "../domain/time.js";

/** A broadcast ready to go, of which nothing is sent yet. Disposing of it, once `send` has settled or is not wanted, lets go of what it holds. */
export interface ReadyBroadcast extends Disposable {
  /**
   * Sends it, once. Fails with `IotbError`: `api-unknown-fate` where the call was sent and not answered (never repeat it),
   * `api-unreachable` where nothing was sent, `api-throttled`, `api-refused`, `interrupted` where it was given up before.
   */
  send(dueAt: Micros): Promise<Acceptance>;
}

/** Sends broadcasts. */
export interface Publisher {
  /**
   * Does before a broadcast is due what can be done without sending any of it: a connection, a signature. What of that comes to
   * nothing is tried again by `send`, but for a broker's login: where that fails, so does this, as `send` would. The signal gives up
   * the sending, too.
   */
  prepare(message: Message, signal: AbortSignal): Promise<ReadyBroadcast>;
}

/** A device's state as the platform knows it; a change shows there up to 10 s late. */
export type DeviceState = "ONLINE" | "OFFLINE" | "UNACTIVE" | "DISABLE";

/** A product as the platform knows it. */
export type ProductFacts = {
  readonly productKey: string;
  readonly productName: string;
  readonly onlineCount: number;
  readonly deviceCount: number;
};

/** Asks the platform about products and devices. Fails with `IotbError` of the `api-…` codes. */
export interface DeviceRegistry {
  /** One answer per device, in the order asked. A device the platform does not know fails the call. */
  states(devices: readonly DeviceAddress[], signal: AbortSignal): Promise<readonly DeviceState[]>;
  product(productKey: string, signal: AbortSignal): Promise<ProductFacts>;
}

/** Why a connection attempt came to nothing. `final`: trying again cannot help (wrong secret, malformed login). */
export type Refusal = {
  /** A short stable name that counts can be kept under: `connack-5`, `suback-128`, `ECONNREFUSED`, `connect-timeout`. */
  readonly reason: string;
  /** The reason in words, for people. */
  readonly text: string;
  readonly final: boolean;
};

/**
 * What becomes of the devices that an engine holds. Every call of `DeviceEngine.open` is answered by exactly one `online` or
 * `refused`; every `online` by exactly one `offline`. Called on the hot path: must not block, throw or keep `bytes`.
 */
export interface DeviceSink {
  /** CONNACK 0 arrived (and every SUBACK, where the engine subscribes). */
  online(device: DeviceIndex, at: Micros): void;
  refused(device: DeviceIndex, at: Micros, refusal: Refusal): void;
  /** `reason` is a short stable name: `kicked`, `keepalive-timeout`, `closed`, `ECONNRESET`, `malformed-packet`, `stopped`, `churn`, `scenario`. */
  offline(device: DeviceIndex, at: Micros, reason: string, closedBy: ClosedBy): void;
  /** A PUBLISH: topic and body are ranges of `bytes`, which is reused after the call. The engine acknowledges QoS 1 itself. */
  message(
    device: DeviceIndex,
    at: Micros,
    bytes: Buffer,
    topicStart: number,
    topicEnd: number,
    bodyStart: number,
    bodyEnd: number,
    qos: 0 | 1,
    dup: boolean,
  ): void;
}

/** Why the fleet itself ends a device's connection. */
export type OwnEnd = "stopped" | "churn" | "scenario";

/** Holds the MQTT connections of one process's devices; knows nothing of pacing, retries or measuring. */
export interface DeviceEngine extends AsyncDisposable {
  /** Starts one connection attempt of a device that has none. */
  open(device: DeviceIndex): void;
  /**
   * Ends one device's connection with DISCONNECT, or `abruptly` without a word, as a lost network does; the sink hears `offline`
   * with the reason, `stopped` where none is given.
   */
  close(device: DeviceIndex, reason?: OwnEnd, abruptly?: boolean): void;
  /** Sends a message of a device at QoS 0; both are copied. False where the device is not online: nothing was sent. */
  publish(device: DeviceIndex, topic: string, body: Uint8Array): boolean;
  /** How long its thread has slept that the event loop took for busy, µs since the start. */
  sleptUs(): number;
  /** Ends every connection with DISCONNECT and resolves when all sockets are closed. */
  [Symbol.asyncDispose](): PromiseLike<void>;
}

/** Where a batch of new devices stands, in the API's words. [QueryBatchRegisterDeviceStatus: Status] */
export type BatchStage = "CHECK" | "CHECK_SUCCESS" | "CHECK_FAILED" | "CREATE" | "CREATE_SUCCESS" | "CREATE_FAILED";

/** How far a batch is. `invalidNames` are those that cannot be registered: malformed, or taken. */
export type BatchProgress = { readonly stage: BatchStage; readonly invalidNames: readonly string[] };

/**
 * Makes devices on the platform, a batch at a time: begin, ask until it is checked, create, ask until it is done, read. Fails with
 * `IotbError` of the `api-…` codes; `begin` with a count and `create` with `api-unknown-fate` where they may have had effect.
 */
export interface DeviceMaker {
  /** Begins with names, which are checked first, or with a number of devices, which are made at once. Answers the apply id. */
  begin(productKey: string, wanted: readonly string[] | number, signal: AbortSignal): Promise<string>;
  /** Makes the devices of a batch whose names were found good. Answers the apply id that tells of it from then on. */
  create(productKey: string, applyId: string, signal: AbortSignal): Promise<string>;
  progress(productKey: string, applyId: string, signal: AbortSignal): Promise<BatchProgress>;
  /** One page, from 1, of a batch's devices with their secrets; `total` are all of the batch. */
  page(productKey: string, applyId: string, page: number, signal: AbortSignal): Promise<MadeDevices>;
}

/** A page of new devices. */
export type MadeDevices = { readonly devices: readonly DeviceTriplet[]; readonly total: number };

/** A device as a list shows it: without its secret. */
export type ListedDevice = DeviceAddress & { readonly state: DeviceState; readonly nickname: string };

/** Where a list goes on. Its content is the adapter's own. */
export type ListCursor = { readonly page: number; readonly token: string | null };

/** A page of a list; `next` is null on the last one. */
export type ListPage = {
  readonly devices: readonly ListedDevice[];
  readonly total: number;
  readonly next: ListCursor | null;
};

/** Lists the devices of a product. Fails with `IotbError` of the `api-…` codes. */
export interface DeviceLister {
  page(
    query: { readonly productKey: string; readonly state: DeviceState | null },
    cursor: ListCursor | null,
    signal: AbortSignal,
  ): Promise<ListPage>;
}

/** A call of the API as it would never be made on purpose: to see what is said to it. */
export type RawCall = {
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly method?: "GET" | "POST";
  /** Common parameters that are replaced before signing; null leaves one out. */
  readonly common?: Readonly<Record<string, string | null>>;
  /** Spoils the signature. */
  readonly badSignature?: boolean;
};

/** What was said. Nothing in it is a secret; `code` and `members` are cleaned of all but names. */
export type RawAnswer = {
  /** Null where none came; `failure` says why. */
  readonly status: number | null;
  readonly code: string | null;
  readonly format: "json" | "xml" | "other";
  /** The names at the top of a JSON answer. */
  readonly members: readonly string[];
  readonly messageId: string | null;
  readonly failure: string | null;
};

/** Calls the API without judging what it says. Never fails; never repeats. */
export interface RawApi {
  call(call: RawCall, signal: AbortSignal): Promise<RawAnswer>;
}

/** A connection of a test device. */
export interface TestConnection extends AsyncDisposable {
  /** `online`, or the short name of why not. */
  readonly outcome: string;
  /** Waits for a message whose topic has this part, or for the time to pass. */
  next(topicPart: string, withinMs: number): Promise<{ readonly qos: 0 | 1 } | null>;
}

/** Connects test devices one attempt at a time. */
export interface TestDevices {
  readonly count: number;
  open(
    device: number,
    changes: {
      readonly keepaliveSeconds?: number;
      readonly plainTcp?: boolean;
      readonly filters?: readonly string[];
    },
  ): Promise<TestConnection>;
}

/** Keeps arrays of arrivals outside memory. Fails with `output-failed`. */
export interface ArrivalStore {
  /** Puts the arrays of a broadcast by, in place of what was put by for it before. */
  put(broadcast: number, arrays: ArrivalArrays): void;
  /** What was put by for a broadcast last. */
  get(broadcast: number): ArrivalArrays;
}
