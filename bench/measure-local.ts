import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { MeasureResult } from "../src/domain/measure-result.js";

// seen from dist/bench
const PROGRAM = fileURLToPath(new URL("../../bin/iotb.js", import.meta.url));

/** Longer than any run here takes, ms. */
const RUN_TIMEOUT_MS = 60_000;

/** Runs `iotb measure --local` as a user does, in processes of its own; see {@link runMeasure}. */
export const measureLocal = (devices: number, broadcasts: number, message: string): Promise<MeasureResult> =>
  runMeasure(["--local", "-c", `${devices}`, "--broadcasts", `${broadcasts}`, "-m", message], devices * broadcasts, {});

/**
 * Runs `iotb measure` in processes of its own and answers its JSON. Fails unless every one of the `expected` receipts is accounted
 * for: a fast run that lost one is no result. `env` is added to this process's.
 */
export const runMeasure = async (
  args: readonly string[],
  expected: number,
  env: Readonly<Record<string, string>>,
): Promise<MeasureResult> => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "measure", ...args, "--json"], {
    env: { ...process.env, ...env },
    timeout: RUN_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
  const result = JSON.parse(stdout) as MeasureResult;
  const { verdict, total } = result;
  if (verdict !== "pass" || total.expected !== expected || total.delivered !== expected || total.duplicates !== 0) {
    throw new Error(`iotb measure ${args.join(" ")}: ${verdict}, delivered ${total.delivered} of ${expected}`);
  }
  return result;
};
