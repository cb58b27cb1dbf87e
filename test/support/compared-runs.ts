import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LatencyHistogram } from "../../src/domain/histogram.js";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import type { AccountRecord, RecordedRun, RunManifest } from "../../src/domain/run-record.js";
import { micros } from "../../src/domain/time.js";
import { digestOf, settled } from "./digest-samples.js";
import { resultOf } from "./measure-samples.js";

/** A histogram of these times, µs. */
export const snapshotOf = (latencies: readonly number[]) => {
  const histogram = new LatencyHistogram();
  for (const late of latencies) histogram.record(micros(late));
  return histogram.snapshot();
};

/** The account of a broadcast due at 1,000 µs that devices had after so many µs; null never got it. */
export const recordOf = (latencies: readonly (number | null)[], more: Partial<AccountRecord> = {}): AccountRecord => {
  const had = latencies.filter((late) => late !== null);
  const missing = latencies.flatMap((late, i) =>
    late === null ? [{ productKey: "pk", deviceName: `d${i}`, onlineSinceUs: 1, lastReceiptAtUs: null }] : [],
  );
  return {
    messageId: "1",
    warmup: false,
    basis: "presence",
    dueAtUs: 1000,
    sentAtUs: 1100,
    acceptedAtUs: 3100,
    firstAtUs: had.length === 0 ? null : 1000 + had.reduce((a, b) => Math.min(a, b)),
    lastAtUs: had.length === 0 ? null : 1000 + had.reduce((a, b) => Math.max(a, b)),
    counts: {
      expected: latencies.length,
      delivered: had.length,
      missing: missing.length,
      excused: 0,
      unknown: 0,
      duplicates: 0,
      latecomers: 0,
      strays: 0,
      corrupt: 0,
      ambiguous: 0,
    },
    incomplete: false,
    latency: snapshotOf(had),
    negative: snapshotOf([]),
    arrivals: { firstBin: 0, counts: [] },
    devices: { missing, excused: [], strays: [], duplicates: [], latecomers: [], corrupt: [] },
    ...more,
  };
};

const HOST: RunManifest["host"] = {
  bootId: "00000000-0000-4000-8000-000000000000",
  platform: "linux",
  kernel: "6.1.0",
  node: "v20.20.2",
  cpu: "a processor",
  cores: 2,
  memoryBytes: 8_000_000_000,
  openFileLimit: 20_000,
};

/** What can be other than usual in a run. */
export type RunChanges = {
  readonly name?: string;
  readonly summary?: Partial<MeasureResult>;
  readonly manifest?: Partial<RunManifest>;
  readonly record?: (record: AccountRecord, number: number) => AccountRecord;
};

/** A run of broadcasts that devices had after so many µs each; null never got it. */
export const runOf = (broadcasts: readonly (readonly (number | null)[])[], more: RunChanges = {}): RecordedRun => {
  const summary = resultOf(broadcasts.map((latencies, i) => settled(digestOf(latencies, String(i + 1)))));
  const records = broadcasts.map((latencies, i) => recordOf(latencies, { messageId: String(i + 1) }));
  return {
    name: more.name ?? "run",
    manifest: {
      schema: "iotb.run/1",
      iotb: "0.1.0",
      command: ["measure", "--local"],
      startedAtUs: 1_700_000_000_000_000,
      endedAtUs: 1_700_000_010_000_000,
      host: HOST,
      seeds: { faults: null, devices: null },
      files: {},
      hash: createHash("sha256").update("").digest("hex"),
      ...more.manifest,
    },
    summary: { ...summary, ...more.summary },
    account: { schema: "iotb.account/1", broadcasts: records.map(more.record ?? ((record) => record)) },
  };
};

/** Writes a run as `measure --out` would, with its seals, and gives the directory's path. */
export const writeRun = async (dir: string, { manifest, summary, account }: RecordedRun): Promise<string> => {
  await mkdir(dir);
  const texts = { "account.json": JSON.stringify(account), "summary.json": JSON.stringify(summary) };
  const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
  const files = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, { bytes: Buffer.byteLength(text), sha256: sha(text) }]),
  );
  const lines = Object.entries(texts).map(([name, text]) => `${sha(text)}  ${name}\n`);
  for (const [name, text] of Object.entries(texts)) await writeFile(join(dir, name), text);
  await writeFile(join(dir, "manifest.json"), JSON.stringify({ ...manifest, files, hash: sha(lines.sort().join("")) }));
  return dir;
};
