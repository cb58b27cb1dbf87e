import assert from "node:assert/strict";
import { test } from "node:test";
import { micros } from "../../src/domain/time.js";
import { ended } from "../support/digest-samples.js";
import { devicesOf } from "../support/message-bytes.js";
import { TrackerStage } from "../support/tracker-stage.js";

const { account } = TrackerStage;

test("receipts before the acceptance are the broadcast's", () => {
  const stage = new TrackerStage(devicesOf("pk", 3), 50);
  stage.expect(100);
  stage.receive(0, 210, "7");
  stage.receive(1, 220, "7");
  stage.accept("7", 200);
  stage.receive(1, 230, "7");
  const digest = stage.settle("7", 190, 1000);
  assert.deepEqual(account(digest), [3, 2, 1, 0, 0]);
  assert.deepEqual([digest.missing, digest.duplicated, digest.incomplete], [[52], [51], false]);
  assert.deepEqual([digest.latency.minUs, digest.latency.maxUs], [20, 30]);
  const { latest, ...totals } = stage.tracker.totals();
  assert.deepEqual(totals, { receipts: 3, foreign: 0, foreignIds: [], afterSettling: 0 });
  assert.deepEqual(new Set(latest.map(({ broadcasts }) => broadcasts)), new Set([1]));
});

test("progress is told once per news, and counts the expected only", () => {
  const stage = new TrackerStage(devicesOf("pk", 3));
  stage.presence.record(ended(2, 50));
  stage.expect(100);
  stage.receive(0, 210, "7");
  assert.deepEqual(stage.progress(250), []);
  stage.accept("7", 200);
  const news = (outstanding: number, lastReceiptAt: number) => [
    { kind: "progress", messageId: "7", expected: 2, outstanding, lastReceiptAt },
  ];
  assert.deepEqual(stage.progress(250), news(1, 210));
  assert.deepEqual(stage.progress(260), []);
  stage.receive(2, 220, "7");
  assert.deepEqual(stage.progress(270), news(1, 220));
  stage.receive(1, 230, "7");
  assert.deepEqual(stage.progress(280), news(0, 230));
});

test("progress of a broadcast that some are still to get is told ten times a second, the last of it at once", () => {
  const stage = new TrackerStage(devicesOf("pk", 4));
  stage.expect(100);
  stage.accept("7", 200);
  const outstanding = (now: number) => stage.progress(now).map((report) => report.outstanding);
  assert.deepEqual(outstanding(300), [4]);
  stage.receive(0, 310, "7");
  assert.deepEqual(outstanding(100_299), []);
  stage.receive(1, 100_300, "7");
  assert.deepEqual(outstanding(100_300), [2]);
  stage.receive(2, 100_310, "7");
  assert.deepEqual(outstanding(100_320), []);
  stage.receive(3, 100_330, "7");
  assert.deepEqual(outstanding(100_340), [0]);
});

test("without a receipt, what is expected is told all the same", () => {
  const stage = new TrackerStage(devicesOf("pk", 2));
  stage.expect(100);
  stage.accept("7", 200);
  assert.deepEqual(stage.progress(300), [
    { kind: "progress", messageId: "7", expected: 2, outstanding: 2, lastReceiptAt: null },
  ]);
});

test("with two products only one's devices are expected; a receipt by the other's is a stray", () => {
  const stage = new TrackerStage([...devicesOf("pk", 2), ...devicesOf("other", 2)]);
  stage.expect(100);
  stage.accept("7", 200);
  stage.receive(0, 210, "7");
  stage.receive(2, 220, "7");
  const digest = stage.settle("7", 200, 1000);
  assert.deepEqual(account(digest), [2, 1, 1, 0, 0]);
  assert.deepEqual([digest.strays, digest.strayed], [1, [2]]);
});

test("another device's topic is a stray, and the device that got it is still missing", () => {
  const stage = new TrackerStage(devicesOf("pk", 2));
  stage.expect(100);
  stage.accept("7", 200);
  assert.equal(stage.message(0, 210, "/sys/pk/d1/broadcast/request/7"), -1);
  const digest = stage.settle("7", 200, 1000);
  assert.deepEqual(account(digest), [2, 0, 2, 0, 0]);
  assert.deepEqual([digest.strays, digest.strayed], [1, [0]]);
});

test("other bytes than were sent are corrupt: changed, cut, longer, or none", () => {
  const stage = new TrackerStage(devicesOf("pk", 5));
  stage.expect(100);
  ['{"volume":81}', '{"volume":80', '{"volume":80} ', ""].forEach((body, device) => {
    stage.receive(device, 210, "7", body);
  });
  stage.receive(4, 210, "7");
  stage.accept("7", 200);
  const digest = stage.settle("7", 200, 1000);
  assert.deepEqual([digest.corrupt, digest.delivered], [[0, 1, 2, 3], 5]);
});

