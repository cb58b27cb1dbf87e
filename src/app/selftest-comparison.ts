import type { SelftestDifference, SelftestRound } from "../domain/selftest-result.js";
import { fromMillis, type Micros, toMillis } from "../domain/time.js";
import type { FaultKind } from "../protocol/fault-spec.js";
import type { ExpectedBroadcast, ExpectedRun, LedgerEntry } from "./selftest-expectation.js";
import type { FoundBroadcast, FoundRun } from "./selftest-finding.js";

/** What a comparison comes to. */
export type Comparison = Pick<
  SelftestRound,
  "injected" | "found" | "falselyAccused" | "overlooked" | "expected" | "observed" | "ok" | "differences"
>;

/** The devices that the account names, by the account's word, on both sides. */
const NAMED = [
  ["missing", "missing"],
  ["excused", "excused"],
  ["duplicates", "duplicated"],
  ["strays", "strayed"],
  ["corrupt", "corrupt"],
] as const;

/** A timer may be early by this much. */
const TIMER_SLACK = fromMillis(2);

/**
 * Holds a run's account against what follows from the ledger. Everything that differs is a difference; `asked` are the kinds that
 * the platform was asked for, of which each must be in the ledger: a fault that was never done proves nothing.
 */
export const compareRun = (
  asked: readonly FaultKind[],
  devices: number,
  ledger: readonly LedgerEntry[],
  expected: ExpectedRun,
  found: FoundRun,
): Comparison => {
  const differences: SelftestDifference[] = [];
  const same = (
    broadcast: number | null,
    what: string,
    byLedger: number | string,
    byAccount: number | string | null,
  ) => {
    if (byLedger === byAccount) return;
    differences.push({ ...WITHOUT_NAMES, broadcast, what, ledger: byLedger, account: byAccount ?? "nothing" });
  };
  for (const kind of asked) {
    if (!ledger.some((entry) => entry.kind === kind)) same(null, `${kind} in the ledger`, "nothing", "asked for");
  }
  same(null, "online", devices, found.online);
  same(null, "broadcasts", expected.broadcasts.length, found.broadcasts.length);
  expected.broadcasts.forEach((wanted, i) => {
    const got = found.broadcasts[i];
    if (got !== undefined) differences.push(...compareBroadcast(i + 1, wanted, got));
  });
  same(null, "foreign", expected.foreign, found.foreign);
  same(null, "receipts after settling", 0, found.afterSettling);
  same(null, "receipts", expected.receipts, found.receipts);
  same(null, "failure", expected.failure ?? "none", found.failure ?? "none");
  same(null, "verdict", expected.end.verdict, found.end.verdict);
  same(null, "exit code", expected.end.exit, found.end.exit);
  const sum = (of: (difference: SelftestDifference) => number) => differences.reduce((all, one) => all + of(one), 0);
  return {
    injected: ledger.reduce((all, entry) => all + Math.max(1, entry.devices.length), 0),
    found: ledger.reduce((all, entry) => all + shown(entry, expected, found, devices), 0),
    falselyAccused: sum((one) => one.falselyAccused.length),
    overlooked: sum((one) => one.overlooked.length),
    expected: expected.end,
    observed: found.end,
    ok: differences.length === 0,
    differences,
  };
};

const WITHOUT_NAMES = { falselyAccused: [], overlooked: [] } as const;

