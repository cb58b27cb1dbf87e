import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { markdownCell, markdownCode } from "../../src/report/markdown-text.js";
import { renderMarkdown } from "../../src/report/render-markdown.js";
import { fullBroadcast, hostileReport, lossyBroadcast, reportOf } from "../support/rendered-runs.js";

/** Takes the code spans out of a line, as [CommonMark 6.1] reads them, and answers what is left and what was in them. */
const withoutCode = (line: string): { rest: string; spans: string[] } => {
  let rest = "";
  const spans: string[] = [];
  let at = 0;
  while (at < line.length) {
    const fence = /^`+/.exec(line.slice(at))?.[0];
    if (fence === undefined) {
      rest += line[at++];
      continue;
    }
    const body = line.slice(at + fence.length);
    const end = [...body.matchAll(/`+/g)].find(([run]) => run.length === fence.length)?.index;
    assert.notEqual(end, undefined, `a fence without its end: ${line}`);
    const text = body.slice(0, end);
    spans.push(/^ .*[^ ].* $/.test(text) ? text.slice(1, -1) : text);
    at += fence.length + Number(end) + fence.length;
  }
  return { rest, spans };
};

test("a run that failed: verdict, causes, broadcasts, thresholds, and the missing folded away", () => {
  const run = reportOf([lossyBroadcast("7"), lossyBroadcast("8")], { thresholds: ["missing==0", "max<1s"] });
  assert.deepEqual(renderMarkdown(run).split("\n"), [
    "### iotb measure: ❌ fail",
    "",
    "local · product `pk` · 2 broadcasts · delivered 2 of 6 expected",
    "",
    "- `missing: 2 of 6 expected deliveries`",
    "- `excused: 2 deliveries to devices whose connection ended, 0 allowed`",
    "- `threshold missing==0 not met: 2`",
    "",
    "| broadcast | delivered | missing | excused | duplicates | strays | p50 | p99 | max | 99.9% have it | API |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    "| `7` | 1 / 3 | 1 | 1 | 0 | 0 | – | – | 5.00 ms | – | 2.00 ms |",
    "| `8` | 1 / 3 | 1 | 1 | 0 | 0 | – | – | 5.00 ms | – | 2.00 ms |",
    "| **all** | 2 / 6 | 2 | 2 | 0 | 0 | 5.00 ms | – | 5.00 ms | – | 2.00 ms |",
    "",
    "| threshold | observed | met |",
    "| --- | ---: | ---: |",
    "| `missing==0` | 2 | **no** |",
    "| `max<1s` | 5 | yes |",
    "",
    "<details>",
    "<summary>1 missing device</summary>",
    "",
    "| device | broadcasts missed |",
    "| --- | ---: |",
    "| `d000001` | 2 |",
    "",
    "</details>",
    "",
  ]);
});

test("a run that passed needs no list of devices", () => {
  const text = renderMarkdown(reportOf([fullBroadcast("1")]));
  assert.match(text, /✅ pass/);
  assert.doesNotMatch(text, /<details>/);
});

test("texts from outside cannot leave their code span, nor their cell", () => {
  const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom("`", " ", "|", "\\", "a") }));
  fc.assert(
    fc.property(texts, (text) => {
      const code = withoutCode(markdownCode(text));
      assert.equal(code.rest, "");
      const cell = markdownCell(text);
      assert.doesNotMatch(cell, /(^|[^\\])\|/);
      // in a table the backslash before a bar is taken off before anything else is read
      assert.equal(withoutCode(cell.replaceAll("\\|", "|")).rest, "");
    }),
    { numRuns: 300 },
  );
});

test("a hostile name neither marks up, links, mentions nor breaks a table", () => {
  const lines = renderMarkdown(hostileReport()).split("\n");
  for (const line of lines) {
    const { rest } = withoutCode(line.replaceAll("\\|", "\u00a6"));
    // what is left is iotb's own: no mention, no link, no markup but the fold
    assert.doesNotMatch(rest, /@|\]\(|<(?!\/?(details|summary)>)/);
    if (rest.startsWith("|"))
      assert.ok([4, 5, 12, 3].includes(rest.split("|").length - 1) || rest.includes("---"), rest);
  }
  assert.ok(lines.some((line) => line.includes("@all")));
});

test("a long list is cut, and says so", () => {
  const run = reportOf([lossyBroadcast("1")]);
  const [record] = run.account.broadcasts;
  assert.ok(record);
  const missing = Array.from({ length: 1234 }, (_, i) => ({
    productKey: "pk",
    deviceName: `m${i}`,
    onlineSinceUs: null,
    lastReceiptAtUs: null,
  }));
  const account = { ...run.account, broadcasts: [{ ...record, devices: { ...record.devices, missing } }] };
  const text = renderMarkdown({ ...run, account });
  assert.match(text, /1,234 missing devices/);
  assert.match(text, /and 734 more/);
  assert.ok(text.length < 65_000);
});
