import type { MeasureResult } from "../domain/measure-result.js";

/** A limit above what was seen, in round figures, for a threshold to start from. */
const roundLimit = (ms: number): number => {
  const scale = 10 ** Math.floor(Math.log10(Math.max(ms, 1)));
  return Math.ceil((2 * ms) / scale) * scale;
};

/** The one thing to do now, after a run. `hint` is that of the error that ended it, if one did. */
export const nextStep = (result: MeasureResult, hint: string | null): string => {
  if (hint !== null) return hint;
  switch (result.verdict) {
    case "pass": {
      const p99 = result.total.latencyMs.p99;
      if (result.thresholds.length > 0 || p99 === null)
        return "keep such a run as a baseline: add --out DIR, then iotb compare DIR NEWDIR";
      return `hold it to a limit in CI: --threshold 'p99<${roundLimit(p99)}ms'`;
    }
    case "fail":
      if ((result.total.missing ?? 0) > 0)
        return "see whether the same devices miss again: add --out DIR, then measure with --only DIR/missing.csv";
      if ((result.total.excused ?? 0) > 0) return "find out why connections ended, or allow some: --allow-excused 1%";
      return "look at the broadcasts one by one: add --json";
    case "invalid":
      return "mend the cause above and run it again: these figures prove nothing";
    case "interrupted":
      return "run it again to the end; what stands above is what was seen until then";
    case "error":
      return "mend the cause above and run it again";
  }
};
