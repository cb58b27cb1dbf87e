/**
 * One batch of devices to be registered, as far as it is known to be: `planned`; `asked`, a call that makes devices was sent and
 * not answered yet; `begun`, its apply id is known; `creating`, its creation was accepted; `done`.
 */
export type RegisterBatch = {
  /** Null: names of the platform's choosing. */
  readonly names: readonly string[] | null;
  readonly count: number;
  readonly applyId: string | null;
  readonly state: RegisterState;
};

/** The states of a batch, in their order. */
export const REGISTER_STATES = ["planned", "asked", "begun", "creating", "done"] as const;

/** One of the states. */
export type RegisterState = (typeof REGISTER_STATES)[number];

/** Names in one call: 10,000 by the newer documents, 1,000 by the older ones. [BatchCheckDeviceNames: DeviceName.N] */
const NAMES_PER_BATCH = 1_000;
/** Devices in one call. [BatchRegisterDevice: Count] */
const DEVICES_PER_BATCH = 10_000;

/** The batches that names, or a number of devices, need. */
export const planBatches = (wanted: readonly string[] | number): readonly RegisterBatch[] => {
  const total = typeof wanted === "number" ? wanted : wanted.length;
  const size = typeof wanted === "number" ? DEVICES_PER_BATCH : NAMES_PER_BATCH;
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => {
    const names = typeof wanted === "number" ? null : wanted.slice(i * size, (i + 1) * size);
    return { names, count: names?.length ?? Math.min(size, total - i * size), applyId: null, state: "planned" };
  });
};

/** The devices of all batches together. */
export const countDevices = (batches: readonly RegisterBatch[]): number =>
  batches.reduce((sum, { count }) => sum + count, 0);
