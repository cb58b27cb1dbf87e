import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogRecord } from "../../src/domain/log-records.js";
import {
  accountsOf,
  callLine,
  clockLine,
  correlate,
  deviceList,
  presenceLine,
  receiptLine,
  recording,
  sha256,
} from "../support/recording-lines.js";

const online = (count: number): LogRecord[] => Array.from({ length: count }, (_, i) => presenceLine(i, 1000));
const log = [clockLine(), callLine("7", 10_000)];

test("a recording with presence: who was online at sending is expected", () => {
  const lines = [
    ...online(4),
    presenceLine(3, 9000, "offline"),
    receiptLine(0, "7", 10_500),
    presenceLine(1, 11_000, "offline"),
    receiptLine(0, "7", 10_600),
    presenceLine(4, 12_000),
    receiptLine(4, "7", 12_500),
  ];
  const result = correlate(log, [recording(lines)]);
  assert.deepEqual(accountsOf(result), [[3, 1, 1, 1, 0]]);
  assert.deepEqual([result.basis, result.oneClock, result.cut, result.foreign], ["presence", true, false, 0]);
  const [only] = result.broadcasts;
  assert.ok(only);
  const { digest, warmup, basis, dueAt, sentAt, acceptedAt } = only;
  const name = (device: number) => result.devices[device]?.deviceName;
  assert.deepEqual(
    [digest.missing.map(name), digest.latecomers.map(name), digest.duplicated.map(name)],
    [["d2"], ["d4"], ["d0"]],
  );
  assert.deepEqual(
    digest.excused.map(({ device, reason, closedBy, at }) => [name(device), reason, closedBy, at]),
    [["d1", "closed", "platform", 11_000]],
  );
  assert.deepEqual([warmup, basis, dueAt, sentAt, acceptedAt], [false, "presence", 9900, 10_000, 11_000]);
  assert.equal(digest.latency.minUs, 600);
});

test("without presence the list is expected, and nobody can be excused; devices beside it are no failure", () => {
  const lines = [receiptLine(0, "7", 10_500), receiptLine(5, "7", 10_500)];
  const result = correlate(log, [recording(lines)], deviceList(3));
  assert.deepEqual(accountsOf(result), [[3, 1, 2, 0, 0]]);
  assert.deepEqual([result.basis, result.broadcasts[0]?.digest.latecomers], ["list", [3]]);
});

test("a list of another product is expected by its own broadcasts only", () => {
  const calls = [clockLine(), callLine("7", 10_000), callLine("8", 20_000, { productKey: "other" })];
  const result = correlate(calls, [recording([])], [...deviceList(2), ...deviceList(3, "other")]);
  assert.deepEqual(accountsOf(result), [
    [2, 0, 2, 0, 0],
    [3, 0, 3, 0, 0],
  ]);
});

test("with neither presence nor a list nobody knows who is missing", () => {
  const result = correlate(log, [recording([receiptLine(0, "7", 10_500)])]);
  assert.deepEqual(
    [result.basis, result.broadcasts[0]?.basis, result.broadcasts[0]?.digest.delivered],
    ["none", "none", 1],
  );
});

test("ids of no call are foreign: all counted, ten of them kept", () => {
  const lines = Array.from({ length: 12 }, (_, i) => [
    receiptLine(0, `${100 + i}`, 10_500),
    receiptLine(1, `${100 + i}`, 10_500),
  ]);
  const result = correlate(log, [recording(lines.flat())], deviceList(2));
  assert.equal(result.foreign, 24);
  assert.deepEqual(
    result.foreignIds,
    Array.from({ length: 10 }, (_, i) => `${100 + i}`),
  );
});

test("messages that are no broadcast are nothing", () => {
  const lines = [receiptLine(0, "7", 10_500), receiptLine(0, "0", 10_600, { messageId: null, topic: "/ext/notify" })];
  const result = correlate(log, [recording(lines)], deviceList(1));
  assert.deepEqual([accountsOf(result), result.foreign], [[[1, 1, 0, 0, 0]], 0]);
});

test("other bytes than were sent are corrupt", () => {
  const lines = [receiptLine(0, "7", 10_500, { payloadSha256: sha256("else") }), receiptLine(1, "7", 10_500)];
  assert.deepEqual(correlate(log, [recording(lines)], deviceList(2)).broadcasts[0]?.digest.corrupt, [0]);
});

test("another device's topic is a stray, also where the recording has no id for it, and in another product", () => {
  const lines = [
    receiptLine(0, "7", 10_500, { topic: "/sys/pk/d1/broadcast/request/7" }),
    receiptLine(1, "7", 10_500, { topic: "/sys/other/d1/broadcast/request/7" }),
    receiptLine(2, "7", 10_500, { messageId: null, topic: "/sys/pk/d1/broadcast/request/7" }),
  ];
  const result = correlate(log, [recording(lines)], deviceList(3));
  assert.deepEqual(accountsOf(result), [[3, 0, 3, 0, 0]]);
  const digest = result.broadcasts[0]?.digest;
  assert.deepEqual([digest?.strays, digest?.strayed, result.foreign], [3, [0, 1, 2], 0]);
});

test("a call that is in the log twice is one call", () => {
  const result = correlate([...log, ...log], [recording([receiptLine(0, "7", 10_500)])], deviceList(1));
  assert.deepEqual(accountsOf(result), [[1, 1, 0, 0, 0]]);
});

test("calls come in the order they were sent", () => {
  const calls = [clockLine(), callLine("8", 20_000), callLine("7", 10_000)];
  const result = correlate(calls, [recording([])], deviceList(1));
  assert.deepEqual(
    result.broadcasts.map(({ digest }) => digest.messageId),
    ["7", "8"],
  );
});

test("the order of the files does not matter", () => {
  const files = [
    recording([...online(2), receiptLine(0, "7", 10_900), receiptLine(1, "7", 10_200)]),
    recording([presenceLine(2, 900), receiptLine(2, "7", 10_400), presenceLine(2, 10_450, "offline")]),
    // the same device in two recordings: the earliest of its receipts is its arrival
    recording([receiptLine(0, "7", 10_100), receiptLine(0, "666", 10_100)]),
  ];
  const told = (order: readonly number[]) => {
    const { broadcasts, ...rest } = correlate(
      log,
      order.map((i) => files[i] ?? []),
      deviceList(3),
    );
    return [broadcasts.map(({ digest }) => ({ ...digest, latency: { ...digest.latency } })), rest];
  };
  const wanted = told([0, 1, 2]);
  for (const order of [
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    assert.deepEqual(told(order), wanted);
  }
  const [only] = correlate(log, files).broadcasts;
  assert.equal(only?.digest.firstAt, 10_100);
});

test("a connection that ended after the broadcast would have settled excuses nothing", () => {
  const late = [...online(1), presenceLine(0, 10_011_001, "offline")];
  const soon = [...online(1), presenceLine(0, 10_011_000, "offline")];
  assert.deepEqual(accountsOf(correlate(log, [recording(late)])), [[1, 0, 1, 0, 0]]);
  assert.deepEqual(accountsOf(correlate(log, [recording(soon)])), [[1, 0, 0, 1, 0]]);
});
