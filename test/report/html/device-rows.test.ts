import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceRows } from "../../../src/report/html/device-rows.js";
import { deviceCsv } from "../../../src/report/html/page/device-csv.js";
import { sampleRun } from "../../support/report-samples.js";

const records = sampleRun({ devices: 1300, broadcasts: 3, faults: true }).account.broadcasts.map((record, i) => ({
  number: i + 1,
  record,
}));

test("one row a device and kind, also where it missed several broadcasts", () => {
  const twice = [...records, ...records.map(({ number, record }) => ({ number: number + 10, record }))];
  const missing = deviceRows(twice).rows.filter(([kind]) => kind === "missing");
  assert.ok(missing.length > 0);
  for (const [, name, , numbers, facts] of missing) {
    assert.deepEqual(numbers, [numbers[0], (numbers[0] as number) + 10], name);
    assert.equal(facts.length, 2);
  }
});

test("beyond a limit pairs are counted instead of listed, the gravest kinds last", () => {
  const all = deviceRows(records);
  const cut = deviceRows(records, 3);
  assert.deepEqual(cut.rows, all.rows.slice(0, 3));
  assert.equal(cut.leftOut, all.rows.length - 3);
  assert.equal(cut.rows[0]?.[0], "missing");
});

test("a CSV of devices guards against formulas and keeps message ids whole", () => {
  const csv = deviceCsv(
    [
      ["missing", "=1+1", 0, [1, 2], []],
      ["excused", 'a,"b', 0, [1], []],
      ["missing", "\n=1", 0, [1], []],
    ],
    ["@pk"],
    (number) => `212593805062517555${number}`,
    ([kind]) => (kind === "missing" ? "" : "-known"),
  );
  assert.equal(
    csv,
    "DeviceName,ProductKey,Kind,Broadcasts,Known\r\n" +
      "'=1+1,'@pk,missing,2125938050625175551 2125938050625175552,\r\n" +
      `"a,""b",'@pk,excused,2125938050625175551,'-known\r\n` +
      `"'\n=1",'@pk,missing,2125938050625175551,\r\n`,
  );
});
