import type { SelftestResult, SelftestRound } from "../domain/selftest-result.js";

/** What all rounds come to. */
export const summarizeSelftest = (
  rounds: readonly SelftestRound[],
  setting: Pick<SelftestResult, "seed" | "devices" | "processes" | "seconds">,
): SelftestResult => {
  const sum = (of: (round: SelftestRound) => number) => rounds.reduce((all, round) => all + of(round), 0);
  return {
    schema: "iotb.selftest/1",
    // nothing tried is nothing proved
    ok: rounds.length > 0 && rounds.every((round) => round.ok),
    ...setting,
    kinds: [...new Set(rounds.flatMap(kindsOf))],
    rounds,
    total: {
      rounds: rounds.length,
      injected: sum((round) => round.injected),
      found: sum((round) => round.found),
      falselyAccused: sum((round) => round.falselyAccused),
      overlooked: sum((round) => round.overlooked),
    },
  };
};

/** The kinds in a round's faults, which are written `drop=3,delay=5:500ms`. */
const kindsOf = ({ faults }: SelftestRound): string[] =>
  faults === "" ? [] : faults.split(",").map((fault) => fault.split("=")[0] ?? "");
