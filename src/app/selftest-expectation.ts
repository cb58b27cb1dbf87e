// This file is the judge of the correlation: it must not import any of it, nor share an idea with it but words.
import type { ErrorCode } from "../domain/errors.js";
import type { RunEnd } from "../domain/selftest-result.js";
import { type Micros, micros } from "../domain/time.js";
import type { FaultKind, FaultSpec } from "../protocol/fault-spec.js";

/** One fault that the platform says it has done. */
export type LedgerEntry = {
  readonly kind: FaultKind;
  /** The number of the broadcast or call, from 1; null at login. */
  readonly number: number | null;
  /** `<product key>/<device name>`; empty for faults of calls. */
  readonly devices: readonly string[];
};

/** What the account of one broadcast must say. Devices as the ledger names them. */
export type ExpectedBroadcast = {
  /** Its receipts bear an id that the caller was never told: they are foreign. */
  readonly unnamed: boolean;
  readonly expected: number;
  readonly delivered: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
  readonly excused: ReadonlySet<string>;
  readonly duplicated: ReadonlySet<string>;
  readonly strayed: ReadonlySet<string>;
  readonly corrupt: ReadonlySet<string>;
  /** Devices whose receipt cannot have come before so long after the sending. */
  readonly late: ReadonlySet<string>;
  readonly lateBy: Micros;
  /** The call cannot have taken less. */
  readonly apiAtLeast: Micros;
};

/** What a whole run must say. */
export type ExpectedRun = {
  readonly broadcasts: readonly ExpectedBroadcast[];
  readonly foreign: number;
  /** Receipts of any kind. */
  readonly receipts: number;
  readonly failure: ErrorCode | null;
  readonly end: RunEnd;
};

/** Calls that end the run, and how. */
const ENDS: Readonly<Partial<Record<FaultKind, { readonly failure: ErrorCode; readonly exit: number }>>> = {
  "api-5xx": { failure: "api-refused", exit: 3 },
  "api-throttle": { failure: "api-throttled", exit: 4 },
  "api-lost": { failure: "api-unknown-fate", exit: 8 },
};

const NOBODY: ReadonlySet<string> = new Set();
const NO_TIME = micros(0);

/**
 * What a run's account must say, by what the platform did and nothing else. `devices` are all of the fleet, which come online before
 * the first broadcast, do not come back, and are the product's only ones.
 */
export const expectRun = (
  run: {
    readonly devices: readonly string[];
    readonly specs: readonly FaultSpec[];
    readonly broadcasts: number;
  },
  ledger: readonly LedgerEntry[],
): ExpectedRun => {
  const done = (kind: FaultKind, number: number): ReadonlySet<string> =>
    new Set(ledger.filter((entry) => entry.kind === kind && entry.number === number).flatMap(({ devices }) => devices));
  const durationOf = (kind: FaultKind): Micros => run.specs.find((spec) => spec.kind === kind)?.duration ?? NO_TIME;
  /** Connections that stand, and those of them that nothing goes through any more. */
  const connected = new Set(run.devices);
  const silent = new Set<string>();
  const broadcasts: ExpectedBroadcast[] = [];
  let foreign = 0;
  let receipts = 0;
  for (let number = 1; number <= run.broadcasts; number++) {
    const call = ledger.find((entry) => entry.number === number && entry.kind.startsWith("api-"))?.kind;
    const end = call === undefined ? undefined : ENDS[call];
    if (end !== undefined && call !== "api-lost") return endedBy(end, { broadcasts, foreign, receipts });

    const cut = done("disconnect", number);
    const dropped = done("drop", number);
    const twice = done("duplicate", number);
    const astray = done("stray", number);
    for (const device of done("half-open", number)) silent.add(device);
    const reached = [...connected].filter((one) => !silent.has(one) && !cut.has(one) && !dropped.has(one));
    const arriving = reached.length + twice.size + astray.size;
    receipts += arriving;
    // an id that the caller never learnt, or learnt wrongly, belongs to no broadcast of the run
    const unnamed = call === "api-lost" || call === "api-wrong-id";
    if (unnamed) foreign += arriving;
    if (end !== undefined) return endedBy(end, { broadcasts, foreign, receipts });
    const delivered = new Set(unnamed ? [] : reached);
    broadcasts.push({
      unnamed,
      expected: connected.size,
      delivered,
      missing: new Set([...connected].filter((one) => !delivered.has(one) && !cut.has(one))),
      excused: cut,
      duplicated: unnamed ? NOBODY : twice,
      strayed: unnamed ? NOBODY : astray,
      corrupt: unnamed ? NOBODY : done("corrupt", number),
      late: unnamed ? NOBODY : done("delay", number),
      lateBy: durationOf("delay"),
      apiAtLeast: call === "api-slow" ? durationOf("api-slow") : NO_TIME,
    });
    for (const device of cut) connected.delete(device);
  }
  const wrong = broadcasts.some(
    ({ missing, excused, strayed, corrupt }) => missing.size + excused.size + strayed.size + corrupt.size > 0,
  );
  const end: RunEnd = wrong ? { verdict: "fail", exit: 6 } : { verdict: "pass", exit: 0 };
  return { broadcasts, foreign, receipts, failure: null, end };
};

const endedBy = (
  { failure, exit }: { readonly failure: ErrorCode; readonly exit: number },
  until: Pick<ExpectedRun, "broadcasts" | "foreign" | "receipts">,
): ExpectedRun => ({ ...until, failure, end: { verdict: "error", exit } });
