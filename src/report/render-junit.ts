import { forgivenExcused, type MeasureResult } from "../domain/measure-result.js";
import type { ReportRun } from "../domain/report-run.js";
import type { AccountRecord } from "../domain/run-record.js";
import type { BroadcastSummary } from "../domain/summary.js";
import type { CauseKind } from "../domain/verdict.js";
import { formatMs } from "./format-ms.js";
import { boundText, generatorText } from "./generator-text.js";
import { xmlElement, xmlText } from "./xml-text.js";

/** How many names a failure lists of each kind; the run's files have all. */
const NAMES_SHOWN = 100;

/** One test case. */
type Case = {
  readonly group: string;
  readonly name: string;
  readonly seconds: number;
  readonly outcome: "passed" | "failure" | "error" | "skipped";
  /** Why, in one line; the first line of what CI shows. */
  readonly message: string;
  /** More lines to it. */
  readonly details: readonly string[];
};

/**
 * A run as JUnit XML: one test suite with a case for the delivery of each broadcast, what was excused, each threshold, the
 * generator, the clock, and the validity of the run itself. At least one case has a failure or an error exactly where the verdict
 * is not `pass`.
 */
export const renderJunit = (run: ReportRun): string => {
  const { summary, manifests } = run;
  const cases = casesOf(run);
  const count = (outcome: Case["outcome"]) => cases.filter((one) => one.outcome === outcome).length;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0).toFixed(6);
  const totals = { tests: cases.length, failures: count("failure"), errors: count("error"), skipped: count("skipped") };
  const started = manifests.reduce((least, { startedAtUs }) => Math.min(least, startedAtUs), Number.POSITIVE_INFINITY);
  const suite = {
    name: `iotb measure ${summary.target.productKey ?? summary.target.kind}`,
    ...totals,
    time: seconds,
    // without a zone, as the schema of JUnit files has it: UTC
    timestamp: started === Number.POSITIVE_INFINITY ? null : new Date(started / 1000).toISOString().slice(0, 19),
  };
  const properties = xmlElement("properties", {}, [
    property("verdict", summary.verdict),
    property("target", summary.target.kind),
    // a run that is kept nowhere has no name
    ...manifests.filter(({ files }) => Object.keys(files).length > 0).map(({ hash }) => property("run", hash)),
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    xmlElement("testsuites", { name: "iotb", ...totals, time: seconds }, [
      xmlElement("testsuite", suite, [properties, ...cases.map(caseElement)]),
    ]),
    "",
  ].join("\n");
};

const property = (name: string, value: string): string => xmlElement("property", { name, value });

const caseElement = ({ group, name, seconds, outcome, message, details }: Case): string => {
  const attributes = { classname: `iotb.${group}`, name, time: seconds.toFixed(6) };
  const lines = details.map(xmlText).join("\n");
  switch (outcome) {
    case "passed":
      return xmlElement("testcase", attributes, [xmlElement("system-out", {}, [xmlText(message)])]);
    case "skipped":
      return xmlElement("testcase", attributes, [xmlElement("skipped", { message })]);
    default:
      return xmlElement("testcase", attributes, [
        xmlElement(outcome, { message, type: group }, lines === "" ? [] : [lines]),
      ]);
  }
};

const casesOf = ({ summary, account }: ReportRun): readonly Case[] => {
  const records = new Map(account.broadcasts.map((record) => [record.messageId, record] as const));
  return [
    ...summary.broadcasts.map((broadcast, i) => deliveryCase(broadcast, i + 1, records.get(broadcast.messageId))),
    excusedCase(summary),
    ...summary.thresholds.map(({ expression, observed, pass }): Case => {
      const message = `observed ${observed ?? "not known"}`;
      return {
        group: "threshold",
        name: expression,
        seconds: 0,
        outcome: pass ? "passed" : "failure",
        message: pass ? message : `threshold ${expression} not met: ${message}`,
        details: [],
      };
    }),
    generatorCase(summary),
    clockCase(summary),
    validityCase(summary),
  ];
};

const secondsOf = (ms: number | null): number => (ms === null ? 0 : ms / 1000);

