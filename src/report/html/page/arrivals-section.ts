import type { PageData } from "../page-model.js";
import { element, section } from "./element.js";
import { countText, msText, msTick, rateText, rateTick } from "./figures.js";
import { plotFigure } from "./plot-figure.js";
import type { Theme } from "./theme.js";

/** How fast receipts came in. */
export const arrivalsSection = ({ arrivals, timed }: PageData, theme: Theme): HTMLElement => {
  if (arrivals === null) {
    const text = "Nothing was delivered in a timed broadcast, so there is no rate.";
    return section("arrivals", "Arrival rate", null, element("p", { class: "empty" }, text));
  }
  const all = arrivals.lines.find(({ role }) => role === "all");
  const rates = (all?.y ?? []).map((rate) => rate ?? 0);
  const peak = Math.max(...rates);
  const figure = plotFigure(theme, {
    label: `Deliveries a second over the time since due; at most ${rateText(peak)}`,
    data: arrivals,
    xText: msTick,
    yTick: rateTick,
    yText: rateText,
    xReadout: (ms) => `${countText(ms)} to ${countText(ms + arrivals.binMs)} ms after due`,
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, (max || 1) * 1.08] } },
    stepped: true,
  });
  return section(
    "arrivals",
    "Arrival rate",
    `Deliveries a second in steps of ${countText(arrivals.binMs)} ms since due${timed > 1 ? ", the average of the timed broadcasts and the worst one" : ""}.`,
    figure.node,
    element(
      "p",
      { class: "note" },
      `At most ${rateText(peak)} in one step, ${msText(rates.indexOf(peak) * arrivals.binMs)} after due; the last receipt within ${msText(arrivals.x.at(-1) ?? null)}.`,
    ),
  );
};
