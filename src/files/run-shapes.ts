import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import type { HistogramSnapshot } from "../domain/histogram.js";
import type { MeasureResult } from "../domain/measure-result.js";
import type { AccountRecord, RunAccount, RunManifest, RunSetup } from "../domain/run-record.js";
import { isDeviceName, isProductKey } from "../protocol/device-name.js";
import { counts, resultShape } from "./result-shape.js";
import {
  count,
  finite,
  flag,
  listOf,
  matching,
  nullOr,
  oneOf,
  optional,
  record,
  type Shape,
  tableOf,
  text,
} from "./value-shape.js";

/** A document of one of this version's schemas: what each must say of itself, and what it must hold. */
export type DocumentShape<T> = { readonly schema: string; readonly shape: Shape<T> };

/** What is wrong with a value that should be a document of a schema, in words, or null. */
export const faultIn = <T>(
  value: unknown,
  { schema, shape }: DocumentShape<T>,
): { readonly text: string; readonly hint: string | null } | null => {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "schema") : undefined;
  if (typeof found !== "string") return { text: `not a ${schema} document`, hint: null };
  if (found !== schema) {
    const isNewer = versionOf(found) > versionOf(schema) && found.split("/")[0] === schema.split("/")[0];
    return {
      text: `its schema is ${JSON.stringify(found.slice(0, 64))}, this iotb reads ${schema}`,
      hint: isNewer ? "a newer iotb wrote it: read it with that one" : null,
    };
  }
  const wrong = shape(value);
  return wrong === null
    ? null
    : { text: `${wrong.slice(1) || "the document"} does not hold what it should`, hint: null };
};

const versionOf = (schema: string): number => Number(schema.split("/")[1] ?? Number.NaN);

/** Names of files in the directory itself. */
const FILE_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;
const sha256 = matching(/^[0-9a-f]{64}$/);

const runSetup = record<RunSetup>({
  payloadBytes: optional(count),
  qos: optional(count),
  transport: optional(text),
  engine: optional(text),
  intervalMs: optional(nullOr(finite)),
  faults: optional(nullOr(text)),
  quota: optional(nullOr(text)),
  churn: optional(nullOr(text)),
  telemetry: optional(nullOr(text)),
  scenario: optional(nullOr(text)),
});

/** `manifest.json`. */
export const manifestDocument: DocumentShape<RunManifest> = {
  schema: "iotb.run/1",
  shape: record<RunManifest>({
    schema: oneOf("iotb.run/1"),
    iotb: text,
    command: listOf(text),
    startedAtUs: count,
    endedAtUs: count,
    host: record<RunManifest["host"]>({
      bootId: text,
      platform: text,
      kernel: text,
      node: text,
      cpu: text,
      cores: count,
      memoryBytes: count,
      openFileLimit: nullOr(count),
    }),
    seeds: record<RunManifest["seeds"]>({ faults: nullOr(count), devices: nullOr(text) }),
    setup: optional(runSetup),
    files: tableOf(record({ bytes: count, sha256 }), FILE_NAME),
    hash: sha256,
  }),
};

/** `summary.json`. */
export const summaryDocument: DocumentShape<MeasureResult> = { schema: "iotb.measure/1", shape: resultShape };

/** More than any histogram of three digits has: what it unpacks to is bounded with it. */
const MAX_HISTOGRAM_CHARACTERS = 262_144;

const histogramFields = record<HistogramSnapshot>({
  encoded: text,
  count,
  minUs: count,
  maxUs: count,
  sumUs: finite,
});

/** A histogram that can be decoded and holds as many samples as it says. */
const histogram: Shape<HistogramSnapshot> = (value) => {
  const wrong = histogramFields(value);
  if (wrong !== null) return wrong;
  const { encoded, count: samples } = value as HistogramSnapshot;
  if (samples === 0) return encoded === "" ? null : ".encoded";
  if (encoded.length > MAX_HISTOGRAM_CHARACTERS) return ".encoded";
  try {
    return decodeFromCompressedBase64(encoded, 64).totalCount === samples ? null : ".count";
  } catch {
    return ".encoded";
  }
};

/** As the counter of arrivals makes no more. */
const MAX_BIN = 3_600_000;

const bins: Shape<AccountRecord["arrivals"]> = (value) => {
  const wrong = record<AccountRecord["arrivals"]>({ firstBin: count, counts: listOf(count) })(value);
  if (wrong !== null) return wrong;
  const { firstBin, counts } = value as AccountRecord["arrivals"];
  return firstBin + counts.length > MAX_BIN + 1 ? ".firstBin" : null;
};

type Devices = AccountRecord["devices"];
const productKey: Shape<string> = (value) => (typeof value === "string" && isProductKey(value) ? null : "");
const deviceName: Shape<string> = (value) => (typeof value === "string" && isDeviceName(value) ? null : "");
const address = record<Devices["strays"][number]>({ productKey, deviceName });

/** `account.json`. */
export const accountDocument: DocumentShape<RunAccount> = {
  schema: "iotb.account/1",
  shape: record<RunAccount>({
    schema: oneOf("iotb.account/1"),
    broadcasts: listOf(
      record<AccountRecord>({
        messageId: text,
        warmup: flag,
        basis: oneOf("presence", "list", "none"),
        dueAtUs: count,
        sentAtUs: count,
        acceptedAtUs: count,
        firstAtUs: nullOr(count),
        lastAtUs: nullOr(count),
        counts: record<AccountRecord["counts"]>({
          ...counts,
          ambiguous: count,
        }),
        incomplete: flag,
        latency: histogram,
        negative: histogram,
        arrivals: bins,
        devices: record<Devices>({
          missing: listOf(
            record<Devices["missing"][number]>({
              productKey,
              deviceName,
              onlineSinceUs: nullOr(count),
              lastReceiptAtUs: nullOr(count),
            }),
          ),
          excused: listOf(
            record<Devices["excused"][number]>({
              productKey,
              deviceName,
              endedAtUs: count,
              reason: text,
              closedBy: text,
            }),
          ),
          strays: listOf(address),
          duplicates: listOf(address),
          latecomers: listOf(address),
          corrupt: listOf(address),
        }),
      }),
    ),
  }),
};
