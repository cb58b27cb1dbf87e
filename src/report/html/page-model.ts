import type { GeneratorSummary } from "../../domain/generator.js";
import type { MeasureResult } from "../../domain/measure-result.js";
import type { RunManifest } from "../../domain/run-record.js";
import type { BroadcastSummary, CoverageSummary } from "../../domain/summary.js";

/** One line of a plot: `all` deliveries, the `worst` broadcast, or `one` of the others. Null where there is no value at that x. */
export type PlotLine = {
  readonly label: string;
  readonly role: "all" | "worst" | "one";
  readonly y: readonly (number | null)[];
};

/** Lines over one x axis. */
export type PlotData = { readonly x: readonly number[]; readonly lines: readonly PlotLine[] };

/** Coverage over time: x in ms since due, y in % of the expected. */
export type CoveragePlot = PlotData & {
  /** Points of the worst broadcast's line that percentiles name; shares of 1, those it reached. */
  readonly marks: readonly { readonly share: number; readonly ms: number }[];
  /** Whether most of the time axis would be the wait for a few: then a logarithmic one is shown first. */
  readonly skewed: boolean;
};

/** Arrivals over time: x in ms since due where a bin begins, y in deliveries a second, until the end of the last bin. */
export type ArrivalPlot = PlotData & { readonly binMs: number };

/** How long until a share of the expected had it, over the timed broadcasts, ms; null where that many never got it. */
export type CoverageRow = {
  readonly share: number;
  readonly best: number | null;
  readonly median: number | null;
  readonly worst: number | null;
};

/** One broadcast in the account's table. */
export type PageBroadcast = Omit<
  BroadcastSummary,
  "missingDevices" | "excusedDevices" | "strayDevices" | "duplicateDevices"
> & {
  /** From 1, in the order of the run. */
  readonly number: number;
  /** Whether expected = delivered + missing + excused + unknown; null where a part is not known. */
  readonly balanced: boolean | null;
};

/** A threshold with its observed value as people read it, unit included; null where the run does not tell. */
export type PageThreshold = { readonly expression: string; readonly observed: string | null; readonly pass: boolean };

/** The kinds of devices that are listed, those that fail a run first. */
export type DeviceKind = "missing" | "strays" | "corrupt" | "excused" | "duplicates" | "latecomers";

/**
 * What is known of a device in one broadcast, times in ms from when it was due, negative before: of a missing one when it came
 * online and its last receipt; of an excused one when its connection ended, who closed it and why; of others nothing.
 */
export type DeviceFact =
  | readonly [onlineSince: number | null, lastReceipt: number | null]
  | readonly [endedAt: number, closedBy: string, reason: string]
  | 0;

/** A device of one kind: its name, its product as a place in `products`, the broadcasts' numbers, and a fact for each. */
export type DeviceRow = readonly [
  kind: DeviceKind,
  name: string,
  product: number,
  broadcasts: readonly number[],
  facts: readonly DeviceFact[],
];

/** The devices that are listed. */
export type PageDevices = {
  readonly products: readonly string[];
  readonly rows: readonly DeviceRow[];
  /** Pairs of a device and a broadcast that were left out, because there are too many; the run directory has all. */
  readonly leftOut: number;
};

/** Everything that the page shows: what it gets as JSON. */
export type PageData = {
  readonly summary: Omit<MeasureResult, "broadcasts" | "thresholds" | "generator">;
  /** With what bound it in words, null where nothing did. */
  readonly generator: (GeneratorSummary & { readonly boundText: string | null }) | null;
  /** The share of the measured p99 that the machine's floor is. */
  readonly floorShare: number | null;
  readonly manifests: readonly Omit<RunManifest, "files">[];
  readonly thresholds: readonly PageThreshold[];
  readonly broadcasts: readonly PageBroadcast[];
  /** How many broadcasts are timed, and how many of them have a line of their own. */
  readonly timed: number;
  readonly plotted: number;
  /** Null where nothing was delivered, or where nobody knows who was expected. */
  readonly coverage: CoveragePlot | null;
  readonly coverageRows: readonly CoverageRow[];
  /** x is 1/(1-p), y in ms. Null where nothing was delivered. */
  readonly latency: PlotData | null;
  readonly arrivals: ArrivalPlot | null;
  readonly devices: PageDevices;
};

/** The shares of the expected that coverage is told for. */
export type CoverageShare = keyof CoverageSummary;
