import type { DeviceTriplet } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import type { RegisterBatch } from "../domain/register-batch.js";
import { type Micros, micros } from "../domain/time.js";
import type { DeviceMaker } from "./ports.js";
import type { Sleep } from "./sleep.js";

/** What a registration works with. */
export type RegisterTools = {
  readonly maker: DeviceMaker;
  readonly sleep: Sleep;
  /** Time between two questions after a batch. */
  readonly pollEvery: Micros;
  readonly signal: AbortSignal;
  /** Called before a call that makes devices is sent, and after every step: what is kept there is enough to go on from. */
  readonly save: (batches: readonly RegisterBatch[]) => Promise<void>;
  /** So many devices are made, and so many read. */
  readonly onProgress: (made: number, read: number) => void;
};

/** What came of it. `failed` are the names that the platform did not make after all. */
export type Registered = { readonly devices: readonly DeviceTriplet[]; readonly failed: readonly string[] };

/**
 * Registers devices, batch after batch, from wherever `batches` stand, and reads their secrets. Nothing is registered twice: a
 * call whose answer was lost is not repeated unless the platform says that it had no effect. Fails with `IotbError` of the
 * `api-…` codes and `interrupted`; what was saved stays good for another try.
 */
export const registerDevices = async (
  productKey: string,
  batches: readonly RegisterBatch[],
  tools: RegisterTools,
): Promise<Registered> => {
  const all = [...batches];
  const failed: string[] = [];
  const made = (): number => all.reduce((sum, batch) => sum + (batch.state === "done" ? batch.count : 0), 0);
  const saveAt =
    (i: number): Save =>
    async (next) => {
      all[i] = next;
      await tools.save(all);
      tools.onProgress(made(), 0);
    };
  // every name is found good before the first device is made: a name that is taken then stops all, not the rest
  for (const [i, batch] of all.entries()) {
    if (batch.names !== null)
      await checkNames(productKey, await beginBatch(productKey, batch, tools, saveAt(i)), tools);
  }
  for (const [i] of all.entries()) {
    const batch = all[i];
    if (batch === undefined) continue;
    const begun = await beginBatch(productKey, batch, tools, saveAt(i));
    failed.push(...(await finishBatch(productKey, begun, tools, saveAt(i))));
  }
  const devices: DeviceTriplet[] = [];
  for (const { applyId } of all) {
    if (applyId === null) continue;
    for await (const page of pagesOf(productKey, applyId, tools)) {
      devices.push(...page);
      tools.onProgress(made(), devices.length);
    }
  }
  return { devices, failed };
};

type Save = (next: RegisterBatch) => Promise<void>;

type BegunBatch = RegisterBatch & { readonly applyId: string };

const beginBatch = async (
  productKey: string,
  batch: RegisterBatch,
  { maker, signal }: RegisterTools,
  save: Save,
): Promise<BegunBatch> => {
  const { names, count, applyId, state } = batch;
  if (applyId !== null) return { ...batch, applyId };
  if (state === "asked") throw unknownBatch(count, productKey);
  if (signal.aborted) throw stopped();
  // checking names makes nothing and may be repeated; a number of devices is made at once
  if (names === null) await save({ ...batch, state: "asked" });
  try {
    const begun = {
      ...batch,
      applyId: await maker.begin(productKey, names ?? count, unbroken()),
      state: "begun" as const,
    };
    await save(begun);
    return begun;
  } catch (thrown) {
    const lost = thrown instanceof IotbError && thrown.code === "api-unknown-fate";
    if (names === null && !lost) await save(batch); // refused or never sent: nothing was made
    if (names === null || !lost) throw thrown;
    throw new IotbError("api-unreachable", thrown.message, { hint: "nothing was registered yet: run it again" });
  }
};

/** Waits until the names of a batch are found good. */
const checkNames = async (productKey: string, { applyId }: BegunBatch, tools: RegisterTools): Promise<void> => {
  for (;;) {
    const { stage, invalidNames } = await patiently(
      () => tools.maker.progress(productKey, applyId, tools.signal),
      tools,
    );
    if (stage === "CHECK_FAILED") throw namesRefused(invalidNames);
    if (stage !== "CHECK") return;
    await pause(tools);
  }
};

/** Waits until a batch is made; answers the names that were not. */
const finishBatch = async (
  productKey: string,
  begun: BegunBatch,
  tools: RegisterTools,
  save: Save,
): Promise<readonly string[]> => {
  const { maker, signal } = tools;
  let batch = begun;
  for (;;) {
    const { stage, invalidNames } = await patiently(() => maker.progress(productKey, batch.applyId, signal), tools);
    if (stage === "CREATE_SUCCESS" || stage === "CREATE_FAILED") {
      if (batch.state !== "done") await save({ ...batch, state: "done" });
      return stage === "CREATE_FAILED" ? invalidNames : [];
    }
    if (stage === "CHECK_FAILED") throw namesRefused(invalidNames);
    if (stage === "CHECK_SUCCESS" && batch.state === "begun") {
      const applyId = await maker.create(productKey, batch.applyId, unbroken());
      batch = { ...batch, applyId, state: "creating" };
      await save(batch);
    }
    await pause(tools);
  }
};

async function* pagesOf(
  productKey: string,
  applyId: string,
  tools: RegisterTools,
): AsyncGenerator<readonly DeviceTriplet[]> {
  let read = 0;
  for (let page = 1; ; page++) {
    const { devices, total } = await patiently(() => tools.maker.page(productKey, applyId, page, tools.signal), tools);
    yield devices;
    read += devices.length;
    // an empty page is the end, whatever the total says: no answer can make this go on for ever
    if (read >= total || devices.length === 0) return;
  }
}

/** How often a question is repeated that met the account's quota, which others use, too. */
const THROTTLED_TRIES = 5;

/** Repeats a question (never a call that makes something) while it is throttled. */
const patiently = async <T>(ask: () => Promise<T>, tools: RegisterTools): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (thrown) {
      const throttled = thrown instanceof IotbError && thrown.code === "api-throttled";
      if (!throttled || tries === THROTTLED_TRIES) throw thrown;
      await pause({ ...tools, pollEvery: micros(tools.pollEvery * 2 ** tries) });
    }
  }
};

const pause = async ({ sleep, pollEvery, signal }: RegisterTools): Promise<void> => {
  await sleep(pollEvery, signal);
  if (signal.aborted) throw stopped();
};

const stopped = (): IotbError => new IotbError("interrupted", "stopped while the platform registers devices");

/** A call that makes devices is awaited whatever happens: to give it up would make its fate unknown. */
const unbroken = (): AbortSignal => new AbortController().signal;

const unknownBatch = (count: number, productKey: string): IotbError =>
  new IotbError("api-unknown-fate", `${count} devices were asked for and the answer was lost: they may be there`, {
    hint: `look at iotb devices list --product-key ${productKey}, then remove the state file to register anew`,
  });

const namesRefused = (names: readonly string[]): IotbError => {
  const shown = names.slice(0, 5).map((name) => name.slice(0, 64));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return new IotbError("api-refused", `these names cannot be registered: ${shown.join(", ")}${more}`, {
    hint: "they may be in use already; nothing of this batch was registered",
  });
};
