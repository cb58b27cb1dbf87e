import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { csvCell } from "../../src/report/csv-cell.js";
import { renderCsv } from "../../src/report/render-csv.js";
import { fullBroadcast, HOSTILE, lossyBroadcast, reportOf } from "../support/rendered-runs.js";

test("a row a broadcast under the names of the JSON document", () => {
  const { summary, ...rest } = reportOf([fullBroadcast("4611686018427387904"), lossyBroadcast("2")]);
  const text = renderCsv({ summary, ...rest });
  assert.ok(text.endsWith("\r\n"));
  const rows: Record<string, string>[] = parse(text, { columns: true, record_delimiter: "\r\n" });
  const [first, second] = rows;
  assert.equal(rows.length, 2);
  assert.equal(first?.["messageId"], "4611686018427387904");
  assert.equal(first?.["dueAt"], "1970-01-01T00:00:00.001000Z");
  assert.equal(first?.["sentAt"], "1970-01-01T00:00:00.001100Z");
  assert.equal(first?.["latencyMs.p99"], String(summary.broadcasts[0]?.latencyMs.p99));
  assert.equal(second?.["missing"], "1");
  assert.equal(second?.["latencyMs.p99"], "");
});

test("a message id cannot be a formula or a new row", () => {
  const rows: string[][] = parse(renderCsv(reportOf([lossyBroadcast(HOSTILE)])), { record_delimiter: "\r\n" });
  assert.equal(rows.length, 2);
  assert.equal(rows[1]?.[0], `'${HOSTILE}`);
});

test("cells read back as they were, but for the guard", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 2 }), (texts) => {
      const [cells = []]: string[][] = parse(`${texts.map(csvCell).join(",")}\r\n`, {
        record_delimiter: "\r\n",
        skip_empty_lines: false,
      });
      cells.forEach((cell, i) => {
        assert.ok(cell === texts[i] || (cell === `'${texts[i]}` && /^[=+\-@\t\r\n]/.test(texts[i] ?? "")), cell);
        assert.doesNotMatch(cell, /^[=+\-@\t\r\n]/);
      });
      assert.equal(cells.length, texts.length);
    }),
    { numRuns: 200 },
  );
});
