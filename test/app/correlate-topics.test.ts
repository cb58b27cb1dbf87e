import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accountsOf,
  callLine,
  clockLine,
  correlate,
  deviceList,
  recording,
  sha256,
  topicReceiptLine,
} from "../support/recording-lines.js";

const TOPIC = "/broadcast/pk/g";
const onTopic = { topicFullName: TOPIC };

test("receipts on a topic belong to the last call to it that was sent before them", () => {
  const log = [clockLine(), callLine("7", 10_000, onTopic), callLine("8", 20_000, onTopic)];
  const lines = [0, 1].flatMap((device) => [
    topicReceiptLine(device, TOPIC, 10_500 + device),
    topicReceiptLine(device, TOPIC, 20_000 + device),
  ]);
  const result = correlate(log, [recording(lines)], deviceList(2));
  assert.deepEqual(accountsOf(result), [
    [2, 2, 0, 0, 0],
    [2, 2, 0, 0, 0],
  ]);
  assert.deepEqual(
    result.broadcasts.map(({ digest }) => [digest.firstAt, digest.lastAt]),
    [
      [10_500, 10_501],
      [20_000, 20_001],
    ],
  );
});

test("the payload tells two calls apart", () => {
  const other = sha256("other");
  const log = [
    clockLine(),
    callLine("7", 10_000, onTopic),
    callLine("8", 20_000, { ...onTopic, payloadSha256: other }),
  ];
  const lines = [topicReceiptLine(0, TOPIC, 20_500), topicReceiptLine(0, TOPIC, 20_600, { payloadSha256: other })];
  assert.deepEqual(accountsOf(correlate(log, [recording(lines)], deviceList(1))), [
    [1, 1, 0, 0, 0],
    [1, 1, 0, 0, 0],
  ]);
});

test("bytes of no call to the topic are the last call's, corrupt", () => {
  const log = [clockLine(), callLine("7", 10_000, onTopic)];
  const lines = [topicReceiptLine(0, TOPIC, 10_500, { payloadSha256: sha256("else") })];
  const result = correlate(log, [recording(lines)], deviceList(1));
  assert.deepEqual([accountsOf(result), result.broadcasts[0]?.digest.corrupt], [[[1, 1, 0, 0, 0]], [0]]);
});

test("a receipt before any call to the topic is foreign", () => {
  const log = [clockLine(), callLine("7", 10_000, onTopic)];
  const result = correlate(log, [recording([topicReceiptLine(0, TOPIC, 9000)])], deviceList(1));
  assert.deepEqual([accountsOf(result), result.foreign, result.foreignIds], [[[1, 0, 1, 0, 0]], 1, [TOPIC]]);
});

test("another broadcast topic is foreign", () => {
  const log = [clockLine(), callLine("7", 10_000, onTopic)];
  const result = correlate(log, [recording([topicReceiptLine(0, "/broadcast/pk/h", 10_500)])], deviceList(1));
  assert.deepEqual([accountsOf(result), result.foreign], [[[1, 0, 1, 0, 0]], 1]);
});

test("a receipt by a device that missed the call before fits both: ambiguous, on its topic only", () => {
  const elsewhere = { topicFullName: "/broadcast/pk/h" };
  const log = [
    clockLine(),
    callLine("7", 10_000, onTopic),
    callLine("8", 20_000, onTopic),
    callLine("9", 30_000, elsewhere),
  ];
  const lines = [
    topicReceiptLine(0, TOPIC, 10_500),
    topicReceiptLine(0, TOPIC, 20_500),
    topicReceiptLine(1, TOPIC, 20_500),
    topicReceiptLine(1, "/broadcast/pk/h", 30_500),
  ];
  const result = correlate(log, [recording(lines)], deviceList(2));
  assert.deepEqual(accountsOf(result), [
    [2, 1, 1, 0, 0],
    [2, 1, 0, 0, 1],
    [2, 1, 1, 0, 0],
  ]);
  assert.equal(result.broadcasts[1]?.digest.ambiguous, 1);
});