test("presence is that of the sending, whatever happened since", () => {
  const stage = new TrackerStage(devicesOf("pk", 4));
  stage.presence.record(ended(3, 50));
  stage.expect(100);
  stage.presence.record(ended(0, 150));
  stage.presence.record(ended(1, 210));
  stage.presence.record({ device: 0, at: micros(220), state: "online" });
  stage.accept("7", 200);
  stage.receive(0, 230, "7");
  stage.receive(2, 230, "7");
  const digest = stage.settle("7", 200, 1000);
  assert.deepEqual(account(digest), [2, 1, 0, 1, 0]);
  assert.deepEqual([digest.latecomers, digest.excused.map(({ device }) => device)], [[0], [1]]);
});

test("two broadcasts in flight are two accounts, and the earlier presence is kept for the later to settle", () => {
  const stage = new TrackerStage(devicesOf("pk", 2));
  stage.expect(100);
  stage.accept("7", 200);
  stage.expect(300);
  stage.presence.record(ended(1, 310));
  stage.accept("8", 400);
  stage.receive(0, 410, "8");
  stage.receive(0, 420, "7");
  assert.deepEqual(account(stage.settle("8", 400, 1000, 200)), [1, 1, 0, 0, 0]);
  assert.deepEqual(account(stage.settle("7", 200, 1100)), [2, 1, 0, 1, 0]);
});

test("receipts after settling are counted apart, not as foreign; foreign ones with their ids", () => {
  const stage = new TrackerStage(devicesOf("pk", 2));
  stage.expect(100);
  stage.receive(1, 205, "666");
  stage.accept("7", 200);
  stage.receive(0, 210, "7");
  stage.settle("7", 200, 1000);
  stage.receive(1, 1100, "7");
  stage.receive(0, 1100, "666");
  const { latest: _, ...totals } = stage.tracker.totals();
  assert.deepEqual(totals, { receipts: 4, foreign: 2, foreignIds: ["666"], afterSettling: 1 });
});

test("a message on a topic that is no broadcast's is nothing", () => {
  const stage = new TrackerStage(devicesOf("pk", 1));
  stage.expect(100);
  assert.equal(stage.message(0, 110, "/ext/notify"), -1);
  assert.equal(stage.message(0, 110, "/broadcast/pk/group"), -1);
  assert.equal(stage.tracker.totals().receipts, 0);
});

test("a flood of ids leaves the broadcast's account closed, and says that receipts may have been lost", () => {
  const stage = new TrackerStage(devicesOf("pk", 2));
  stage.expect(100);
  for (let id = 1; id <= 10_000; id++) stage.receive(0, 150, `${id}`);
  stage.receive(0, 210, "99999");
  stage.accept("99999", 200);
  stage.receive(1, 220, "99999");
  const digest = stage.settle("99999", 200, 1000);
  assert.equal(digest.incomplete, true);
  assert.deepEqual(account(digest), [2, 1, 1, 0, 0]);
  assert.equal(stage.tracker.totals().foreign, 10_001);
  assert.equal(stage.tracker.totals().foreignIds.length, 10);

  stage.expect(1100);
  stage.receive(0, 1210, "100000");
  stage.receive(1, 1210, "100000");
  stage.accept("100000", 1200);
  const next = stage.settle("100000", 1200, 2000);
  assert.equal(next.incomplete, false, "a flood before a broadcast was announced takes nothing from it");
  assert.deepEqual(account(next), [2, 2, 0, 0, 0]);
});

test("the load is read at the shard's own 99 % arrival of the devices it was for", () => {
  const stage = new TrackerStage([...devicesOf("pk", 2), ...devicesOf("other", 8)]);
  const load = (messageId: string, sentAt: number) =>
    stage.tracker.settle({
      kind: "settle",
      messageId,
      dueAt: micros(sentAt),
      settledAt: micros(sentAt + 100),
      keepFrom: micros(sentAt + 100),
      timed: true,
    }).load;
  stage.expect(100);
  stage.accept("7", 200);
  stage.receive(0, 210, "7");
  assert.equal(load("7", 200), null, "half of them is not 99 %");
  stage.expect(400);
  stage.accept("8", 500);
  stage.receive(0, 510, "8");
  stage.receive(1, 510, "8");
  assert.notEqual(load("8", 500), null);
});

test("a broadcast's load is its own: neither a foreign one's mark nor a later announcement gives or takes it", () => {
  const stage = new TrackerStage(devicesOf("pk", 2));
  const loadOf = (messageId: string) =>
    stage.tracker.settle({
      kind: "settle",
      messageId,
      dueAt: micros(200),
      settledAt: micros(1000),
      keepFrom: micros(1000),
      timed: true,
    }).load;
  stage.expect(100);
  for (const device of [0, 1]) stage.receive(device, 150, "666");
  for (const device of [0, 1]) stage.receive(device, 210, "7");
  stage.accept("7", 200);
  stage.expect(300);
  stage.receive(0, 410, "8");
  stage.accept("8", 400);
  assert.equal(loadOf("8"), null, "its mark was not reached");
  assert.notEqual(loadOf("7"), null, "though it was reached before anybody knew when it was sent");
});

test("what the coordinator must never say is a defect, loudly", () => {
  const stage = new TrackerStage(devicesOf("pk", 1));
  assert.throws(() => stage.accept("7", 200), /never announced/);
  assert.throws(() => stage.settle("7", 200, 300), /never accepted/);
});
