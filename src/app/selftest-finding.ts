import type { RecordedArrivals } from "../domain/arrivals.js";
import type { DeviceIndex } from "../domain/device.js";
import type { ErrorCode } from "../domain/errors.js";
import type { RunEnd } from "../domain/selftest-result.js";
import { type Micros, micros } from "../domain/time.js";
import type { JudgedResult } from "./judge-run.js";
import type { MeasureOutcome } from "./measure-fanout.js";

/** What the account of one broadcast says, with every device of each kind by name. */
export type FoundBroadcast = {
  /** The counts as a report shows them. */
  readonly counts: Readonly<
    Record<
      "expected" | "delivered" | "missing" | "excused" | "unknown" | "duplicates" | "latecomers" | "strays" | "corrupt",
      number | null
    >
  >;
  readonly missing: readonly string[];
  readonly excused: readonly string[];
  readonly duplicated: readonly string[];
  readonly strayed: readonly string[];
  readonly corrupt: readonly string[];
  readonly latecomers: readonly string[];
  /** Devices whose first receipt was kept, and how long after the sending it came. */
  readonly receivedAfter: ReadonlyMap<string, Micros>;
  readonly apiTook: Micros;
};

/** What a run says of itself. */
export type FoundRun = {
  readonly online: number;
  readonly broadcasts: readonly FoundBroadcast[];
  readonly foreign: number;
  readonly afterSettling: number;
  readonly receipts: number;
  readonly failure: ErrorCode | null;
  readonly end: RunEnd;
};

/** Reads a finished run. `arrivalsOf` are the receipts kept of a broadcast; `keyOf` names a device as the ledger does. */
export const findRun = (
  outcome: MeasureOutcome,
  { result }: JudgedResult,
  exit: number,
  arrivalsOf: (messageId: string) => readonly RecordedArrivals[],
  keyOf: (device: DeviceIndex) => string,
): FoundRun => ({
  online: outcome.online?.online ?? 0,
  broadcasts: outcome.broadcasts.map(({ digest, sentAt, acceptedAt }, i) => {
    const { expected, delivered, missing, excused, unknown, duplicates, latecomers, strays, corrupt } =
      result.broadcasts[i] ?? NOT_REPORTED;
    return {
      counts: { expected, delivered, missing, excused, unknown, duplicates, latecomers, strays, corrupt },
      missing: digest.missing.map(keyOf),
      excused: digest.excused.map(({ device }) => keyOf(device)),
      duplicated: digest.duplicated.map(keyOf),
      strayed: digest.strayed.map(keyOf),
      corrupt: digest.corrupt.map(keyOf),
      latecomers: digest.latecomers.map(keyOf),
      receivedAfter: receivedAfter(arrivalsOf(digest.messageId), sentAt, keyOf),
      apiTook: micros(acceptedAt - sentAt),
    };
  }),
  foreign: result.total.foreign,
  afterSettling: result.total.afterSettling,
  receipts: outcome.totals?.receipts ?? 0,
  failure: outcome.failure?.code ?? null,
  end: { verdict: result.verdict, exit },
});

/** Of a broadcast that the result forgot, every count differs. */
const NOT_REPORTED: FoundBroadcast["counts"] = {
  expected: null,
  delivered: null,
  missing: null,
  excused: null,
  unknown: null,
  duplicates: null,
  latecomers: null,
  strays: null,
  corrupt: null,
};

const receivedAfter = (
  parts: readonly RecordedArrivals[],
  sentAt: Micros,
  keyOf: (device: DeviceIndex) => string,
): ReadonlyMap<string, Micros> => {
  const after = new Map<string, Micros>();
  for (const { firstDevice, at } of parts) {
    at.forEach((time, device) => {
      if (time > 0) after.set(keyOf(firstDevice + device), micros(time - sentAt));
    });
  }
  return after;
};
