import { IotbError } from "../../domain/errors.js";
import { fromMillis, type Micros } from "../../domain/time.js";
import { parseDuration, parseShare, parseWhole, type Share } from "../../domain/units.js";
import { anyText, optional, repeated, toggle, under, withDefault } from "../flag.js";
import type { MeasureRecordOptions } from "../measure-record.js";
import type { Resolved } from "../resolve-flags.js";
import { BROKER_FLAGS, brokerTopic, parseBrokerTarget, requireBrokerDevices } from "./broker.js";
import { FAULT_FLAGS, type FaultRequest, parseFaultRequest } from "./faults.js";
import { FLEET_FLAGS, type FleetOptions, parseFleet } from "./fleet.js";
import { CONSENT_FLAGS, type ConsentOptions, parseConsent, REACH_FLAGS } from "./guards.js";
import { MESSAGE_FLAGS, type MessageOptions, parseMessage } from "./payload.js";
import { parseReportFiles, REPORT_FILE_FLAGS } from "./report-files.js";
import { parseScenarioFlags, SCENARIO_FLAGS, type ScenarioOptions } from "./scenario.js";
import { parseTarget, TARGET_AND_TLS_FLAGS, type TargetOptions } from "./target.js";

const duration = (text: string): Micros => parseDuration(text);

/** The flags of `iotb measure`. */
export const MEASURE_FLAGS = {
  ...MESSAGE_FLAGS,
  ...under("Measurement:", {
    broadcasts: optional({
      name: "broadcasts",
      argument: "N",
      help: "broadcasts to measure",
      shownDefault: "1; with --local 5",
      read: (text) => parseWhole(text, 1, 100_000),
    }),
    interval: optional({
      name: "interval",
      short: "I",
      argument: "D",
      help: "one is due every D, settled or not",
      shownDefault: "1s after the former settled, or what the quota allows",
      read: duration,
    }),
    warmup: withDefault("0", {
      name: "warmup",
      argument: "N",
      help: "extra broadcasts first, whose times do not count",
      read: (text) => parseWhole(text, 0, 1_000),
    }),
    settle: optional({
      name: "settle",
      argument: "D",
      help: "wait between the fleet being online and the first broadcast",
      shownDefault: "cloud 10s, else 0",
      read: duration,
    }),
    drain: withDefault("10s", {
      name: "drain",
      argument: "D",
      help: "wait for missing receipts until none has come for D",
      read: duration,
    }),
    linger: withDefault("250ms", {
      name: "linger",
      argument: "D",
      help: "wait for duplicates once all have it",
      read: duration,
    }),
    allowExcused: withDefault("0", {
      name: "allow-excused",
      argument: "N|%",
      help: "how many deliveries may be lost to connections that ended",
      read: parseShare,
    }),
    thresholds: repeated({
      name: "threshold",
      argument: "EXPR",
      help: "'p99<500ms', 'coverage(99%)<2s', 'missing==0' … (repeatable)",
      read: anyText,
    }),
    calibrate: toggle({
      name: "calibrate",
      help: "first measure this machine's floor: the same fleet, a null fan-out",
    }),
    dryRun: toggle({ name: "dry-run", help: "say what would be done and whether this machine can" }),
  }),
  ...under("What is kept:", {
    out: optional({
      name: "out",
      argument: "DIR",
      help: "keep everything of the run in a new directory: account, receipts, histograms, log",
      read: anyText,
    }),
  }),
  ...REPORT_FILE_FLAGS,
  ...under("Recorded files, instead of a fleet:", {
    receipts: repeated({
      name: "receipts",
      argument: "FILE",
      help: "recordings of devices simulate; - is stdin",
      variadic: true,
      read: anyText,
    }),
    log: optional({ name: "log", argument: "FILE", help: "the log of broadcast", read: anyText }),
    expected: optional({
      name: "expected",
      argument: "FILE",
      help: "names of the devices that should have it, one a line",
      read: anyText,
    }),
    clockUncertainty: optional({
      name: "clock-uncertainty",
      argument: "D",
      help: "how far the clocks of two hosts may be apart",
      read: duration,
    }),
  }),
  ...SCENARIO_FLAGS,
  ...FLEET_FLAGS,
  ...TARGET_AND_TLS_FLAGS,
  ...BROKER_FLAGS,
  ...CONSENT_FLAGS,
  ...REACH_FLAGS,
  ...FAULT_FLAGS,
};

/** What a measurement is judged by. Thresholds are expressions, as written. */
export type JudgementOptions = {
  readonly thresholds: readonly string[];
  readonly allowExcused: Share;
  /** What is kept of it. */
  readonly record: MeasureRecordOptions;
};

/** A measurement with a fleet of its own. */
export type LiveMeasureOptions = JudgementOptions & {
  readonly kind: "live";
  readonly target: TargetOptions;
  readonly fleet: FleetOptions;
  readonly message: MessageOptions;
  readonly consent: ConsentOptions;
  readonly reachOthers: boolean;
  readonly broadcasts: number;
  /** Null: a second, or the quota, after the former settled. */
  readonly interval: Micros | null;
  readonly warmup: number;
  readonly settle: Micros;
  readonly drain: Micros;
  readonly linger: Micros;
  /** First a null fan-out on loopback. */
  readonly calibrate: boolean;
  readonly dryRun: boolean;
  /** What the run's own local platform is to do wrong. */
  readonly faults: FaultRequest;
  /** What is to happen to a part of the fleet around each broadcast, or null. */
  readonly scenario: ScenarioOptions | null;
};

