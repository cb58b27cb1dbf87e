import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

test("every test that docs/conformance.md names is there", () => {
  const rows = readFileSync("docs/conformance.md", "utf8")
    .split("\n")
    .filter((line) => /^\| (MQTT|Subscription|Shared|Properties)/.test(line));
  assert.ok(rows.length > 100);
  const statements = new Set<string>();
  for (const row of rows) {
    for (const [id] of row.matchAll(/\bMQTT5?-\d+\.\d+\.\d+-\d+\b(?=[, ].*\|.*\|)/g)) {
      if (row.indexOf(id) < row.indexOf("|", 2)) assert.ok(!statements.has(id), `${id} is there twice`);
      statements.add(id);
    }
    const named = /`([\w/.-]+\.test\.ts) › ([^`]+)`/.exec(row);
    if (named === null) {
      assert.match(row, /\*\*(by design|not applicable)\*\*/, row);
    } else {
      const source = readFileSync(`test/platform/${named[1]}`, "utf8");
      assert.ok(source.includes(named[2] ?? ""), row);
    }
  }
});
