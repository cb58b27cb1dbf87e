import { MESSAGE } from "./fan-out-run.js";
import { type MachineMemory, settledMemory } from "./machine-memory.js";
import { finishMeasure, type LocalOrder, localFlags, receiptsOf, startMeasure } from "./measure-local.js";
import { type MemorySample, watchMemory } from "./memory-watch.js";
import { sumOver } from "./process-memory.js";
import type { RawRun } from "./question.js";

/** The fleet stays online so long before the first broadcast: time for the heap to come to rest by itself. */
const SETTLE_MS = 8_000;

const BROADCASTS = 3;
const WATCH_MS = 100;
const PROCESSES_EACH = 10;

/** What was seen of a run: before it, with all online and at rest, and where the machine had least left from the first broadcast on. */
export type MemoryOfRun = {
  readonly before: MachineMemory;
  readonly atRest: MemorySample;
  readonly leastAvailableKib: number;
};

/** Runs `iotb measure --local` with so many devices and watches the memory. Fails as a run that lost a receipt does. */
export const memoryOfRun = async (devices: number, flags: readonly string[]): Promise<MemoryOfRun> => {
  const order: LocalOrder = {
    devices,
    broadcasts: BROADCASTS,
    message: MESSAGE,
    flags: ["--settle", `${SETTLE_MS}ms`, ...flags],
  };
  const before = await settledMemory();
  await using run = startMeasure(localFlags(order));
  using watch = watchMemory({ root: run.pid, everyMs: WATCH_MS, processesEach: PROCESSES_EACH });
  const { broadcasts } = await finishMeasure(run, receiptsOf(order));
  const firstDueAt = broadcasts[0]?.dueAtUs ?? Number.NaN;
  const rested = watch.samples.filter(({ atUs, processes }) => processes.length > 0 && atUs < firstDueAt).at(-1);
  if (rested === undefined) throw new Error("the run was over before it was looked at");
  const later = watch.samples.filter(({ atUs }) => atUs >= firstDueAt);
  return {
    before,
    atRest: rested,
    leastAvailableKib: Math.min(...later.map(({ machine }) => machine.availableKib)),
  };
};

/** Memory of the whole machine for each connected pair, KiB, and which part of it is whose. */
export const pairFigures = ({ before, atRest, leastAvailableKib }: MemoryOfRun, devices: number): RawRun => {
  const { machine, processes } = atRest;
  const all = before.availableKib - machine.availableKib;
  const fleet = sumOver(processes, "fleet", "pssKib");
  const platform = sumOver(processes, "platform", "pssKib");
  const slab = machine.slabKib - before.slabKib;
  const buffers = machine.tcpBuffersKib - before.tcpBuffersKib;
  return {
    pairKib: all / devices,
    fleetKib: fleet / devices,
    platformKib: platform / devices,
    slabKib: slab / devices,
    buffersKib: buffers / devices,
    restKib: (all - fleet - platform - slab - buffers) / devices,
    peakKib: (before.availableKib - leastAvailableKib) / devices,
    fleetProcesses: processes.filter(({ kind }) => kind === "fleet").length,
    platformProcesses: processes.filter(({ kind }) => kind === "platform").length,
  };
};
