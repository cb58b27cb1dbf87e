import { grouped } from "../src/domain/counted.js";
import type { Series } from "./question.js";
import { medianOverRuns } from "./spread.js";

/** The picture, px. */
const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 20;
const TOP = 46;
const BOTTOM = 50;

type Point = { readonly devices: number; readonly ms: number };

/** Powers of ten from the one at or below `from` to the one at or above `to`. */
const decades = (from: number, to: number): number[] => {
  const first = Math.floor(Math.log10(from));
  return Array.from({ length: Math.ceil(Math.log10(to)) - first + 1 }, (_, i) => 10 ** (first + i));
};

/**
 * A picture (SVG) of how latency grows with the number of devices: p50 and p99 of the median broadcast, both axes logarithmic, and from
 * the second size on a dashed line of linear growth. Null for fewer than two sizes. The labels of the series are as `1 → 10,000`.
 */
export const latencyGraph = (series: readonly Series[]): string | null => {
  const line = (key: string): Point[] =>
    series.map(({ label, runs }) => ({
      devices: Number(label.replace("1 → ", "").replaceAll(",", "")),
      ms: medianOverRuns(runs, key),
    }));
  const [p50, p99] = [line("p50Ms"), line("p99MedianMs")];
  if (p99.length < 2) return null;
  const all = [...p50, ...p99];
  const xs = decades(Math.min(...all.map(({ devices }) => devices)), Math.max(...all.map(({ devices }) => devices)));
  const ys = decades(Math.min(...all.map(({ ms }) => ms)), Math.max(...all.map(({ ms }) => ms)));
  const scale = (ticks: readonly number[], value: number): number => {
    const [low, high] = [Math.log10(ticks[0] ?? 1), Math.log10(ticks.at(-1) ?? 10)];
    return (Math.log10(value) - low) / (high - low);
  };
  const x = (devices: number): number => LEFT + scale(xs, devices) * (WIDTH - LEFT - RIGHT);
  const y = (ms: number): number => HEIGHT - BOTTOM - scale(ys, ms) * (HEIGHT - TOP - BOTTOM);
  const path = (points: readonly Point[]): string =>
    points.map(({ devices, ms }) => `${x(devices).toFixed(1)},${y(ms).toFixed(1)}`).join(" ");
  const dots = (points: readonly Point[], colour: string): string =>
    points
      .map(
        ({ devices, ms }) => `<circle cx="${x(devices).toFixed(1)}" cy="${y(ms).toFixed(1)}" r="4" fill="${colour}"/>`,
      )
      .join("");
  const from = p99.find(({ devices }) => devices >= 10_000) ?? (p99[0] as Point);
  const to = p99.at(-1) as Point;
  const linear = [from, { devices: to.devices, ms: (from.ms * to.devices) / from.devices }];
  const grid = [
    ...xs.map(
      (tick) =>
        `<line x1="${x(tick)}" y1="${TOP}" x2="${x(tick)}" y2="${HEIGHT - BOTTOM}"/><text x="${x(tick)}" y="${HEIGHT - 28}" text-anchor="middle">${grouped(tick)}</text>`,
    ),
    ...ys.map(
      (tick) =>
        `<line x1="${LEFT}" y1="${y(tick)}" x2="${WIDTH - RIGHT}" y2="${y(tick)}"/><text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${grouped(tick)} ms</text>`,
    ),
  ].join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#444">
<title>Latency of one broadcast by the number of devices</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="22" font-size="15" fill="#111">Latency of one broadcast, due to receipt, by the number of devices</text>
<text x="${LEFT}" y="38"><tspan fill="#c0392b">p99</tspan>, <tspan fill="#2c6fbb">p50</tspan>, medians of runs; dashed: p99 if it grew as the fleet does</text>
<g stroke="#ddd" stroke-width="1">${grid.replaceAll("<text", '<text stroke="none"')}</g>
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">devices</text>
<polyline points="${path(linear)}" fill="none" stroke="#999" stroke-dasharray="5 4" stroke-width="1.5"/>
<polyline points="${path(p50)}" fill="none" stroke="#2c6fbb" stroke-width="2"/>${dots(p50, "#2c6fbb")}
<polyline points="${path(p99)}" fill="none" stroke="#c0392b" stroke-width="2"/>${dots(p99, "#c0392b")}
</svg>
`;
};
