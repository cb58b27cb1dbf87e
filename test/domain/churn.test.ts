import assert from "node:assert/strict";
import { test } from "node:test";
import { churnPerSecond, parseChurn } from "../../src/domain/churn.js";
import { IotbError } from "../../src/domain/errors.js";

test("a share of those online, or so many of the fleet", () => {
  assert.deepEqual(parseChurn("5%/s"), { kind: "fraction", perSecond: 0.05 });
  assert.deepEqual(parseChurn(" 0.5% / S "), { kind: "fraction", perSecond: 0.005 });
  assert.deepEqual(parseChurn("20/s"), { kind: "count", perSecond: 20 });
  assert.deepEqual(parseChurn("0.5"), { kind: "count", perSecond: 0.5 });
});

for (const text of ["", "5%", "0%/s", "0/s", "101%/s", "-1/s", "5%/m", "x", "5%/s/s", "1e3/s"]) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseChurn(text),
      (thrown) =>
        thrown instanceof IotbError && thrown.code === "usage" && thrown.hint === "write it like 5%/s or 20/s",
    );
  });
}

test("a process's part: by those online there, or by the devices it holds", () => {
  assert.equal(churnPerSecond({ kind: "fraction", perSecond: 0.05 }, 200, 0.25), 10);
  assert.equal(churnPerSecond({ kind: "count", perSecond: 20 }, 3, 0.25), 5);
});
