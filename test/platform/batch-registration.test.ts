import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createBatchRegistrations } from "../../src/platform/batch-registration.js";
import { createDeviceTable, type Product } from "../../src/platform/device-table.js";
import { DEFAULT_LIMITS } from "../../src/platform/platform-limits.js";
import { PRODUCT, triplets } from "../support/platform-start.js";

const productOf = (): Product => {
  const product = createDeviceTable(triplets(1), 0).products.get(PRODUCT);
  assert.ok(product);
  return product;
};

test("nothing is done in the call itself, and work that is not over is never forgotten", async () => {
  const product = productOf();
  using registrations = createBatchRegistrations({ ...DEFAULT_LIMITS, registrations: 1 }, () => 0);
  const first = registrations.createRandom(product, 500);
  assert.ok(first);
  assert.deepEqual([first.status, product.devices.size], ["CREATE", 1]);
  assert.equal(registrations.createRandom(product, 1), null);
  while (first.status === "CREATE") await turn();
  assert.deepEqual([first.status, product.devices.size], ["CREATE_SUCCESS", 501]);
  assert.ok(registrations.createRandom(product, 1));
  assert.equal(registrations.find(first.applyId), null);
});

test("applications take turns, so a small one does not wait for a large one", async () => {
  const product = productOf();
  using registrations = createBatchRegistrations(DEFAULT_LIMITS, () => 0);
  const large = registrations.createRandom(product, 10_000);
  const small = registrations.check(product, [{ deviceName: "lamp-1", nickname: "" }]);
  assert.ok(large && small);
  while (small.status === "CHECK") await turn();
  assert.equal(large.status, "CREATE");
});

test("a product that is full gets no more, and the application says so", async () => {
  const product = productOf();
  using registrations = createBatchRegistrations({ ...DEFAULT_LIMITS, devicesPerProduct: 3 }, () => 0);
  const application = registrations.createRandom(product, 5);
  assert.ok(application);
  while (application.status === "CREATE") await turn();
  assert.deepEqual([application.status, application.created.length, product.devices.size], ["CREATE_FAILED", 2, 3]);
});

test("work stops with the platform", async () => {
  const product = productOf();
  const registrations = createBatchRegistrations(DEFAULT_LIMITS, () => 0);
  registrations.createRandom(product, 10_000);
  await turn();
  registrations[Symbol.dispose]();
  const { size } = product.devices;
  for (let i = 0; i < 10; i++) await turn();
  assert.equal(product.devices.size, size);
});
