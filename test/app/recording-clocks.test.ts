import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accountsOf,
  callLine,
  clockLine,
  correlate,
  deviceList,
  presenceLine,
  receiptLine,
  recording,
  topicReceiptLine,
} from "../support/recording-lines.js";

const TOPIC = "/broadcast/pk/g";
const log = [clockLine("boot-a", 1000, 1_001_000), callLine("7", 1_011_000)];

test("on one boot times go by the monotonic clock: a step of the wall clock between two files changes nothing", () => {
  // the receiving process was started after the wall clock had been put back by 500 ms
  const clock = clockLine("boot-a", 2000, 502_000);
  const lines = [presenceLine(0, 502_500), receiptLine(0, "7", 511_400), presenceLine(0, 511_450, "offline")];
  const result = correlate(log, [recording(lines, clock)]);
  assert.deepEqual([result.oneClock, accountsOf(result)], [true, [[1, 1, 0, 0, 0]]]);
  const digest = result.broadcasts[0]?.digest;
  assert.deepEqual([digest?.latency.maxUs, digest?.negative.count], [500, 0]);
});

test("on a topic too, where the time tells which call a receipt belongs to", () => {
  const calls = [clockLine("boot-a", 1000, 1_001_000), callLine("7", 1_011_000, { topicFullName: TOPIC })];
  const clock = clockLine("boot-a", 2000, 502_000);
  const result = correlate(calls, [recording([topicReceiptLine(0, TOPIC, 511_400)], clock)], deviceList(1));
  assert.deepEqual([accountsOf(result), result.foreign], [[[1, 1, 0, 0, 0]], 0]);
});

test("files of two boots: the account is the same, the times are not on one clock", () => {
  const lines = [presenceLine(0, 1_002_000), presenceLine(1, 1_002_000), receiptLine(0, "7", 1_011_700)];
  const result = correlate(log, [recording(lines, clockLine("boot-b", 77_000_000, 1_000_500))]);
  assert.deepEqual([result.oneClock, accountsOf(result)], [false, [[2, 1, 1, 0, 0]]]);
  assert.equal(result.broadcasts[0]?.digest.latency.maxUs, 800, "as the hosts' own clocks said");
});

test("a clock that is behind makes negative times, which are kept apart and change no count", () => {
  const lines = [receiptLine(0, "7", 1_000_900), receiptLine(1, "7", 1_012_000)];
  const result = correlate(log, [recording(lines, clockLine("boot-b"))], deviceList(2));
  const digest = result.broadcasts[0]?.digest;
  assert.deepEqual([digest?.delivered, digest?.latency.count, digest?.negative.maxUs], [2, 1, 10_000]);
});

test("a log of two boots, as after a restart: each line by the clock line before it", () => {
  const calls = [...log, clockLine("boot-b", 50, 5_000_000), callLine("8", 5_010_000)];
  const result = correlate(
    calls,
    [recording([receiptLine(0, "7", 1_011_500)], clockLine("boot-a", 1000, 1_001_000))],
    deviceList(1),
  );
  assert.deepEqual(
    [result.oneClock, accountsOf(result)],
    [
      false,
      [
        [1, 1, 0, 0, 0],
        [1, 0, 1, 0, 0],
      ],
    ],
  );
});

test("lines without a clock line are on nobody's clock", () => {
  assert.equal(correlate([callLine("7", 10_000)], [], deviceList(1)).oneClock, false);
  assert.equal(correlate(log, [[receiptLine(0, "7", 1_011_500)]], deviceList(1)).oneClock, false);
});

test("a recording without its end line is cut, wherever it is", () => {
  const whole = recording([receiptLine(0, "7", 1_011_500)]);
  const cut = whole.slice(0, -1);
  const isCut = (...files: Parameters<typeof correlate>[1][number][]) => correlate(log, files, deviceList(1)).cut;
  assert.equal(isCut(whole), false);
  assert.equal(isCut(whole, whole), false);
  assert.equal(isCut(), false);
  assert.equal(isCut(cut), true);
  assert.equal(isCut(cut, whole), true);
  assert.equal(isCut(whole, cut), true);
  assert.equal(isCut([]), true, "an empty file says nothing of its end");
});

test("one file may hold several recordings; one of them that is cut is not made up for by the others' ends", () => {
  const whole = recording([receiptLine(0, "7", 1_011_500)]);
  const cut = whole.slice(0, -1);
  const isCut = (...files: Parameters<typeof correlate>[1][number][]) => correlate(log, files, deviceList(1)).cut;
  assert.equal(isCut([...whole, ...whole]), false);
  assert.equal(isCut([...cut, ...whole]), true);
  assert.equal(isCut([...whole, ...cut]), true);
  assert.equal(isCut([...whole, ...whole], cut), true);
});

test("a recording with fewer lines than its end counts has lost some", () => {
  const whole = recording([presenceLine(0, 1000), receiptLine(0, "7", 1_011_500), receiptLine(0, "7", 1_011_600)]);
  const isCut = (lost: number) => correlate(log, [whole.filter((_, i) => i !== lost)]).cut;
  assert.deepEqual([isCut(-1), isCut(1), isCut(2)], [false, true, true]);
});
