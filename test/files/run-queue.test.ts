import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openRunQueue } from "../../src/files/run-queue.js";

test("the second number is the wait, in ns; it is read anew each time", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "iotb-run-queue-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "schedstat");
  writeFileSync(file, "173838000 2277228 12\n");
  const waitedUs = openRunQueue(file);
  assert.equal(waitedUs(), 2277.228);
  writeFileSync(file, "18446744073709551615 3000000000 13\n");
  assert.equal(waitedUs(), 3e6);
  writeFileSync(file, "something else\n");
  assert.ok(Number.isNaN(waitedUs()));
});

test("where there is no such file, nothing is told", () => {
  assert.ok(Number.isNaN(openRunQueue("/nonexistent/schedstat")()));
});