const compareBroadcast = (
  broadcast: number,
  wanted: ExpectedBroadcast,
  got: FoundBroadcast,
): readonly SelftestDifference[] => {
  const differences: SelftestDifference[] = [];
  const names = (what: string, byLedger: ReadonlySet<string>, byAccount: readonly string[], accuses = true) => {
    const named = new Set(byAccount);
    const overlooked = [...byLedger].filter((device) => !named.has(device)).sort();
    // a device that is named twice is accused once too often
    const left = new Set(byLedger);
    const falselyAccused = byAccount.filter((device) => !left.delete(device)).sort();
    if (overlooked.length + falselyAccused.length === 0) return;
    const counts = { ledger: byLedger.size, account: byAccount.length };
    differences.push({ broadcast, what, ...counts, falselyAccused: accuses ? falselyAccused : [], overlooked });
  };
  const count = (what: keyof FoundBroadcast["counts"], byLedger: number) => {
    const byAccount = got.counts[what] ?? "nothing";
    // where the names differ already, their number is no news
    if (differences.some((one) => one.what === what && one.account === byAccount)) return;
    if (byAccount !== byLedger)
      differences.push({ ...WITHOUT_NAMES, broadcast, what, ledger: byLedger, account: byAccount });
  };
  for (const [what, side] of NAMED) names(what, wanted[side], got[side]);
  names("latecomers", new Set(), got.latecomers);
  // what was kept of the receipts must say the same as the account that was made of them
  names("receipts kept", wanted.delivered, [...got.receivedAfter.keys()]);
  names(`later than ${toMillis(wanted.lateBy)} ms`, wanted.late, lateOnes(wanted, got), false);
  count("expected", wanted.expected);
  count("delivered", wanted.delivered.size);
  count("missing", wanted.missing.size);
  count("excused", wanted.excused.size);
  count("unknown", 0);
  count("duplicates", wanted.duplicated.size);
  count("latecomers", 0);
  count("strays", wanted.strayed.size);
  count("corrupt", wanted.corrupt.size);
  const took = toMillis(got.apiTook);
  if (tooEarly(got.apiTook, wanted.apiAtLeast)) {
    const least = `${toMillis(wanted.apiAtLeast)} ms or more`;
    differences.push({ ...WITHOUT_NAMES, broadcast, what: "API time", ledger: least, account: `${took} ms` });
  }
  return differences;
};

const tooEarly = (took: Micros | undefined, least: Micros): boolean => took === undefined || took < least - TIMER_SLACK;

/** The devices that were to be late and were. That others may have been late as well is nobody's fault. */
const lateOnes = ({ late, lateBy }: ExpectedBroadcast, { receivedAfter }: FoundBroadcast): readonly string[] =>
  [...late].filter((device) => !tooEarly(receivedAfter.get(device), lateBy));

/** How much of a fault the account shows: how many of its devices, or 1 for a call. */
const shown = (entry: LedgerEntry, expected: ExpectedRun, found: FoundRun, devices: number): number => {
  const { kind, number } = entry;
  const wanted = expected.broadcasts[(number ?? 0) - 1];
  const got = found.broadcasts[(number ?? 0) - 1];
  const among = (named: Iterable<string> = []) => {
    const all = new Set(named);
    return entry.devices.filter((device) => all.has(device)).length;
  };
  switch (kind) {
    case "refuse": // all came online in the end, so these did too
      return found.online === devices ? entry.devices.length : 0;
    case "api-5xx":
    case "api-throttle":
    case "api-lost":
      return found.failure === expected.failure ? 1 : 0;
    case "api-wrong-id":
      return found.foreign === expected.foreign ? 1 : 0;
    case "api-slow":
      return wanted !== undefined && !tooEarly(got?.apiTook, wanted.apiAtLeast) ? 1 : 0;
    default:
      break;
  }
  // what befell the receipts of an id that the run never learnt shows in their number alone
  if (wanted === undefined || wanted.unnamed) {
    if (kind === "disconnect" && got !== undefined) return among(got.excused);
    return found.foreign === expected.foreign ? entry.devices.length : 0;
  }
  switch (kind) {
    case "drop":
    case "half-open":
      return among(got?.missing);
    case "disconnect":
      return among(got?.excused);
    case "duplicate":
      return among(got?.duplicated);
    case "stray":
      return among(got?.strayed);
    case "corrupt":
      return among(got?.corrupt);
    case "delay":
      return got === undefined ? 0 : among(lateOnes(wanted, got));
    default: // reorder, tail: they came, whenever
      return among(got?.receivedAfter.keys());
  }
};
