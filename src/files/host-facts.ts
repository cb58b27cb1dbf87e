import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { RunManifest } from "../domain/run-record.js";
import { openFileLimit } from "./open-file-limit.js";

/** What a run was made on. No name of the host and no address: a run directory is passed on. */
export const hostFacts = async (bootId: string): Promise<RunManifest["host"]> => ({
  bootId,
  platform: `${process.platform} ${process.arch}`,
  kernel: release(),
  node: process.version,
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  openFileLimit: await openFileLimit(),
});
