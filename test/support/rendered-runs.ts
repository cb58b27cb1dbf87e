import { digestArrivals } from "../../src/domain/fanout.js";
import type { ReportRun } from "../../src/domain/report-run.js";
import { digestOf, ended, presenceOf, question, settled, slotOf } from "./digest-samples.js";
import { type RunSetting, recordedRun } from "./recorded-run.js";

/** A text that tries to be markup, a mention, a formula and control characters at once; no part of a device name may be `/`. */
export const HOSTILE = "=<b>&\"'`x``|@all #1 [a](b)\u0000\u001b[31m\u202e\ufffe\n| --- |\r\t]]>";

/** The report of a run of these broadcasts. */
export const reportOf = (broadcasts: Parameters<typeof recordedRun>[0], setting: RunSetting = {}): ReportRun => {
  const { summary, account, manifest } = recordedRun(broadcasts, setting);
  return { summary, account, manifests: [manifest] };
};

/** A broadcast that everybody has. */
export const fullBroadcast = (id: string, devices = 2000) =>
  settled(
    digestOf(
      Array.from({ length: devices }, (_, i) => 10_000 + i * 100),
      id,
    ),
  );

/** A broadcast that one of three devices has, one missed and one was cut off from. */
export const lossyBroadcast = (id: string) =>
  settled(digestArrivals(slotOf(3, [[0, 6000]]), presenceOf(3, [ended(2, 5000)]), question({ messageId: id })));

/** A run with something wrong in every respect, whose names and causes are hostile. */
export const hostileReport = (): ReportRun =>
  reportOf([fullBroadcast("1"), lossyBroadcast(HOSTILE)], {
    addressOf: (device) => ({ productKey: "pk", deviceName: `${HOSTILE}${device}` }),
    target: { productKey: HOSTILE },
    thresholds: ["p99<1ms", "missing"],
    invalid: [HOSTILE],
  });
