import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { broadcastTopic } from "../../src/protocol/topics.js";
import { devicesOf } from "../support/message-bytes.js";
import { nth } from "../support/platform-start.js";
import { TrackerStage } from "../support/tracker-stage.js";

const { account } = TrackerStage;
const TOPIC = "iotb/broadcast/k3f9x2ab";
const devices = devicesOf("broker", 2);
const own = broadcastTopic(nth(devices, 0), "123");

const stageOnBroker = () => new TrackerStage(devices, 0, true);

test("no topic of a plain broker names a message id or another device", () => {
  const stage = stageOnBroker();
  stage.expect(100, TOPIC, "broker");
  stage.accept("k3f9x2ab-1", 200);
  assert.equal(stage.message(0, 210, own), -1);
  assert.equal(stage.message(1, 210, own), -1);
  assert.equal(stage.message(0, 220, TOPIC), -1);
  const digest = stage.settle("k3f9x2ab-1", 200, 1000);
  assert.deepEqual([account(digest), digest.strayed], [[2, 1, 1, 0, 0], []]);
  const { receipts, foreign, foreignIds, afterSettling } = stage.tracker.totals();
  assert.deepEqual([receipts, foreign, foreignIds, afterSettling], [1, 0, [], 0]);
});

test("a broadcast may go to a topic that looks like the platform's", () => {
  const stage = stageOnBroker();
  stage.expect(100, own, "broker");
  stage.accept("k3f9x2ab-1", 200);
  for (const device of [0, 1]) stage.message(device, 210, own);
  assert.deepEqual(account(stage.settle("k3f9x2ab-1", 200, 1000)), [2, 2, 0, 0, 0]);
});

test("whatever else a broker sends on whatever topic changes nothing", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }).filter((topic) => topic !== TOPIC),
    fc.constantFrom(own, "/ext/notify", `${TOPIC}/`, `/${TOPIC}`, "/sys/broker/dk001/broadcast/request/", "$SYS/x"),
  );
  fc.assert(
    fc.property(fc.array(hostile), (topics) => {
      const stage = stageOnBroker();
      stage.expect(100, TOPIC, "broker");
      for (const topic of topics) stage.message(0, 150, topic);
      stage.accept("k3f9x2ab-1", 200);
      for (const topic of topics) stage.message(1, 210, topic);
      const digest = stage.settle("k3f9x2ab-1", 200, 1000);
      assert.deepEqual([account(digest), digest.strayed, digest.corrupt], [[2, 0, 2, 0, 0], [], []]);
      assert.deepEqual(stage.tracker.totals().foreign, 0);
    }),
    { numRuns: 200 },
  );
});
