import { createHash } from "node:crypto";
import { accountOf } from "../../src/app/account-of.js";
import { judgeRun, type ResultContext } from "../../src/app/judge-run.js";
import type { DeviceAddress } from "../../src/domain/device.js";
import type { IotbError } from "../../src/domain/errors.js";
import type { ShardLoad } from "../../src/domain/generator.js";
import { LatencyHistogram } from "../../src/domain/histogram.js";
import type { TargetSummary } from "../../src/domain/measure-result.js";
import { type FileSeal, type RecordedRun, RUN_FILES, type RunManifest } from "../../src/domain/run-record.js";
import type { SettledBroadcast } from "../../src/domain/summary.js";
import { parseThreshold } from "../../src/domain/threshold.js";
import { micros } from "../../src/domain/time.js";
import { parseShare } from "../../src/domain/units.js";
import { hashOfSeals } from "../../src/files/run-hash.js";
import { createRunDirectory } from "../../src/files/run-writer.js";
import { SAMPLE_FACTS } from "./run-samples.js";

/** What a recorded run may differ in from a plain one. */
export type RunSetting = {
  readonly name?: string;
  /** What the run's log says: it tells runs apart that measured the same. */
  readonly log?: string;
  readonly bootId?: string;
  readonly addressOf?: (device: number) => DeviceAddress;
  readonly thresholds?: readonly string[];
  readonly allowExcused?: string;
  readonly target?: Partial<TargetSummary>;
  readonly online?: number;
  readonly load?: ShardLoad;
  readonly invalid?: readonly string[];
  readonly interrupted?: boolean;
  readonly failure?: IotbError;
  readonly foreignIds?: readonly string[];
  readonly scenario?: ResultContext["scenario"];
};

/** The address of a device whose name sorts as its number. */
export const numberedDevice = (device: number): DeviceAddress => ({
  productKey: "pk",
  deviceName: `d${String(device).padStart(6, "0")}`,
});

/** The run that measured these broadcasts, whose times are Unix µs: judged as a live one is. */
export const recordedRun = (broadcasts: readonly SettledBroadcast[], setting: RunSetting = {}): RecordedRun => {
  const { addressOf = numberedDevice, online = 10, foreignIds = [], failure = null } = setting;
  const target: TargetSummary = {
    kind: "local",
    productKey: "pk",
    topicFullName: null,
    instanceId: "iot-local",
    endpoint: "http://127.0.0.1:8087",
    hosts: ["mqtt://127.0.0.1:1883"],
    ...setting.target,
  };
  const { result } = judgeRun(
    {
      online: {
        requested: online,
        online,
        failed: {},
        failedTexts: {},
        failedDevices: [],
        connect: new LatencyHistogram(),
        seconds: 1,
      },
      broadcasts: broadcasts.map((broadcast) => ({ ...broadcast, loads: [setting.load ?? null] })),
      totals: {
        receipts: 0,
        reconnects: 0,
        published: 0,
        disconnects: {},
        foreign: foreignIds.length,
        foreignIds,
        afterSettling: 0,
        latest: [],
      },
      failure,
    },
    {
      target,
      processes: 1,
      thresholds: (setting.thresholds ?? []).map(parseThreshold),
      allowExcused: parseShare(setting.allowExcused ?? "0"),
      clockUncertainty: micros(1),
      invalid: setting.invalid ?? [],
      calibration: null,
      scenario: setting.scenario ?? null,
      interrupted: setting.interrupted ?? false,
      nameOf: (device) => addressOf(device).deviceName,
      addressOf,
      unixOf: (at) => at,
    },
  );
  const account = accountOf(broadcasts, { addressOf, unixOf: (at) => at });
  const texts = {
    [RUN_FILES.log]: `${setting.log ?? setting.name ?? "run"}\n`,
    [RUN_FILES.summary]: `${JSON.stringify(result)}\n`,
    [RUN_FILES.account]: `${JSON.stringify(account)}\n`,
  };
  const files = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sealOf(text)]));
  const host = { ...SAMPLE_FACTS.host, bootId: setting.bootId ?? SAMPLE_FACTS.host.bootId };
  const manifest: RunManifest = { schema: "iotb.run/1", ...SAMPLE_FACTS, host, files, hash: hashOfSeals(files) };
  return { name: setting.name ?? "run", manifest, summary: result, account };
};

const sealOf = (text: string): FileSeal => ({
  bytes: Buffer.byteLength(text),
  sha256: createHash("sha256").update(text).digest("hex"),
});

/** Writes a run's directory as `measure --out` does, and answers its path. */
export const writeRun = async (path: string, { name, manifest, summary, account }: RecordedRun): Promise<string> => {
  await using writer = await createRunDirectory(path);
  writer.keep();
  await writer.log.write(`${name}\n`);
  await writer.write(RUN_FILES.summary, [JSON.stringify(summary)]);
  await writer.write(RUN_FILES.account, [JSON.stringify(account)]);
  await writer.complete(manifest);
  return path;
};
