import { fileURLToPath } from "node:url";
import type { MeasureResult } from "../src/domain/measure-result.js";
import { type OwnedProcess, startOwned } from "./owned-process.js";

// seen from dist/bench
const PROGRAM = fileURLToPath(new URL("../../bin/iotb.js", import.meta.url));

/** Longer than any run takes that is not stuck: ms, and ms for each receipt. */
const RUN_TIMEOUT_MS = 60_000;
const RUN_TIMEOUT_MS_PER_RECEIPT = 0.5;

/** What is asked of `iotb measure --local`. */
export type LocalOrder = {
  readonly devices: number;
  readonly broadcasts: number;
  /** Delivered and counted, but in no latency. */
  readonly warmups?: number;
  readonly message: string;
  /** Further flags. */
  readonly flags?: readonly string[];
};

/** The arguments of `iotb measure` for an order. */
export const localFlags = ({
  devices,
  broadcasts,
  warmups = 0,
  message,
  flags = [],
}: LocalOrder): readonly string[] => [
  ...["--local", "-c", `${devices}`, "--broadcasts", `${broadcasts}`, "--warmup", `${warmups}`, "-m", message],
  ...flags,
];

/** How many receipts an order is to give, those of warm-ups among them. */
export const receiptsOf = ({ devices, broadcasts, warmups = 0 }: LocalOrder): number =>
  devices * (broadcasts + warmups);

/** Runs `iotb measure --local` as a user does, in processes of its own; see {@link runMeasure}. */
export const measureLocal = (order: LocalOrder): Promise<MeasureResult> =>
  runMeasure(localFlags(order), receiptsOf(order), {});

/** Starts `iotb measure --json`. `env` is added to this process's. */
export const startMeasure = (args: readonly string[], env: Readonly<Record<string, string>> = {}): OwnedProcess =>
  startOwned(process.execPath, [PROGRAM, "measure", ...args, "--json"], env);

/**
 * Runs `iotb measure` in processes of its own and answers its JSON. Fails unless every one of the `expected` receipts is accounted
 * for: a fast run that lost one is no result. `env` is added to this process's.
 */
export const runMeasure = async (
  args: readonly string[],
  expected: number,
  env: Readonly<Record<string, string>>,
): Promise<MeasureResult> => {
  await using run = startMeasure(args, env);
  return await finishMeasure(run, expected);
};

/** Waits for the end of a run, which is stopped if it hangs, and answers its JSON; fails as {@link runMeasure} does. */
export const finishMeasure = async (run: OwnedProcess, expected: number): Promise<MeasureResult> => {
  const timer = setTimeout(run.stop, RUN_TIMEOUT_MS + expected * RUN_TIMEOUT_MS_PER_RECEIPT);
  const { exitCode, stdout, stderr } = await run.ended;
  clearTimeout(timer);
  if (stdout === "") throw new Error(`iotb measure: exit code ${exitCode}: ${stderr.slice(-1000)}`);
  const result = JSON.parse(stdout) as MeasureResult;
  const { verdict, total } = result;
  if (verdict !== "pass" || total.expected !== expected || total.delivered !== expected || total.duplicates !== 0) {
    throw new Error(`iotb measure: ${verdict}, delivered ${total.delivered} of ${expected}: ${stderr.slice(-1000)}`);
  }
  return result;
};
