/** One figure of one run: what it is called and in which unit, and how many digits after the point are worth reading. */
export type Metric = { readonly key: string; readonly name: string; readonly unit: string; readonly digits: number };

/** The figures of one run by {@link Metric.key}; all runs of a series have the same keys. */
export type RawRun = Readonly<Record<string, number>>;

/** Runs of the same thing under the same conditions, in the order they were made. */
export type Series = { readonly label: string; readonly metrics: readonly Metric[]; readonly runs: readonly RawRun[] };

/** A quotient of two medians of the same session, or a median that has a bound of its own; only ratios are carried from one machine to another. */
export type Ratio = {
  readonly name: string;
  readonly value: number;
  /** What is required of it, or null where no more than so much is no requirement. */
  readonly atMost: number | null;
  /** As {@link Ratio.atMost}, the other way. */
  readonly atLeast?: number;
};

/** What a question found. */
export type Answer = {
  readonly series: readonly Series[];
  readonly ratios: readonly Ratio[];
  /** What could not be measured here, and why. The benchmark then ends with exit code 3, unless a ratio was not met. */
  readonly skipped?: readonly string[];
  /** How it was measured on this machine, where that depends on the machine. */
  readonly notes?: readonly string[];
  /** What else belongs into the results file. */
  readonly record?: object;
  /** A picture of it (SVG), or null where it shows nothing. */
  readonly picture?: string | null;
};

/** What the command line asks otherwise than a question would by itself. */
export type Wishes = {
  /** Numbers of devices. */
  readonly sizes: readonly number[] | null;
  readonly runs: number | null;
};

/** One question of the benchmark, a file each. */
export type Question = {
  /** What narrows the benchmark to it, and the name of its results file. */
  readonly name: string;
  readonly title: string;
  /** Left out unless it is asked for by name. */
  readonly onDemand?: true;
  /** Measures; `onRun` hears of every run as it begins. Fails where a run is not what it should be: it is never left out. */
  ask(onRun: (text: string) => void, wishes: Wishes): Promise<Answer>;
};
