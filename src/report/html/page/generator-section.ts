import type { PageData } from "../page-model.js";
import { plainTable } from "./data-table.js";
import { element, facts, section } from "./element.js";
import { countText, msText, percentText, plural, rateText } from "./figures.js";

/** A share of time as whole %. */
const busyText = (share: number): string => `${Math.round(share * 100)} %`;

const clockText = ({ clock }: PageData["summary"]): string =>
  clock?.uncertaintyMs == null
    ? "not known"
    : `± ${clock.uncertaintyMs < 0.001 ? "under 1 µs" : msText(clock.uncertaintyMs)}`;

/** Whether the measuring side may have made what it measured, and the machine's own floor. */
export const generatorSection = (data: PageData): HTMLElement => {
  const { generator, floorShare, summary } = data;
  const { calibration } = summary;
  const shards = (generator?.shards ?? []).map((shard, i) => ({ i, shard }));
  return section(
    "generator",
    "Generator health",
    "iotb's own processes while broadcasts arrived, the worst figures of the timed ones. Busy for nine tenths of the time, or held up for half of a p99, they may have made the times they measured.",
    ...(generator === null
      ? [element("p", { class: "empty" }, "Not measured in this run, so it is not known.")]
      : [
          element(
            "p",
            { class: generator.bound ? "state bad" : "state good" },
            generator.bound
              ? `✗ ${generator.boundText ?? "Bound; the times are not the platform's alone"}`
              : "✓ Not bound: the times are not of the generator's making.",
          ),
          facts([
            ["Busy at most", busyText(generator.utilization)],
            ["Loop delay p99", msText(generator.eventLoopDelayMs.p99)],
            ["Longest loop delay", msText(generator.eventLoopDelayMs.max)],
            ["CPU, all processes", `${generator.cpuCores.toFixed(2)} cores`],
            ["Garbage collection", `${plural(generator.gcMs.count, "pause")}, ${msText(generator.gcMs.total)}`],
            ["Longest pause", msText(generator.gcMs.max)],
            ["Wait for a core", msText(generator.runQueueMs)],
            ["Clocks agree to", clockText(summary)],
          ]),
        ]),
    shards.length < 2
      ? null
      : plainTable(
          "Each fleet process",
          [
            { heading: "Process", numeric: true, cell: ({ i }) => String(i) },
            {
              heading: "Busy",
              numeric: true,
              cell: ({ shard }) => (shard === null ? "not known" : busyText(shard.utilization)),
            },
            {
              heading: "Loop delay p99",
              numeric: true,
              cell: ({ shard }) => msText(shard?.eventLoopDelayMs.p99 ?? null),
            },
            { heading: "Max", numeric: true, cell: ({ shard }) => msText(shard?.eventLoopDelayMs.max ?? null) },
            { heading: "GC", numeric: true, cell: ({ shard }) => msText(shard?.gcMs.total ?? null) },
            { heading: "Receipts", numeric: true, cell: ({ shard }) => rateText(shard?.receiptsPerSecond ?? null) },
            {
              heading: "Bound",
              cell: ({ shard }) => (shard === null ? "not known" : shard.bound ? "yes" : "no"),
              mark: ({ shard }) => (shard?.bound ? "some missing" : ""),
            },
          ],
          shards,
        ),
    element("h3", {}, "Floor of this machine"),
    calibration === null
      ? element(
          "p",
          { class: "empty" },
          "Not asked for; iotb measure --calibrate tells how fast a fan-out can be here at best.",
        )
      : facts([
          ["Null fan-out p50", msText(calibration.floorMs.p50)],
          ["p99", msText(calibration.floorMs.p99)],
          ["Max", msText(calibration.floorMs.max)],
          ["Rate", rateText(calibration.deliveriesPerSecond)],
          ["Devices", countText(calibration.devices)],
          [
            "Share of the measured p99",
            floorShare === null ? "not known" : percentText(Math.round(floorShare * 100) / 100),
          ],
        ]),
  );
};
