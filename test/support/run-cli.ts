import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import { runIotb } from "./e2e-process.js";
import { ndjson } from "./e2e-scratch.js";

/** The lines of a run's receipts, read with a tool of Node's own. */
export const receiptsOf = (directory: string): Record<string, unknown>[] =>
  ndjson(gunzipSync(readFileSync(`${directory}/receipts.ndjson.gz`)).toString());

/** Correlates a run's own receipts again, as a user does who doubts it; `flags` are those that its settling went by. */
export const correlateAgain = async (directory: string, flags: readonly string[]): Promise<MeasureResult> => {
  const files = ["--receipts", `${directory}/receipts.ndjson.gz`, "--log", `${directory}/broadcasts.ndjson`];
  const { stdout } = await runIotb(["measure", "--json", ...files, ...flags]);
  return JSON.parse(stdout) as MeasureResult;
};
