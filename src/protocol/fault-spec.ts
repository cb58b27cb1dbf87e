import { IotbError } from "../domain/errors.js";
import { fromMillis, type Micros, toMillis } from "../domain/time.js";
import { parseDuration, parseWhole } from "../domain/units.js";

/** Faults in the delivery of a broadcast, to so many of its devices, chosen anew for each broadcast. */
const DELIVERY_KINDS = [
  "drop",
  "duplicate",
  "reorder",
  "delay",
  "tail",
  "stray",
  "corrupt",
  "half-open",
  "disconnect",
] as const;
/** Faults in the answer to PubBroadcast, for so many calls from the first on. */
const API_KINDS = ["api-slow", "api-lost", "api-5xx", "api-throttle", "api-wrong-id"] as const;
/** Faults at login: so many devices are refused once each. */
const LOGIN_KINDS = ["refuse"] as const;

/** Every kind of fault the local platform can be asked for. */
export const FAULT_KINDS = [...DELIVERY_KINDS, ...API_KINDS, ...LOGIN_KINDS] as const;

/** A kind of fault. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault asked for: to how many devices or calls, and how long where it takes time. */
export type FaultSpec = { readonly kind: FaultKind; readonly count: number; readonly duration: Micros };

/** How long a fault takes where the text does not say. */
const DEFAULT_DURATION = fromMillis(500);

const TIMED: ReadonlySet<FaultKind> = new Set(["delay", "tail", "api-slow"]);

/** Writes faults as {@link parseFaults} reads them. */
export const formatFaults = (specs: readonly FaultSpec[]): string =>
  specs
    .map(({ kind, count, duration }) => `${kind}=${count}${TIMED.has(kind) ? `:${toMillis(duration)}ms` : ""}`)
    .join(",");

const isKind = (text: string): text is FaultKind => (FAULT_KINDS as readonly string[]).includes(text);

/**
 * Reads faults: `drop=3,delay=5:800ms` is KIND=COUNT, with `:DURATION` for those that take time; a bare kind means one. The same
 * kind twice is refused. Throws `usage`.
 */
export const parseFaults = (text: string): readonly FaultSpec[] => {
  const specs: FaultSpec[] = [];
  for (const part of text.split(",")) {
    const match = /^\s*([a-z0-9-]+)(?:=(\d+)(?::([^:]+))?)?\s*$/.exec(part);
    const kind = match?.[1] ?? "";
    if (match === null || !isKind(kind)) {
      throw new IotbError("usage", `${JSON.stringify(part.trim())} is no fault`, {
        hint: `write it like drop=3,delay=5:800ms; kinds are ${FAULT_KINDS.join(" ")}`,
      });
    }
    if (specs.some((spec) => spec.kind === kind)) throw new IotbError("usage", `the fault ${kind} is named twice`);
    if (match[3] !== undefined && !TIMED.has(kind)) {
      throw new IotbError("usage", `the fault ${kind} takes no duration`, {
        hint: `those that do: ${[...TIMED].join(" ")}`,
      });
    }
    specs.push({
      kind,
      count: parseWhole(match[2] ?? "1", 1, 10_000_000),
      duration: match[3] === undefined ? DEFAULT_DURATION : parseDuration(match[3]),
    });
  }
  return specs;
};
