import assert from "node:assert/strict";
import { test } from "node:test";
import type { Output } from "../../src/cli/output.js";
import { SimulateScreen } from "../../src/cli/simulate-screen.js";
import { listRoster } from "../../src/domain/device-roster.js";
import { type ReceiptBatch, ReceiptCollector } from "../../src/domain/receipt-batch.js";

const message = { messageId: "7", topic: null, bytes: 2, payloadSha256: "", payload: null };

const batchOf = (...receipts: readonly (readonly [device: number, at: number])[]): ReceiptBatch => {
  const collector = new ReceiptCollector(receipts.length);
  for (const [device, at] of receipts) collector.add(device, at, message, 0, false);
  return collector.take();
};

test("first and last are told apart by their times, in whatever order processes send their batches", () => {
  const lines: string[] = [];
  const output: Pick<Output, "result"> = { result: (line) => void lines.push(line) };
  const devices = Array.from({ length: 20 }, (_, i) => ({ productKey: "pk", deviceName: `d${i}`, deviceSecret: "s" }));
  const screen = new SimulateScreen(output as Output, listRoster(devices));
  screen.receipts(batchOf([0, 5_000], [1, 6_000]));
  screen.receipts(batchOf([10, 2_500], [11, 4_000]));
  screen[Symbol.dispose]();
  assert.deepEqual(lines, ["broadcast 7  4/20 devices, 4 receipts, first to last 3.5 ms"]);
});
