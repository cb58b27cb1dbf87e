import { intervalOf, LEAST_BROADCASTS, resample, type Scatter } from "./resampling.js";
import type { AccountRecord } from "./run-record.js";

/** What of an account is compared; of the first three more is a regression, whatever the times say. */
const KINDS = ["missing", "strays", "corrupt", "excused", "unknown", "duplicates", "latecomers"] as const;
const GRAVE: readonly AccountKind[] = ["missing", "strays", "corrupt"];

/** A kind of thing that went wrong. */
export type AccountKind = (typeof KINDS)[number];

/** One kind, side by side, over all broadcasts, warm-ups too. Null: not known. */
export type ComparedCount = {
  readonly kind: AccountKind;
  readonly base: number | null;
  readonly new: number | null;
  /** What the counts are of: the expected deliveries, where they are known the same way on both sides. */
  readonly baseOf: number;
  readonly newOf: number;
  readonly answer:
    | "none"
    | "only in NEW"
    | "only in BASE"
    | "more"
    | "fewer"
    | "no significant difference"
    | "not enough"
    | "not known";
  readonly regression: boolean;
};

const sumOf = (records: readonly AccountRecord[], of: (record: AccountRecord) => number | null): number | null =>
  records.reduce<number | null>((sum, record) => {
    const count = of(record);
    return sum === null || count === null ? null : sum + count;
  }, 0);

const wholeOf = ({ counts }: AccountRecord): number => counts.expected ?? counts.delivered;

/** The share of each kind in a mixture of broadcasts. */
const sharesOf = (records: readonly AccountRecord[], kinds: readonly AccountKind[]) => (weights: Uint32Array) => {
  const weighted = (of: (record: AccountRecord) => number): number =>
    records.reduce((sum, record, i) => sum + (weights[i] as number) * of(record), 0);
  const whole = weighted(wholeOf);
  return kinds.map((kind) => (whole === 0 ? 0 : weighted(({ counts }) => counts[kind] ?? 0) / whole));
};

/**
 * Sets two accounts side by side. Losses that BASE had none of need no statistics; where both had some, whole broadcasts are resampled
 * as for times.
 */
export const compareAccounts = (
  base: readonly AccountRecord[],
  fresh: readonly AccountRecord[],
  seed: number,
): readonly ComparedCount[] => {
  const counted = KINDS.map((kind) => ({
    kind,
    base: sumOf(base, ({ counts }) => counts[kind]),
    new: sumOf(fresh, ({ counts }) => counts[kind]),
  }));
  const onBoth = counted.filter((count) => count.base && count.new).map(({ kind }) => kind);
  const enough = Math.min(base.length, fresh.length) >= LEAST_BROADCASTS;
  const scatter =
    onBoth.length === 0 || !enough
      ? null
      : resample(
          { broadcasts: base.length, metricsOf: sharesOf(base, onBoth) },
          { broadcasts: fresh.length, metricsOf: sharesOf(fresh, onBoth) },
          seed,
        );
  const baseOf = sumOf(base, wholeOf) ?? 0;
  const newOf = sumOf(fresh, wholeOf) ?? 0;
  return counted.map((count) => {
    const answer = answerOf(count.base, count.new, scatter, onBoth.indexOf(count.kind));
    const regression = GRAVE.includes(count.kind) && (answer === "only in NEW" || answer === "more");
    return { ...count, baseOf, newOf, answer, regression };
  });
};

const answerOf = (
  base: number | null,
  fresh: number | null,
  scatter: Scatter | null,
  column: number,
): ComparedCount["answer"] => {
  if (base === null || fresh === null) return "not known";
  if (base === 0) return fresh === 0 ? "none" : "only in NEW";
  if (fresh === 0) return "only in BASE";
  if (scatter === null) return "not enough";
  const { low, high } = intervalOf(scatter.differences[column] as Float64Array, scatter.tail);
  return low > 0 ? "more" : high < 0 ? "fewer" : "no significant difference";
};
