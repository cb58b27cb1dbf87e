import type { PageData } from "../page-model.js";
import { plainTable } from "./data-table.js";
import { element, section } from "./element.js";

/** Every threshold with what was observed. */
export const thresholdSection = ({ thresholds }: PageData): HTMLElement =>
  section(
    "thresholds",
    "Thresholds",
    null,
    thresholds.length === 0
      ? element("p", { class: "empty" }, "None was set: the verdict rests on the account alone.")
      : plainTable(
          "Thresholds and what was observed",
          [
            { heading: "Threshold", cell: ({ expression }) => element("code", {}, expression) },
            { heading: "Observed", numeric: true, cell: ({ observed }) => observed ?? "not known" },
            {
              heading: "Result",
              cell: ({ pass }) => element("strong", { class: pass ? "good" : "bad" }, pass ? "✓ met" : "✗ not met"),
            },
          ],
          thresholds,
        ),
  );
