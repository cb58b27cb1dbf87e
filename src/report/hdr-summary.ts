import { Summary, type SummaryConfiguration } from "prom-client";
import type { LatencyHistogram } from "../domain/histogram.js";
import { atQuantile } from "../domain/histogram.js";

/** The quantiles shown, in thousandths; 0 and 1 are the exact minimum and maximum. */
const QUANTILES = [500, 900, 950, 990, 999] as const;

const seconds = (us: number): number => us / 1e6;

/**
 * A Prometheus summary that reads a histogram of µs in place of estimating quantiles from samples, in seconds. Sum and count are
 * exact; a quantile that too few samples tell is left out.
 */
export class HdrSummary extends Summary {
  readonly #configuration: SummaryConfiguration<string>;
  readonly #histogram: LatencyHistogram;

  constructor(configuration: SummaryConfiguration<string>, histogram: LatencyHistogram) {
    super(configuration);
    this.#configuration = configuration;
    this.#histogram = histogram;
  }

  override async get(): ReturnType<Summary["get"]> {
    const { name } = this.#configuration;
    const histogram = this.#histogram;
    const { minUs, maxUs, meanUs, count } = histogram;
    const quantiles = [
      [0, minUs] as const,
      ...QUANTILES.map((quantile) => [quantile / 1000, atQuantile(histogram, quantile)] as const),
      [1, maxUs] as const,
    ];
    return {
      ...(await super.get()),
      values: [
        ...quantiles.flatMap(([quantile, us]) =>
          us === null ? [] : [{ metricName: name, labels: { quantile }, value: seconds(us) }],
        ),
        { metricName: `${name}_sum`, labels: {}, value: seconds(Math.round((meanUs ?? 0) * count)) },
        { metricName: `${name}_count`, labels: {}, value: count },
      ],
    };
  }
}
