import type { DeviceRecord } from "../device-table.js";
import type { WorkerReport } from "./worker-messages.js";

/** Tells the hub who came and went, in batches. Disposing of it sends what is left. */
export type PresenceReports = Disposable & {
  /** Notes how a device is now. */
  note(device: DeviceRecord): void;
  /** Sends what was noted, so that whatever is sent next finds it told. */
  flush(): void;
};

/** How long a change may wait for others to go with it, ms. */
const GATHER_MS = 5;

/** Nothing is noted yet. */
export const createPresenceReports = (send: (report: WorkerReport) => void): PresenceReports => {
  let devices: number[] = [];
  let at: number[] = [];
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (devices.length === 0) return;
    send({ kind: "presence", devices: Uint32Array.from(devices), at: Float64Array.from(at) });
    devices = [];
    at = [];
  };
  return {
    note: ({ serial, online, onlineAt, offlineAt }) => {
      devices.push(serial);
      at.push(online ? onlineAt : -offlineAt);
      timer ??= setTimeout(flush, GATHER_MS);
    },
    flush,
    [Symbol.dispose]: flush,
  };
};
