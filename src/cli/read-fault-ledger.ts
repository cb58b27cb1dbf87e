import { request } from "node:http";
import type { LedgerEntry } from "../app/selftest-expectation.js";
import { IotbError, reasonOf } from "../domain/errors.js";
import { FAULT_KINDS } from "../protocol/fault-spec.js";

/** How long a platform on this machine may take to tell what it has done, ms. */
const PATIENCE_MS = 10_000;

/**
 * Asks a local platform that was started with faults for its own account of them (`GET /_iotb/faults`). Throws `platform-ended` where
 * it does not answer, `internal` where the answer is no whole ledger.
 */
export const readFaultLedger = async (popUrl: string): Promise<readonly LedgerEntry[]> => {
  const text = await fetchText(new URL("/_iotb/faults", popUrl)).catch((thrown: unknown) => {
    throw new IotbError("platform-ended", `the local platform does not tell its faults: ${reasonOf(thrown)}`);
  });
  return parseLedger(text);
};

/** Reads the body of the ledger's answer. Throws `internal`. */
export const parseLedger = (text: string): readonly LedgerEntry[] => {
  const report = parsed(text);
  if (!isRecord(report) || report["schema"] !== "iotb.faults/1" || !Array.isArray(report["entries"])) {
    throw new IotbError("internal", "the local platform's ledger is no iotb.faults/1");
  }
  if (report["dropped"] !== 0) {
    throw new IotbError("internal", "the local platform's ledger is not whole: it kept no more entries", {
      hint: "take fewer devices or broadcasts",
    });
  }
  return report["entries"].map(readEntry);
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const readEntry = (entry: unknown): LedgerEntry => {
  if (isRecord(entry)) {
    const { number, devices } = entry;
    const kind = FAULT_KINDS.find((known) => known === entry["kind"]);
    const named = Array.isArray(devices) && devices.every((device): device is string => typeof device === "string");
    if (kind !== undefined && named && (number === null || typeof number === "number")) {
      return { kind, number, devices };
    }
  }
  throw new IotbError("internal", "the local platform's ledger has an entry that is no fault");
};

const fetchText = (url: URL): Promise<string> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const call = request(url, { agent: false, signal }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
      });
      answer.on("error", reject);
      answer.on("end", () =>
        answer.statusCode === 200 ? resolve(text) : reject(new Error(`HTTP ${answer.statusCode}`)),
      );
    });
    call.on("error", reject);
    call.end();
  });
