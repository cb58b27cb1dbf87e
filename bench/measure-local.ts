import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { MeasureResult } from "../src/domain/measure-result.js";

// seen from dist/bench
const PROGRAM = fileURLToPath(new URL("../../bin/iotb.js", import.meta.url));

/** Longer than any run here takes, ms. */
const RUN_TIMEOUT_MS = 60_000;

/**
 * Runs `iotb measure --local` as a user does, in processes of its own, and answers its JSON. Fails unless every receipt of every
 * broadcast is accounted for: a fast run that lost one is no result.
 */
export const measureLocal = async (devices: number, broadcasts: number, message: string): Promise<MeasureResult> => {
  const args = [
    PROGRAM,
    "measure",
    "--local",
    "-c",
    `${devices}`,
    "--broadcasts",
    `${broadcasts}`,
    "-m",
    message,
    "--json",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    timeout: RUN_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
  const result = JSON.parse(stdout) as MeasureResult;
  const { verdict, total } = result;
  const expected = devices * broadcasts;
  if (verdict !== "pass" || total.expected !== expected || total.delivered !== expected || total.duplicates !== 0) {
    throw new Error(`iotb ${args.slice(1).join(" ")}: ${verdict}, delivered ${total.delivered} of ${expected}`);
  }
  return result;
};
