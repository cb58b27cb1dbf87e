import type { IotbError } from "../domain/errors.js";
import type { PlatformCounters } from "./platform-counters.js";
import type { PlatformState } from "./state-snapshot.js";

/** A running local platform of one process or of several; disposing of it stops all of it and closes every connection. */
export type RunningPlatform = AsyncDisposable & {
  /** One endpoint a worker, of each kind that was asked for. */
  readonly mqttUrls: readonly string[];
  readonly mqttsUrls: readonly string[];
  readonly wsUrls: readonly string[];
  /** The authority that vouches for the TLS endpoints (PEM), or null. */
  readonly caPem: string | null;
  readonly popUrl: string;
  readonly instanceId: string;
  /** Its workers' processes; none where it is all in this one. */
  readonly workerPids: readonly number[];
  /** Resolves with why it cannot go on, where a part of it ended by itself (`platform-ended`). It is still to be disposed of. */
  readonly failed: Promise<IotbError>;
  productKeys(): string[];
  deviceCount(): number;
  /** What was counted up to now, over all processes. */
  counters(): Promise<PlatformCounters>;
  /** What is to be kept, a copy; still there, and complete, when the platform is stopped. */
  state(): PlatformState;
};
