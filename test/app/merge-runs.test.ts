import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mergeRuns } from "../../src/app/merge-runs.js";
import { reportRuns } from "../../src/app/report-runs.js";
import type { RecordedRun } from "../../src/domain/run-record.js";
import { histogramOf, type SettledBroadcast, summarizeBroadcast, summarizeTotal } from "../../src/domain/summary.js";
import { micros } from "../../src/domain/time.js";
import { failsWith } from "../support/cli-fails-with.js";
import { digestOf, settled } from "../support/digest-samples.js";
import { numberedDevice, recordedRun } from "../support/recorded-run.js";
import { broadcastsAt, type SplitFleet, splitFleets } from "../support/split-fleet.js";

/** Everything a report shows of broadcasts, histograms as the times at all their ranks. */
const shown = (broadcasts: readonly SettledBroadcast[], nameOf: (device: number) => string) => ({
  total: summarizeTotal(broadcasts),
  each: broadcasts.map(({ digest, ...times }) => {
    const { latency, negative, missing, excused, duplicated, latecomers, strayed, corrupt, ...counts } = digest;
    const names = (devices: readonly number[]) => devices.map(nameOf).sort();
    const ranks = [latency, negative].map((snapshot) => {
      const histogram = histogramOf(snapshot);
      return Array.from({ length: histogram.count }, (_, i) => histogram.atRank(i + 1));
    });
    const seen = new Map(missing.map((device, i) => [nameOf(device), counts.missingSeen[i]] as const));
    return {
      ...times,
      ...counts,
      ranks,
      exact: [latency, negative].map(({ encoded, ...figures }) => figures),
      missingSeen: [...seen].sort(),
      excused: excused
        .map(({ device, ...how }) => ({ name: nameOf(device), ...how }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      lists: [missing, duplicated, latecomers, strayed, corrupt].map(names),
    };
  }),
  summaries: broadcasts.map((broadcast) => summarizeBroadcast(broadcast, nameOf, (at) => at)),
});

const partsOf = (fleet: SplitFleet): number[][] => {
  const parts = [0, 1, 2, 3, 4].map((part) => fleet.partOf.flatMap((own, device) => (own === part ? [device] : [])));
  return parts.filter((devices) => devices.length > 0);
};

const runsOf = (fleet: SplitFleet): RecordedRun[] =>
  partsOf(fleet).map((devices, i) =>
    recordedRun(broadcastsAt(fleet, devices), {
      name: `part-${i}`,
      online: devices.length,
      addressOf: (device) => numberedDevice(devices[device] ?? -1),
    }),
  );

const everyDevice = (fleet: SplitFleet): number[] => fleet.partOf.map((_, device) => device);

test("runs merged equal the whole, however the fleet was cut up", () => {
  fc.assert(
    fc.property(splitFleets, (fleet) => {
      const whole = broadcastsAt(fleet, everyDevice(fleet));
      const merged = mergeRuns(runsOf(fleet));
      const nameOf = (device: number) => numberedDevice(device).deviceName;
      assert.deepEqual(shown(merged.broadcasts, merged.nameOf), shown(whole, nameOf));
    }),
    { numRuns: 100 },
  );
});

test("the merged judgement is that of the whole, and so is the merged account", () => {
  fc.assert(
    fc.property(splitFleets, fc.constantFrom("0", "2", "10%"), (fleet, allowExcused) => {
      const rules = { thresholds: null, allowExcused: { kind: "count", count: 1 } as const, clockUncertainty: null };
      const setting = { allowExcused, thresholds: ["max<50ms", "missing<=2"] };
      const parts = partsOf(fleet).map((devices, i) =>
        recordedRun(broadcastsAt(fleet, devices), {
          ...setting,
          name: `part-${i}`,
          online: devices.length,
          addressOf: (device) => numberedDevice(devices[device] ?? -1),
        }),
      );
      const [first, ...others] = parts;
      assert.ok(first);
      const whole = recordedRun(broadcastsAt(fleet, everyDevice(fleet)), { ...setting, online: fleet.partOf.length });
      const merged = reportRuns([first, ...others], rules);
      const alone = reportRuns([whole], rules);
      const { fleet: mergedFleet, ...rest } = merged.run.summary;
      const { fleet: wholeFleet, ...wholeRest } = alone.run.summary;
      assert.deepEqual(rest, wholeRest);
      assert.equal(mergedFleet?.online, wholeFleet?.online);
      assert.deepEqual(
        merged.run.account.broadcasts.map(({ counts, devices, arrivals }) => ({ counts, devices, arrivals })),
        alone.run.account.broadcasts.map(({ counts, devices, arrivals }) => ({ counts, devices, arrivals })),
      );
    }),
    { numRuns: 50 },
  );
});

test("broadcasts of other ids are put in the order sent", () => {
  const at = (sentAt: number, id: string) => settled(digestOf([5], id), { sentAt: micros(sentAt) });
  const merged = mergeRuns([recordedRun([at(3000, "c"), at(5000, "e")]), recordedRun([at(2000, "b"), at(4000, "d")])]);
  assert.deepEqual(
    merged.broadcasts.map(({ digest }) => digest.messageId),
    ["b", "c", "d", "e"],
  );
});

const plain = (id = "1") => settled(digestOf([5, 6, null], id));
const other = (device: number) => numberedDevice(device + 10);

for (const [what, runs, code, message] of [
  [
    "the same run twice",
    [recordedRun([plain()], { name: "a", log: "one" }), recordedRun([plain()], { name: "b", log: "one" })],
    "usage",
    /^a and b are the same run/,
  ],
  [
    "a device that two directories name in one broadcast",
    [recordedRun([plain()], { name: "a" }), recordedRun([plain()], { name: "b", online: 7 })],
    "bad-input-file",
    /^a and b cannot be merged: both tell of pk\/d000002 in broadcast 1$/,
  ],
  [
    "another warm-up flag",
    [recordedRun([plain()]), recordedRun([{ ...plain(), warmup: true }], { addressOf: other })],
    "bad-input-file",
    /warmup of broadcast 1 is false and true/,
  ],
  [
    "another due time",
    [recordedRun([plain()]), recordedRun([{ ...plain(), dueAt: micros(1001) }], { addressOf: other })],
    "bad-input-file",
    /dueAtUs of broadcast 1 is 1000 and 1001/,
  ],
  [
    "another product",
    [recordedRun([plain()]), recordedRun([plain("2")], { target: { productKey: "other" } })],
    "bad-input-file",
    /their products are pk and other/,
  ],
  [
    "another topic",
    [recordedRun([plain()]), recordedRun([plain("2")], { target: { topicFullName: "/broadcast/pk/x" } })],
    "bad-input-file",
    /their topicFullName is null and \/broadcast/,
  ],
  [
    "another way to know who was expected",
    [recordedRun([plain()]), recordedRun([{ ...plain("2"), basis: "list" }])],
    "bad-input-file",
    /by "presence" here and "list" there/,
  ],
] as const) {
  test(`refused: ${what}`, () => {
    assert.throws(() => mergeRuns(runs), failsWith(code, message));
  });
}

test("local platforms listen where they like, and a recording does not say what it was aimed at", () => {
  const runs = [
    recordedRun([plain("1")]),
    recordedRun([plain("2")], { target: { endpoint: "http://127.0.0.1:9999", hosts: ["mqtt://127.0.0.1:9"] } }),
    recordedRun([plain("3")], { target: { kind: "recorded", instanceId: null, endpoint: null, hosts: [] } }),
  ];
  assert.equal(mergeRuns(runs).broadcasts.length, 3);
});