/** A measurement of what was recorded before. */
export type RecordedMeasureOptions = JudgementOptions & {
  readonly kind: "recorded";
  /** At least one; `-` is stdin, at most once in both. */
  readonly receiptsFiles: readonly string[];
  readonly logFile: string;
  readonly devicesFile: string | null;
  readonly expectedFile: string | null;
  readonly clockUncertainty: Micros | null;
  readonly drain: Micros;
  readonly linger: Micros;
};

/** What `iotb measure` is asked to do. */
export type MeasureOptions = LiveMeasureOptions | RecordedMeasureOptions;

/** Devices that `--local` makes where no file names any. */
const LOCAL_DEVICES = 1_000;

type MeasureFlags = Resolved<typeof MEASURE_FLAGS>;

/** Reads the command line of `iotb measure`. Throws `usage` and `guard`. */
export const parseMeasureOptions = ([file]: readonly string[], flags: MeasureFlags): MeasureOptions =>
  flags.values.receipts.length > 0 || flags.values.log !== null ? parseRecorded(file, flags) : parseLive(file, flags);

const parseLive = (file: string | undefined, flags: MeasureFlags): LiveMeasureOptions => {
  const { values, origins } = flags;
  for (const key of ["expected", "clockUncertainty"] as const) {
    if (origins[key].source !== "flag") continue;
    throw new IotbError("usage", `${origins[key].called} is for recorded files`, {
      hint: "give --receipts FILE and --log FILE too",
    });
  }
  const { topicFullName, confirmProduct, reachOthers, takeOver } = origins;
  const target = parseBrokerTarget(flags, [topicFullName, confirmProduct, reachOthers, takeOver]) ?? parseTarget(flags);
  if (values.fault !== null && !target.local) {
    throw new IotbError("usage", `${origins.fault.called}: only a local platform can be asked to misbehave`, {
      hint: "add --local, or give it to the iotb platform you measure against",
    });
  }
  const { fleet, scenario } = parseScenarioFlags(flags, parseFleet(flags, target, { reconnect: "off" }));
  const { broker } = target;
  if (broker !== null) requireBrokerDevices(fleet, flags);
  else if (fleet.devicesFile === null && !target.local) {
    throw new IotbError("usage", "no devices to measure with", {
      hint: "give --devices FILE, or --local to make some",
    });
  }
  const cloud = target.mqttReach.cloud || target.apiReach.cloud;
  return {
    kind: "live",
    target,
    ...(broker === null
      ? {
          fleet: fleet.devicesFile === null ? { ...fleet, count: fleet.count ?? LOCAL_DEVICES } : fleet,
          message: parseMessage(file, flags, target.productKey),
        }
      : {
          // the one topic of the run is the message's
          fleet: { ...fleet, topics: [] },
          message: { ...parseMessage(file, flags, null), topicFullName: brokerTopic(fleet.topics, broker) },
        }),
    consent: parseConsent(flags),
    reachOthers: values.reachOthers,
    broadcasts: values.broadcasts ?? (target.local ? 5 : 1),
    interval: values.interval,
    warmup: values.warmup,
    settle: values.settle ?? fromMillis(cloud ? 10_000 : 0),
    drain: values.drain,
    linger: values.linger,
    calibrate: values.calibrate,
    dryRun: values.dryRun,
    faults: parseFaultRequest(flags),
    record: { out: values.out, reports: parseReportFiles(flags) },
    scenario,
    thresholds: values.thresholds,
    allowExcused: values.allowExcused,
  };
};

const parseRecorded = (file: string | undefined, flags: MeasureFlags): RecordedMeasureOptions => {
  const { values, origins } = flags;
  const { receipts, log } = values;
  if (log === null || receipts.length === 0) {
    throw new IotbError("usage", `recorded files need both: ${log === null ? "--log" : "--receipts"} FILE is missing`);
  }
  if (file !== undefined)
    throw new IotbError("usage", `recorded files need no payload: ${JSON.stringify(file)} is one too many`);
  for (const origin of [
    origins.local,
    origins.broker,
    origins.hosts,
    origins.endpoint,
    origins.count,
    origins.calibrate,
    origins.scenario,
    origins.scenarioAt,
  ]) {
    if (origin.source === "flag")
      throw new IotbError("usage", `${origin.called} and recorded files contradict each other`);
  }
  if (values.devices !== null && values.expected !== null) {
    throw new IotbError("usage", `${origins.devices.called} and ${origins.expected.called} say the same: give one`);
  }
  if ([...receipts, log].filter((name) => name === "-").length > 1) {
    throw new IotbError("usage", "stdin (-) can be read once only");
  }
  return {
    kind: "recorded",
    receiptsFiles: receipts,
    logFile: log,
    devicesFile: values.devices,
    expectedFile: values.expected,
    clockUncertainty: values.clockUncertainty,
    drain: values.drain,
    linger: values.linger,
    record: { out: values.out, reports: parseReportFiles(flags) },
    thresholds: values.thresholds,
    allowExcused: values.allowExcused,
  };
};
