import { accountOf } from "../../src/app/account-of.js";
import { RUN_FILES, type RunAccount } from "../../src/domain/run-record.js";
import type { SettledBroadcast } from "../../src/domain/summary.js";
import type { DiskFile, RunDisk } from "../../src/files/run-disk.js";
import { REAL_DISK } from "../../src/files/run-disk.js";
import { createRunDirectory, type ManifestFacts } from "../../src/files/run-writer.js";
import { digestOf, settled } from "./digest-samples.js";
import { resultOf } from "./measure-samples.js";

/** What a manifest says of a made-up run. */
export const SAMPLE_FACTS: ManifestFacts = {
  iotb: "0.1.0",
  command: ["iotb", "measure", "--local"],
  startedAtUs: 1_700_000_000_000_000,
  endedAtUs: 1_700_000_001_000_000,
  host: {
    bootId: "boot",
    platform: "linux x64",
    kernel: "6",
    node: "v20",
    cpu: "a processor",
    cores: 2,
    memoryBytes: 1,
    openFileLimit: null,
  },
  seeds: { faults: 1, devices: null },
};

/** Two broadcasts to three devices, of which the second missed both. */
export const SAMPLE_BROADCASTS: readonly SettledBroadcast[] = ["11", "12"].map((messageId) =>
  settled(digestOf([5_000, null, 7_000], messageId)),
);

/** The account of broadcasts to devices called dev-0, dev-1, … */
export const sampleAccount = (broadcasts = SAMPLE_BROADCASTS): RunAccount =>
  accountOf(broadcasts, {
    addressOf: (device) => ({ productKey: "pk", deviceName: `dev-${device}` }),
    unixOf: (at) => at,
  });

/** Writes a made-up run, as a measurement does. */
export const writeSampleRun = async (path: string, disk: RunDisk = REAL_DISK): Promise<void> => {
  await using writer = await createRunDirectory(path, disk);
  writer.keep();
  await writer.log.write("a line\n");
  const receipts = await writer.begin(RUN_FILES.receipts, { gzip: true });
  await receipts.write("{}\n");
  await writer.seal(receipts);
  await writer.write(RUN_FILES.summary, [JSON.stringify(resultOf(SAMPLE_BROADCASTS))]);
  await writer.write(RUN_FILES.account, [JSON.stringify(sampleAccount())]);
  await writer.complete(SAMPLE_FACTS);
};

/** What a disk does at a step: lets it pass, or not. */
type Gate = () => Promise<void>;

/** The real disk behind a gate at every step that changes something or looks; `opened` collects its files. */
const gatedDisk = (gate: Gate, opened: DiskFile[] = []): RunDisk => {
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    await gate();
    return work();
  };
  return {
    ...REAL_DISK,
    makeDirectory: (path) => step(() => REAL_DISK.makeDirectory(path)),
    list: (path) => step(() => REAL_DISK.list(path)),
    rename: (from, to) => step(() => REAL_DISK.rename(from, to)),
    syncDirectory: (path) => step(() => REAL_DISK.syncDirectory(path)),
    create: (path) =>
      step(async () => {
        const file = await REAL_DISK.create(path);
        opened.push(file);
        return {
          write: ((bytes: Buffer, offset: number) => step(() => file.write(bytes, offset))) as DiskFile["write"],
          sync: () => step(() => file.sync()),
          close: async () => {
            await file.close();
            await gate();
          },
        };
      }),
  };
};

/** A disk on which step number `fatal`, counted from 1, and all after it fail as a full one does; and how many steps there were. */
export const failingDisk = (fatal: number): { readonly disk: RunDisk; readonly steps: () => number } => {
  let steps = 0;
  const gate = async (): Promise<void> => {
    if (++steps >= fatal) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  };
  return { steps: () => steps, disk: gatedDisk(gate) };
};

/** A disk on which step number `fatal` never happens, as when the process is killed before it: `halted` resolves there. */
export const haltingDisk = (
  fatal: number,
): AsyncDisposable & { readonly disk: RunDisk; readonly halted: Promise<void> } => {
  let steps = 0;
  let halt = (): void => undefined;
  const halted = new Promise<void>((resolve) => {
    halt = resolve;
  });
  const opened: DiskFile[] = [];
  const gate = async (): Promise<void> => {
    if (++steps < fatal) return;
    halt();
    await new Promise(() => undefined);
  };
  return {
    halted,
    disk: gatedDisk(gate, opened),
    [Symbol.asyncDispose]: async () => {
      for (const file of opened) await file.close().catch(() => undefined);
    },
  };
};
