import type { ChalkInstance } from "chalk";
import { formatDuration } from "../domain/units.js";
import { countText } from "./count-text.js";

/** One broadcast as it stands. */
export type LiveBroadcast = {
  /** From 1, of so many. */
  readonly number: number;
  readonly of: number;
  /** `due`: it is still to be sent; `calling`: it is being sent; `flight`: accepted; `settled`: its account is made. */
  readonly phase: "due" | "calling" | "flight" | "settled";
  readonly messageId: string | null;
  /** Null until devices have said whom it is for. */
  readonly expected: number | null;
  /** Devices of these that have it, as far as their processes have said. */
  readonly arrived: number;
  /** `due`: until then; `calling`: since it was due; `flight`: since anything came of it. µs. */
  readonly us: number;
};

/** A run while it happens. */
export type LiveRun = {
  readonly elapsedUs: number;
  readonly fleet: { readonly devices: number; readonly online: number; readonly refused: number };
  /** Whether the fleet is still coming online for the first time. */
  readonly connecting: boolean;
  /** Devices online when it had come online. */
  readonly wasOnline: number;
  /** The latest; null before the first. */
  readonly broadcast: LiveBroadcast | null;
  /** Broadcasts in flight beside it. */
  readonly othersInFlight: number;
  /** First receipts in the last second, and in each slot of the last while, the oldest first. */
  readonly perSecond: number;
  readonly slots: readonly number[];
  /** So long nothing may come before what is outstanding is missing, µs. */
  readonly drainUs: number;
  /** What is known for certain: of broadcasts that have settled. */
  readonly settled: Readonly<
    Record<"broadcasts" | "delivered" | "missing" | "excused" | "unknown" | "duplicates" | "strays" | "corrupt", number>
  >;
  /** What else went wrong, in words of our own. */
  readonly troubles: readonly string[];
};

const LABEL = 11;
const BAR = 30;
const TICKS = "▁▂▃▄▅▆▇█";
/** Nothing came for so long: then who has not got it is worth a word, µs. */
const QUIET_US = 1e6;

const bar = (share: number, size: number): string => {
  const full = Math.floor(Math.min(1, Math.max(0, share)) * size);
  return "█".repeat(full) + "░".repeat(size - full);
};

/** A share in percent that says 100 of the whole only. */
const percent = (part: number, whole: number): string =>
  `${(Math.floor((part / Math.max(1, whole)) * 1000) / 10).toFixed(1)}%`;

const sparkline = (counts: readonly number[]): string => {
  const most = Math.max(...counts);
  return counts.map((count) => (count === 0 ? "·" : TICKS[Math.ceil((count / most) * TICKS.length) - 1])).join("");
};

/** `12 s`, `2 min 5 s`: a time that is looked at while it passes. */
const seconds = (us: number): string => formatDuration(Math.floor(us / 1e6) * 1e6).replace(/^0 us$/, "0 s");

const phaseText = ({ broadcast, othersInFlight }: LiveRun): string => {
  if (broadcast === null) return "none yet";
  const { number, of, phase, messageId, us } = broadcast;
  const state = {
    due: us < 1e6 ? "due now" : `due in ${seconds(us)}`,
    calling: "calling the API",
    flight: "in flight",
    settled: number === of ? "settled, the last one" : "settled",
  }[phase];
  const more = othersInFlight === 0 ? "" : `, ${countText(othersInFlight)} more in flight`;
  return `${countText(number)} of ${countText(of)}${messageId === null ? "" : `  ${messageId}`}  ${state}${more}`;
};

/** What is wrong, the worst first: the end may not fit. */
const problems = (run: LiveRun): string[] => {
  const { settled, fleet, connecting, wasOnline, broadcast, drainUs } = run;
  const found: string[] = [];
  if (broadcast?.phase === "flight" && broadcast.expected !== null && broadcast.us >= QUIET_US) {
    const left = broadcast.expected - broadcast.arrived;
    if (left > 0)
      found.push(`${countText(left)} without it, nothing came for ${seconds(broadcast.us)} of ${seconds(drainUs)}`);
  }
  found.push(...run.troubles);
  for (const kind of ["missing", "strays", "corrupt", "unknown", "excused", "duplicates"] as const) {
    if (settled[kind] > 0) found.push(`${kind} ${countText(settled[kind])}`);
  }
  const offline = connecting ? 0 : wasOnline - fleet.online;
  if (offline > 0) found.push(`${countText(offline)} offline`);
  if (fleet.refused > 0) found.push(`${countText(fleet.refused)} given up`);
  return found;
};

/**
 * A run in a few lines, none wider than `width`: how much of the fleet is online, how far the broadcast has come, how fast it arrives,
 * what is wrong. Holds no text from outside but a message id, which the caller has escaped.
 */
export const liveLines = (paint: ChalkInstance, run: LiveRun, width: number): string[] => {
  const { fleet, broadcast, settled } = run;
  const room = Math.max(0, width - LABEL);
  const line = (label: string, text: string, tone: (text: string) => string = (plain) => plain): string =>
    paint.bold(label.padEnd(LABEL).slice(0, width)) + (room === 0 ? "" : tone(clipped(text, room)));
  const gauge = (part: number, whole: number, size: number): string =>
    size < 8 ? "" : `${bar(part / Math.max(1, whole), size)}  `;
  const wide = Math.min(BAR, room - 30);
  const lines = [
    line(
      "fleet",
      `${gauge(fleet.online, fleet.devices, wide)}${countText(fleet.online)}/${countText(fleet.devices)} online`,
    ),
  ];
  if (!run.connecting) {
    const { expected = null, arrived = 0 } = broadcast ?? {};
    const coverage =
      expected === null
        ? `${gauge(0, 1, wide)}–`
        : `${gauge(arrived, expected, wide)}${countText(arrived)}/${countText(expected)}  ${percent(arrived, expected)}`;
    const slots = run.slots.slice(Math.max(0, run.slots.length - Math.max(0, wide)));
    lines.push(
      line("broadcast", phaseText(run)),
      line("coverage", coverage),
      line(
        "arrivals",
        `${slots.length < 8 ? "" : `${sparkline(slots)}  `}${countText(run.perSecond)} in the last second`,
      ),
      line("settled", `${countText(settled.broadcasts)}, delivered ${countText(settled.delivered)}`),
    );
  }
  const found = problems(run);
  lines.push(
    line("problems", found.length === 0 ? "none" : found.join(" · "), found.length === 0 ? paint.dim : paint.yellow),
  );
  lines.push(line("elapsed", seconds(run.elapsedUs)));
  return lines;
};

/** A text that fits, its end left out. Every character of ours is one column wide. */
const clipped = (text: string, room: number): string => (text.length <= room ? text : `${text.slice(0, room - 1)}…`);
