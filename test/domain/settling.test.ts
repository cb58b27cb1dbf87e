import assert from "node:assert/strict";
import { test } from "node:test";
import { settlesAt } from "../../src/domain/settling.js";
import { micros } from "../../src/domain/time.js";

const rule = { linger: micros(250), drain: micros(10_000) };
const at = (outstanding: number, lastReceiptAt: number | null) =>
  settlesAt(
    { acceptedAt: micros(1000), outstanding, lastReceiptAt: lastReceiptAt === null ? null : micros(lastReceiptAt) },
    rule,
  );

test("a broadcast that everybody has settles a linger after its last receipt, else a drain", () => {
  assert.equal(at(0, 5000), 5250);
  assert.equal(at(1, 5000), 15_000);
});

test("receipts may come before the acceptance: waiting starts at the later of the two", () => {
  assert.equal(at(0, 900), 1250);
  assert.equal(at(3, 900), 11_000);
});

test("without a receipt, waiting starts at the acceptance", () => {
  assert.equal(at(3, null), 11_000);
  assert.equal(at(0, null), 1250, "a broadcast that nobody was expected to get");
});
