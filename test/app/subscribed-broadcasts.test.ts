import assert from "node:assert/strict";
import { test } from "node:test";
import { devicesOf } from "../support/message-bytes.js";
import { TrackerStage } from "../support/tracker-stage.js";

const { account } = TrackerStage;
const TOPIC = "/broadcast/pk/group1";

test("receipts on the topic are the broadcast's in flight, also before its acceptance", () => {
  const stage = new TrackerStage(devicesOf("pk", 3), 10);
  stage.expect(100, TOPIC);
  stage.message(0, 210, TOPIC);
  stage.accept("7", 200);
  stage.message(1, 220, TOPIC);
  stage.message(1, 230, TOPIC);
  const digest = stage.settle("7", 200, 1000);
  assert.deepEqual(account(digest), [3, 2, 1, 0, 0]);
  assert.deepEqual([digest.missing, digest.duplicated], [[12], [11]]);
  assert.equal(stage.tracker.totals().receipts, 3);
});

test("a topic that only begins like it is another", () => {
  const stage = new TrackerStage(devicesOf("pk", 1));
  stage.expect(100, TOPIC);
  for (const topic of [`${TOPIC}0`, TOPIC.slice(0, -1), `${TOPIC}/x`]) stage.message(0, 210, topic);
  stage.accept("7", 200);
  assert.deepEqual(account(stage.settle("7", 200, 1000)), [1, 0, 1, 0, 0]);
});

test("a device of another product that gets it strays; other bytes are corrupt", () => {
  const stage = new TrackerStage([...devicesOf("pk", 1), ...devicesOf("other", 1)]);
  stage.expect(100, TOPIC);
  stage.accept("7", 200);
  stage.message(0, 210, TOPIC, "else");
  stage.message(1, 220, TOPIC);
  const digest = stage.settle("7", 200, 1000);
  assert.deepEqual([digest.expected, digest.delivered, digest.strayed, digest.corrupt], [1, 1, [1], [0]]);
});

test("a receipt by a device that missed the broadcast before fits both: ambiguous, never guessed", () => {
  const stage = new TrackerStage(devicesOf("pk", 3));
  stage.expect(100, TOPIC);
  stage.accept("7", 200);
  stage.message(0, 210, TOPIC);
  stage.message(1, 210, TOPIC);
  assert.deepEqual(stage.settle("7", 200, 1000).missing, [2]);
  stage.expect(1100, TOPIC);
  stage.accept("8", 1200);
  stage.message(0, 1210, TOPIC);
  stage.message(2, 1210, TOPIC);
  const digest = stage.settle("8", 1200, 2000);
  assert.deepEqual(account(digest), [3, 1, 1, 0, 1]);
  assert.deepEqual([digest.ambiguous, digest.missing], [1, [1]]);
});

test("a receipt that came before the sending is none of this broadcast: it never hides a loss", () => {
  const stage = new TrackerStage(devicesOf("pk", 2));
  stage.expect(100, TOPIC);
  stage.accept("7", 200);
  stage.message(0, 210, TOPIC);
  stage.message(1, 210, TOPIC);
  stage.settle("7", 200, 1000);
  stage.expect(1001, TOPIC);
  // a redelivery of the first, after the second was announced and before it was sent
  stage.message(0, 1100, TOPIC);
  stage.accept("8", 1200);
  stage.message(1, 1210, TOPIC);
  const digest = stage.settle("8", 1200, 2000);
  assert.deepEqual(account(digest), [2, 1, 0, 0, 1]);
  assert.equal(digest.latency.count + digest.negative.count, 1);
});

test("receipts on the topic after settling are counted apart", () => {
  const stage = new TrackerStage(devicesOf("pk", 1));
  stage.expect(100, TOPIC);
  stage.accept("7", 200);
  stage.settle("7", 200, 1000);
  stage.message(0, 1100, TOPIC);
  const { latest: _, ...totals } = stage.tracker.totals();
  assert.deepEqual(totals, { receipts: 1, foreign: 0, foreignIds: [], afterSettling: 1 });
});

test("a full broadcast in between is foreign to a run on a topic", () => {
  const stage = new TrackerStage(devicesOf("pk", 1));
  stage.expect(100, TOPIC);
  stage.accept("7", 200);
  stage.receive(0, 210, "7");
  const digest = stage.settle("7", 200, 1000);
  assert.equal(digest.delivered, 0);
  assert.deepEqual(stage.tracker.totals().foreignIds, ["7"]);
});
