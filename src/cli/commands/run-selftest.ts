import { randomInt } from "node:crypto";
import { inOrder } from "../../app/in-order.js";
import { planRounds, SELFTEST_KINDS } from "../../app/selftest-rounds.js";
import { summarizeSelftest } from "../../app/summarize-selftest.js";
import { createMonotonicClock } from "../../domain/clock.js";
import { counted } from "../../domain/counted.js";
import type { SelftestDifference, SelftestRound } from "../../domain/selftest-result.js";
import { differenceLines, selftestHeading, selftestLine, selftestSummary } from "../../report/selftest-text.js";
import type { CommandContext } from "../command.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { runSelftestRound } from "../run-selftest-round.js";
import { escapeWithin } from "../terminal.js";
import type { SelftestOptions } from "./selftest.js";

/** Devices named on each side of a difference: in the text, with `--verbose`, and in the document. */
const NAMES_SHOWN = 3;
const NAMES_IN_DOCUMENT = 20;

/** Runs the rounds and prints what each found; answers the exit code, 6 where anything differs. */
export const runSelftest = async (options: SelftestOptions, context: CommandContext): Promise<ExitCode> => {
  const { output } = context;
  const { count, processes } = options;
  const { out } = output.paint;
  const seed = options.seed ?? randomInt(0x1_0000_0000);
  const plans = planRounds({ ...options, devices: count, seed });
  const clock = createMonotonicClock();
  const startedAt = clock();
  const fleet = `${count} devices in ${counted(processes, "process", "processes")}`;
  output.note(`selftest with seed ${seed}: ${plans.length} rounds, each with a local platform and ${fleet}`);
  output.result(selftestHeading(out));
  const shown = { devices: count, most: output.mode.verbose ? count : NAMES_SHOWN };
  const rounds: SelftestRound[] = [];
  // a round mostly waits for what will not come: another can use the time
  for await (const round of inOrder(plans, options.jobs, (plan) => runSelftestRound(plan, options, context))) {
    rounds.push(round);
    const safe = escapeWithin(round);
    output.result([selftestLine(out, safe), ...differenceLines(out, safe, shown)].join("\n"));
  }
  const result = summarizeSelftest(rounds, {
    seed,
    devices: count,
    processes,
    seconds: Number(((clock() - startedAt) / 1e6).toFixed(3)),
  });
  output.json({ ...result, rounds: rounds.map(shortened) });
  output.result(selftestSummary(out, result, commandLine(options, seed)));
  return result.ok ? EXIT.done : EXIT.deliveryIncomplete;
};

/** What repeats it to the letter. */
const commandLine = (options: SelftestOptions, seed: number): string => {
  const { count, processes, kinds, combinations, broadcasts, drain } = options;
  const some = kinds.length === SELFTEST_KINDS.length ? "" : ` --faults ${kinds.join(",")}`;
  const size = `-c ${count} --workers ${processes} --broadcasts ${broadcasts} --combinations ${combinations}`;
  return `iotb selftest ${size} --drain ${drain / 1000}ms${some} --seed ${seed}`;
};

const shortened = (round: SelftestRound): SelftestRound => ({
  ...round,
  differences: round.differences.map(
    (difference): SelftestDifference => ({
      ...difference,
      falselyAccused: difference.falselyAccused.slice(0, NAMES_IN_DOCUMENT),
      overlooked: difference.overlooked.slice(0, NAMES_IN_DOCUMENT),
    }),
  ),
});
