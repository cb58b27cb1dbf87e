import { mkdir, writeFile } from "node:fs/promises";
import type { MachineFacts } from "./machine-facts.js";
import type { Answer, Question, Wishes } from "./question.js";
import { spreadOverRuns } from "./spread.js";

// seen from dist/bench
const RESULTS = new URL("../../bench/results/", import.meta.url);

const DOCS = new URL("../../docs/", import.meta.url);

/** Writes `results/<question>.json`; with other sizes than its own, `results/<question>-<sizes>.json`. A picture goes to `docs/`. */
export const saveAnswer = async (
  { name, title }: Question,
  { sizes }: Wishes,
  machine: MachineFacts,
  { series, ratios, skipped, notes, record, picture }: Answer,
): Promise<void> => {
  const summed = series.map(({ label, metrics, runs }) => ({
    label,
    figures: metrics.map((metric) => ({ ...metric, ...spreadOverRuns(runs, metric.key) })),
    runs,
  }));
  const file = sizes === null ? name : `${name}-${sizes.join("-")}`;
  await mkdir(RESULTS, { recursive: true });
  const text = JSON.stringify(
    { question: name, title, machine, series: summed, ratios, notes, skipped, record },
    null,
    2,
  );
  await writeFile(new URL(`${file}.json`, RESULTS), `${text}\n`);
  if (picture) await writeFile(new URL(`${name}.svg`, DOCS), picture);
};
