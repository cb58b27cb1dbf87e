import { type DeviceAddress, deviceKey } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import type { TargetSummary } from "../domain/measure-result.js";
import type { AccountRecord, RecordedRun } from "../domain/run-record.js";

/** A broadcast's record with the directory it is from. */
type Found = { readonly name: string; readonly record: AccountRecord };

/**
 * Refuses runs whose accounts cannot be added up: a run given twice, other targets, other ways of knowing who was expected, and a
 * broadcast that two directories tell differently or of the same device. Throws `usage` and `bad-input-file`.
 */
export const checkMergeable = (runs: readonly RecordedRun[]): void => {
  checkTwice(runs);
  checkTargets(runs);
  checkScenarios(runs);
  const [first] = runs.filter(({ account }) => account.broadcasts.length > 0);
  const byId = new Map<string, Found[]>();
  for (const { name, account } of runs) {
    for (const record of account.broadcasts) {
      const basis = first?.account.broadcasts[0]?.basis;
      if (record.basis !== basis) {
        throw unlike(
          first?.name ?? name,
          name,
          `who was expected is known by "${basis}" here and "${record.basis}" there`,
        );
      }
      const same = byId.get(record.messageId);
      if (same === undefined) byId.set(record.messageId, [{ name, record }]);
      else same.push({ name, record });
    }
  }
  for (const found of byId.values()) if (found.length > 1) checkOneBroadcast(found);
};

const unlike = (one: string, other: string, why: string): IotbError =>
  new IotbError("bad-input-file", `${one} and ${other} cannot be merged: ${why}`, {
    hint: "give only directories that are parts of one test, each with devices of its own; look at the others one by one",
  });

const checkTwice = (runs: readonly RecordedRun[]): void => {
  const seen = new Map<string, string>();
  for (const { name, manifest } of runs) {
    const before = seen.get(manifest.hash);
    if (before !== undefined) {
      throw new IotbError("usage", `${before} and ${name} are the same run: ${manifest.hash.slice(0, 12)}`, {
        hint: "give each directory once",
      });
    }
    seen.set(manifest.hash, name);
  }
};

/** What must be the same for two runs to be of one test. Where a platform of the run's own listened is no part of it. */
const targetFacts = ({ kind, productKey, topicFullName, instanceId, endpoint }: TargetSummary) =>
  ({ kind, productKey, topicFullName, instanceId, ...(kind === "local" ? {} : { endpoint }) }) as const;

const checkTargets = (runs: readonly RecordedRun[]): void => {
  let aimed: RecordedRun | null = null;
  const [first] = runs;
  for (const run of runs) {
    const product = run.summary.target.productKey;
    if (first !== undefined && product !== first.summary.target.productKey) {
      throw unlike(first.name, run.name, `their products are ${first.summary.target.productKey} and ${product}`);
    }
    // recordings do not say what they were aimed at
    if (run.summary.target.kind === "recorded") continue;
    aimed ??= run;
    const facts = targetFacts(aimed.summary.target);
    const own: Readonly<Record<string, unknown>> = targetFacts(run.summary.target);
    for (const [key, value] of Object.entries(facts)) {
      if (own[key] !== value) throw unlike(aimed.name, run.name, `their ${key} is ${value} and ${own[key]}`);
    }
  }
};

/** Runs without a scenario may stand beside one: recordings of other devices, say. */
const checkScenarios = (runs: readonly RecordedRun[]): void => {
  const played = runs.filter(({ summary }) => summary.scenario != null);
  const [first] = played;
  const text = ({ summary: { scenario } }: RecordedRun) => `${scenario?.kind} at ${scenario?.atMs} ms`;
  for (const run of played) {
    if (first !== undefined && text(run) !== text(first)) {
      throw unlike(first.name, run.name, `their scenarios are ${text(first)} and ${text(run)}`);
    }
  }
};

const checkOneBroadcast = (found: readonly Found[]): void => {
  const [first, ...others] = found;
  if (first === undefined) return;
  const { messageId } = first.record;
  for (const { name, record } of others) {
    for (const key of ["warmup", "dueAtUs", "sentAtUs", "acceptedAtUs"] as const) {
      if (record[key] === first.record[key]) continue;
      throw unlike(first.name, name, `${key} of broadcast ${messageId} is ${first.record[key]} and ${record[key]}`);
    }
  }
  const holder = new Map<string, string>();
  for (const { name, record } of found) {
    for (const device of namedIn(record)) {
      const key = deviceKey(device);
      const before = holder.get(key) ?? name;
      if (before !== name) throw unlike(before, name, `both tell of ${key} in broadcast ${messageId}`);
      holder.set(key, name);
    }
  }
};

const namedIn = ({ devices }: AccountRecord): readonly DeviceAddress[] => Object.values(devices).flat();
