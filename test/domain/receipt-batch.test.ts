import assert from "node:assert/strict";
import { test } from "node:test";
import { type BatchMessage, ReceiptCollector } from "../../src/domain/receipt-batch.js";

const message = (messageId: string): BatchMessage => ({
  messageId,
  topic: null,
  bytes: 2,
  payloadSha256: "",
  payload: null,
});

test("receipts in columns, a run of one message named once, flags in bits", () => {
  const [one, other] = [message("1"), message("2")];
  const collector = new ReceiptCollector(10);
  collector.add(5, 100.5, one, 0, false);
  collector.add(6, 101, one, 1, false);
  collector.add(7, 102, other, 0, true);
  collector.add(4_294_967_295, 103, one, 1, true);
  const batch = collector.take();
  assert.deepEqual(batch, {
    messages: [one, other, one],
    count: 4,
    device: Uint32Array.from([5, 6, 7, 4_294_967_295]),
    at: Float64Array.from([100.5, 101, 102, 103]),
    message: Uint32Array.from([0, 0, 1, 2]),
    flags: Uint8Array.from([0, 1, 2, 3]),
  });
});

test("what was taken is not changed by what is added afterwards", () => {
  const collector = new ReceiptCollector(2);
  collector.add(1, 1, message("1"), 0, false);
  assert.deepEqual([collector.count, collector.isFull], [1, false]);
  collector.add(2, 2, message("1"), 0, false);
  assert.equal(collector.isFull, true);
  const taken = collector.take();
  assert.deepEqual([collector.count, collector.isFull], [0, false]);
  collector.add(9, 9, message("9"), 1, true);
  assert.deepEqual([[...taken.device], [...taken.at], [...taken.flags], taken.count], [[1, 2], [1, 2], [0, 0], 2]);
  assert.deepEqual(
    collector.take().messages.map(({ messageId }) => messageId),
    ["9"],
  );
});

test("taking nothing is an empty batch", () => {
  assert.deepEqual([new ReceiptCollector(3).take().count, new ReceiptCollector(3).take().device.length], [0, 0]);
});