const deliveryCase = (broadcast: BroadcastSummary, number: number, record: AccountRecord | undefined): Case => {
  const { messageId, warmup, delivered, expected } = broadcast;
  const counted = (name: "missing" | "strays" | "corrupt" | "unknown") => broadcast[name] ?? 0;
  const wrong = (["missing", "strays", "corrupt", "unknown"] as const).filter((name) => counted(name) > 0);
  const listed = (name: string, devices: readonly { readonly deviceName: string }[]): string[] => {
    const more = devices.length - NAMES_SHOWN;
    const names = devices.slice(0, NAMES_SHOWN).map(({ deviceName }) => deviceName);
    return devices.length === 0 ? [] : [`${name}: ${names.join(" ")}${more > 0 ? ` and ${more} more` : ""}`];
  };
  const devices = record?.devices;
  const account = `delivered ${delivered} of ${expected ?? "an unknown number"} expected`;
  return {
    group: "delivery",
    name: `broadcast ${number}${warmup ? " (warm-up)" : ""} ${messageId}`,
    seconds: secondsOf(broadcast.latencyMs.max),
    outcome: wrong.length === 0 ? "passed" : wrong[0] === "unknown" ? "error" : "failure",
    message: wrong.length === 0 ? account : `${account}: ${wrong.map((name) => `${name} ${counted(name)}`).join(", ")}`,
    details:
      devices === undefined
        ? []
        : [
            ...listed("missing", devices.missing),
            ...listed("strays", devices.strays),
            ...listed("corrupt", devices.corrupt),
          ],
  };
};

const excusedCase = (summary: MeasureResult): Case => {
  const { total } = summary;
  const { allowExcused: share } = summary.rules;
  const own = forgivenExcused(summary);
  const rule = share.kind === "count" ? String(share.count) : `${Number((100 * share.fraction).toFixed(6))}%`;
  const allowed = share.kind === "count" ? share.count : (total.expected ?? 0) * share.fraction;
  const excused = (total.excused ?? 0) - own;
  const counted = total.excused === null ? "an unknown number of" : excused;
  const beside = own === 0 ? "" : `, beside ${own} that the scenario cut off`;
  const message = `${counted} deliveries lost to connections that ended, ${rule} allowed${beside}`;
  return {
    group: "delivery",
    name: "excused",
    seconds: 0,
    outcome: total.excused === null ? "skipped" : excused > allowed ? "failure" : "passed",
    message,
    details: [],
  };
};

const generatorCase = ({ generator, clock, causes }: MeasureResult): Case => {
  const base = { group: "generator", name: "the generator kept up", seconds: 0, details: [] };
  if (generator === null) return { ...base, outcome: "skipped", message: "no generator was looked at" };
  const bound = boundText(generator);
  const message = bound ?? generatorText(generator, clock);
  // only where a threshold asks about times does it void the run
  const voids = bound !== null && causes.some((text) => text.startsWith("the generator was saturated"));
  return { ...base, outcome: voids ? "error" : "passed", message };
};

const clockCase = ({ clock }: MeasureResult): Case => {
  const base = { group: "clock", name: "the clocks are known", seconds: 0, details: [] };
  const uncertaintyMs = clock?.uncertaintyMs ?? null;
  if (uncertaintyMs === null) {
    return {
      ...base,
      outcome: "skipped",
      message: clock === null ? "nothing was measured" : "nobody said how far the clocks of several hosts may be apart",
    };
  }
  return { ...base, outcome: "passed", message: `within ${formatMs(uncertaintyMs)}` };
};

/** Causes that make a run's figures worthless or unfinished, rather than bad. */
const VOIDING: ReadonlySet<CauseKind> = new Set<CauseKind>(["interrupted", "error", "invalid"]);

const validityCase = ({ causes, causeKinds }: MeasureResult): Case => {
  const voiding = causes.filter((_, i) => VOIDING.has(causeKinds[i] ?? "error"));
  return {
    group: "run",
    name: "the run is valid",
    seconds: 0,
    outcome: voiding.length === 0 ? "passed" : "error",
    message: voiding[0] ?? "nothing speaks against its figures",
    details: voiding.slice(1),
  };
};
