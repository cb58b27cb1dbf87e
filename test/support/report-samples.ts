import { ArrivalSlot } from "../../src/domain/arrivals.js";
import type { DeviceAddress, DeviceIndex } from "../../src/domain/device.js";
import { digestArrivals } from "../../src/domain/fanout.js";
import type { ShardSummary } from "../../src/domain/generator.js";
import { LatenessTable } from "../../src/domain/lateness.js";
import { PresenceLog } from "../../src/domain/presence.js";
import type { ReportRun } from "../../src/domain/report-run.js";
import type { AccountRecord, RunManifest } from "../../src/domain/run-record.js";
import type { SettledBroadcast } from "../../src/domain/summary.js";
import { micros } from "../../src/domain/time.js";
import { generatorOf, resultOf } from "./measure-samples.js";

/** The Unix time of the monotonic clock's 0, µs. */
const ANCHOR_US = 1_777_000_000_000_000;

/** What a sample run is made of. */
export type SampleRun = {
  readonly devices: number;
  readonly broadcasts: number;
  /** Whether some lose it, some get it twice, some lose their connection. */
  readonly faults: boolean;
  readonly nameOf?: (device: DeviceIndex) => string;
};

/** Numbers of 0 to 1 that are the same in every run. */
const dice = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const accountOf = (
  { digest, ...broadcast }: SettledBroadcast,
  addressOf: (device: DeviceIndex) => DeviceAddress,
): AccountRecord => {
  const unix = (at: number | null) => (at === null ? null : ANCHOR_US + at);
  return {
    messageId: digest.messageId,
    warmup: broadcast.warmup,
    basis: broadcast.basis,
    dueAtUs: ANCHOR_US + broadcast.dueAt,
    sentAtUs: ANCHOR_US + broadcast.sentAt,
    acceptedAtUs: ANCHOR_US + broadcast.acceptedAt,
    firstAtUs: unix(digest.firstAt),
    lastAtUs: unix(digest.lastAt),
    counts: {
      expected: digest.expected,
      delivered: digest.delivered,
      missing: digest.missing.length,
      excused: digest.excused.length,
      unknown: digest.unknown,
      duplicates: digest.duplicates,
      latecomers: digest.latecomers.length,
      strays: digest.strays,
      corrupt: digest.corrupt.length,
      ambiguous: digest.ambiguous,
    },
    incomplete: false,
    latency: digest.latency,
    negative: digest.negative,
    arrivals: digest.arrivals,
    devices: {
      missing: digest.missing.map((device, i) => ({
        ...addressOf(device),
        onlineSinceUs: unix(digest.missingSeen[i]?.onlineSince ?? null),
        lastReceiptAtUs: unix(digest.missingSeen[i]?.lastReceiptAt ?? null),
      })),
      excused: digest.excused.map(({ device, at, reason, closedBy }) => ({
        ...addressOf(device),
        endedAtUs: ANCHOR_US + at,
        reason,
        closedBy,
      })),
      strays: digest.strayed.map(addressOf),
      duplicates: digest.duplicated.map(addressOf),
      latecomers: digest.latecomers.map(addressOf),
      corrupt: digest.corrupt.map(addressOf),
    },
  };
};

/** The manifest of a run that took five seconds. */
const manifestOf = (devices: number, broadcasts: number): RunManifest => ({
  schema: "iotb.run/1",
  iotb: "0.1.0",
  command: ["iotb", "measure", "--local", "-c", String(devices), "--broadcasts", String(broadcasts), "--out", "run"],
  startedAtUs: ANCHOR_US,
  endedAtUs: ANCHOR_US + 5_000_000,
  host: {
    bootId: "00000000-0000-4000-8000-000000000000",
    platform: "linux",
    kernel: "6.1.0",
    node: "v20.20.2",
    cpu: "Sample CPU",
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    openFileLimit: 20_000,
  },
  seeds: { faults: 7, devices: null },
  files: {},
  hash: "5f0c".repeat(16),
});

const shardOf = (utilization: number): ShardSummary => {
  const { boundBy, boundIn, shards, ...worst } = generatorOf({ utilization });
  return { ...worst, receiptsPerSecond: 61_200 };
};

