import type { PerMille } from "./histogram.js";

/** What a comparison looks at. Times are in ms, rates per second. */
export type ComparedMetric = {
  /** As `--max-regression` writes it. */
  readonly name: string;
  readonly label: string;
  readonly unit: "ms" | "/s";
  /** Which way is worse. */
  readonly worse: "more" | "less";
  readonly subject:
    | { readonly kind: "latency"; readonly quantile: PerMille }
    | { readonly kind: "mean" }
    | { readonly kind: "max" }
    | { readonly kind: "coverage"; readonly share: number }
    | { readonly kind: "api"; readonly quantile: PerMille }
    | { readonly kind: "rate" }
    | { readonly kind: "connect" };
};

const timeOf = (name: string, label: string, subject: ComparedMetric["subject"]): ComparedMetric => ({
  name,
  label,
  unit: "ms",
  worse: "more",
  subject,
});

const latency = (name: string, quantile: PerMille) => timeOf(name, `latency ${name}`, { kind: "latency", quantile });

/** How long until `share` of the expected devices had a broadcast, on average over the broadcasts. */
export const coverageMetric = (share: number): ComparedMetric => {
  const percent = `${Number((share * 100).toFixed(6))}%`;
  return timeOf(`coverage(${percent})`, `coverage ${percent}`, { kind: "coverage", share });
};

/** What every comparison shows, in this order. */
export const COMPARED_METRICS: readonly ComparedMetric[] = [
  latency("p50", 500),
  latency("p90", 900),
  latency("p95", 950),
  latency("p99", 990),
  latency("p999", 999),
  timeOf("max", "latency max", { kind: "max" }),
  timeOf("mean", "latency mean", { kind: "mean" }),
  coverageMetric(0.99),
  coverageMetric(0.999),
  coverageMetric(1),
  timeOf("api.p50", "API call p50", { kind: "api", quantile: 500 }),
  timeOf("api.p99", "API call p99", { kind: "api", quantile: 990 }),
  { name: "rate", label: "deliveries", unit: "/s", worse: "less", subject: { kind: "rate" } },
  { name: "connect", label: "logins", unit: "/s", worse: "less", subject: { kind: "connect" } },
];

/**
 * Whether anything can be said of chance. Not of the maximum, which one receipt makes; nor of the logins, which a run does once.
 */
export const isJudged = ({ subject }: ComparedMetric): boolean => subject.kind !== "max" && subject.kind !== "connect";
