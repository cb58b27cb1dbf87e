/** One figure of one run: what it is called and in which unit, and how many digits after the point are worth reading. */
export type Metric = { readonly key: string; readonly name: string; readonly unit: string; readonly digits: number };

/** The figures of one run by {@link Metric.key}; all runs of a series have the same keys. */
export type RawRun = Readonly<Record<string, number>>;

/** Runs of the same thing under the same conditions, in the order they were made. */
export type Series = { readonly label: string; readonly metrics: readonly Metric[]; readonly runs: readonly RawRun[] };

/** A quotient of two medians of the same session; only ratios are carried from one machine to another. */
export type Ratio = {
  readonly name: string;
  readonly value: number;
  /** What is required of it, or null where it is only shown. */
  readonly atMost: number | null;
};

/** What a question found. */
export type Answer = { readonly series: readonly Series[]; readonly ratios: readonly Ratio[] };

/** One question of the benchmark, a file each. */
export type Question = {
  /** What narrows the benchmark to it, and the name of its results file. */
  readonly name: string;
  readonly title: string;
  /** Measures; `onRun` hears of every run as it begins. Fails where a run is not what it should be: it is never left out. */
  ask(onRun: (text: string) => void): Promise<Answer>;
};
