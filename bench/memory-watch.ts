import { type MachineMemory, machineMemory } from "./machine-memory.js";
import { type ProcessMemory, processMemory } from "./process-memory.js";

/** One look at the machine, and at the processes of a run. */
export type MemorySample = {
  /** Unix time, µs: as the results of iotb have it. */
  readonly atUs: number;
  readonly machine: MachineMemory;
  /** Empty where only the machine was looked at. */
  readonly processes: readonly ProcessMemory[];
};

/** Looks at regular times until it is disposed. */
export type MemoryWatch = Disposable & { readonly samples: readonly MemorySample[] };

/** How often to look. */
export type WatchOrder = {
  /** The process whose tree is looked at. */
  readonly root: number;
  readonly everyMs: number;
  /** Processes are looked at each so-manieth time: it is work in the kernel that a broadcast would feel. */
  readonly processesEach: number;
  readonly onSample?: (sample: MemorySample) => void;
};

/** Starts watching. */
export const watchMemory = ({ root, everyMs, processesEach, onSample }: WatchOrder): MemoryWatch => {
  const samples: MemorySample[] = [];
  const timer = setInterval(() => {
    const processes = samples.length % processesEach === 0 ? processMemory(root) : [];
    const sample = { atUs: Date.now() * 1000, machine: machineMemory(), processes };
    samples.push(sample);
    onSample?.(sample);
  }, everyMs);
  return { samples, [Symbol.dispose]: () => clearInterval(timer) };
};