/** A run made by the real functions of the account, from times that are always the same. */
export const sampleRun = ({
  devices,
  broadcasts,
  faults,
  nameOf = (device) => `d${String(device).padStart(5, "0")}`,
}: SampleRun): ReportRun => {
  const random = dice(1);
  const lateness = new LatenessTable(devices);
  const log = new PresenceLog(devices);
  log.keepFrom(micros(0));
  for (let device = 0; device < devices; device++)
    log.record({ device, at: micros(1000 + device * 100), state: "online" });
  const lastReceipt = new Float64Array(devices);
  const settled: SettledBroadcast[] = Array.from({ length: broadcasts + 1 }, (_, number) => {
    const dueAt = 2_000_000 + number * 1_000_000;
    const slot = new ArrivalSlot(devices);
    const pace = 18_000 + 9_000 * random();
    if (faults && number === 3) {
      for (const device of [11, 12, 13, 14].filter((each) => each < devices)) {
        log.record({
          device,
          at: micros(dueAt + 3000 + device * 500),
          state: "offline",
          reason: "keep-alive timeout",
          closedBy: "platform",
        });
      }
    }
    for (let device = 0; device < devices; device++) {
      if (!log.isOnline(device)) continue;
      if (faults && (device * 7919 + number * 104_729) % 1201 === 5) continue;
      const tail = random() ** 40 * 60_000;
      const at = micros(Math.round(dueAt + 6000 + (pace * device) / devices + 4000 * random() ** 3 + tail));
      slot.record(device, at);
      if (faults && (device * 31 + number) % 997 === 3) slot.record(device, micros(at + 900));
      if (faults && number === 2 && device === 99) slot.recordCorrupt(device);
    }
    const digest = digestArrivals(slot, log.at(micros(dueAt + 400)), {
      messageId: String(2_125_938_050_625_175_552n + BigInt(number) * 5_381_291_000_000n),
      dueAt: micros(dueAt),
      settledAt: micros(dueAt + 600_000),
      isTarget: () => true,
      isAmbiguous: () => false,
      firstDevice: 0,
      incomplete: false,
      lastSeen: (device) => ({
        onlineSince: log.onlineSince(device),
        lastReceiptAt: lastReceipt[device] === 0 ? null : micros(lastReceipt[device] as number),
      }),
      onDelivered: (device, late) => {
        if (number > 0) lateness.record(device, late);
      },
    });
    lastReceipt.set(slot.at.map((at, device) => at || (lastReceipt[device] as number)));
    return {
      dueAt: micros(dueAt),
      sentAt: micros(dueAt + 400),
      acceptedAt: micros(dueAt + 4400),
      warmup: number === 0,
      basis: "presence",
      digest,
    };
  });
  const result = resultOf(settled, {
    generator: generatorOf({ shards: [shardOf(0.314), shardOf(0.287)] }),
    calibration: { devices, processes: 1, floorMs: { p50: 3.2, p99: 7.9, max: 8.4 }, deliveriesPerSecond: 180_000 },
  });
  const missing = result.total.missing ?? 0;
  const account = settled.map((broadcast) =>
    accountOf(broadcast, (device) => ({ productKey: "g6palBDnzyT", deviceName: nameOf(device) })),
  );
  return {
    summary: {
      ...result,
      verdict: missing > 0 ? "fail" : "pass",
      target: {
        ...result.target,
        productKey: "g6palBDnzyT",
        instanceId: "iot-local",
        endpoint: "http://127.0.0.1:9977",
        hosts: ["mqtt://127.0.0.1:30953"],
      },
      fleet: result.fleet && { ...result.fleet, requested: devices, online: devices },
      total: {
        ...result.total,
        latestDevices: lateness.latest(0).map(({ device, meanUs, maxUs, ...rest }) => ({
          ...rest,
          productKey: "g6palBDnzyT",
          deviceName: nameOf(device),
          meanMs: Math.round(meanUs) / 1000,
          maxMs: maxUs / 1000,
        })),
      },
      thresholds: [
        {
          expression: "p99<100ms",
          observed: result.total.latencyMs.p99,
          pass: (result.total.latencyMs.p99 ?? 0) < 100,
        },
        {
          expression: "coverage(99.9%)<250ms",
          observed: result.total.coverageMs.p999,
          pass: result.total.coverageMs.p999 !== null,
        },
        { expression: "missing==0", observed: missing, pass: missing === 0 },
      ],
      warnings: faults ? [`duplicates: ${result.total.duplicates} receipts beyond a device's first`] : [],
      causes:
        missing > 0
          ? [
              `missing: ${missing} of ${result.total.expected} expected deliveries`,
              `threshold missing==0 not met: ${missing}`,
            ]
          : [],
    },
    account: { schema: "iotb.account/1", broadcasts: account },
    manifests: [manifestOf(devices, broadcasts)],
  };
};
