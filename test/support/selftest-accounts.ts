import type { ExpectedBroadcast, ExpectedRun, LedgerEntry } from "../../src/app/selftest-expectation.js";
import type { FoundBroadcast, FoundRun } from "../../src/app/selftest-finding.js";
import type { SelftestRound } from "../../src/domain/selftest-result.js";
import { fromMillis, micros } from "../../src/domain/time.js";
import type { FaultKind } from "../../src/protocol/fault-spec.js";

/** Devices `pk/d0`, `pk/d1`, … */
export const fleetOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `pk/d${i}`);

/** One fault of the ledger, to devices by their numbers. */
export const done = (kind: FaultKind, number: number | null, ...devices: readonly number[]): LedgerEntry => ({
  kind,
  number,
  devices: devices.map((device) => `pk/d${device}`),
});

/** A kind as it is asked for. */
export const asked = (kind: FaultKind, count = 1, ms = 500) => ({ kind, count, duration: fromMillis(ms) });

const broadcastOf = (wanted: ExpectedBroadcast): FoundBroadcast => ({
  counts: {
    expected: wanted.expected,
    delivered: wanted.delivered.size,
    missing: wanted.missing.size,
    excused: wanted.excused.size,
    unknown: 0,
    duplicates: wanted.duplicated.size,
    latecomers: 0,
    strays: wanted.strayed.size,
    corrupt: wanted.corrupt.size,
  },
  missing: [...wanted.missing],
  excused: [...wanted.excused],
  duplicated: [...wanted.duplicated],
  strayed: [...wanted.strayed],
  corrupt: [...wanted.corrupt],
  latecomers: [],
  receivedAfter: new Map(
    [...wanted.delivered].map((device) => [device, wanted.late.has(device) ? wanted.lateBy : micros(1)]),
  ),
  apiTook: wanted.apiAtLeast,
});

/** The account that says exactly what is expected of it, but for `changes` of its run and of its first broadcast. */
export const accountOf = (
  wanted: ExpectedRun,
  devices: number,
  changes: { readonly run?: Partial<FoundRun>; readonly first?: Partial<FoundBroadcast> } = {},
): FoundRun => ({
  online: devices,
  broadcasts: wanted.broadcasts.map((broadcast, i) => ({
    ...broadcastOf(broadcast),
    ...(i === 0 ? changes.first : {}),
  })),
  foreign: wanted.foreign,
  afterSettling: 0,
  receipts: wanted.receipts,
  failure: wanted.failure,
  end: wanted.end,
  ...changes.run,
});

/** A round that went as it should. */
export const roundOf = (more: Partial<SelftestRound> = {}): SelftestRound => ({
  name: "drop",
  faults: "drop=2",
  seed: 7,
  broadcasts: 1,
  injected: 2,
  found: 2,
  falselyAccused: 0,
  overlooked: 0,
  expected: { verdict: "fail", exit: 6 },
  observed: { verdict: "fail", exit: 6 },
  ok: true,
  seconds: 1,
  differences: [],
  ...more,
});
