import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** What the machine as a whole has and holds, KiB. */
export type MachineMemory = {
  readonly availableKib: number;
  /** The kernel's objects, sockets among them. */
  readonly slabKib: number;
  /** Bytes in TCP's buffers, as the kernel charges them. */
  readonly tcpBuffersKib: number;
  /** TCP sockets in use; two a connection over loopback. */
  readonly tcpSockets: number;
};

const PAGE_KIB = 4;

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);

/** Reads it now. Linux. */
export const machineMemory = (): MachineMemory => {
  const memory = readFileSync("/proc/meminfo", "utf8");
  const sockets = readFileSync("/proc/net/sockstat", "utf8");
  return {
    availableKib: numberIn(memory, /^MemAvailable: +(\d+)/m),
    slabKib: numberIn(memory, /^Slab: +(\d+)/m),
    tcpBuffersKib: PAGE_KIB * numberIn(sockets, /^TCP:.* mem (\d+)/m),
    tcpSockets: numberIn(sockets, /^TCP: inuse (\d+)/m),
  };
};

const SETTLE_STEP_MS = 500;
const SETTLE_STEPS = 60;
const SETTLED_KIB = 1024;

/** The kernel gives back an earlier run's sockets long after its processes have ended: waits until it has, half a minute at most. */
export const settledMemory = async (): Promise<MachineMemory> => {
  let seen = machineMemory();
  for (let i = 0; i < SETTLE_STEPS; i++) {
    await sleep(SETTLE_STEP_MS);
    const now = machineMemory();
    if (now.availableKib - seen.availableKib < SETTLED_KIB) return now;
    seen = now;
  }
  return seen;
};
