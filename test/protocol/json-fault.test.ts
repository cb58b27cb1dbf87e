import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findJsonFault } from "../../src/protocol/json-fault.js";

const jsonFault = (text: string) => {
  const fault = findJsonFault(text);
  return fault === null ? null : { line: fault.line, column: fault.column };
};

const table: readonly (readonly [string, number, number])[] = [
  ["", 1, 1],
  ["{", 1, 2],
  ['{"a":1,}', 1, 7],
  ['{"a" 1}', 1, 6],
  ['{\n  "a": "b\n}', 2, 10],
  ['{\r\n"a": tru\r\n}', 2, 6],
  ["[1 2]", 1, 4],
  ["[01]", 1, 3],
  ["[1.]", 1, 3],
  ["{}}", 1, 3],
  ['"\\x"', 1, 2],
  ["[1,]", 1, 3],
  ["{a:1}", 1, 2],
  ["'a'", 1, 1],
];

for (const [text, line, column] of table) {
  test(`the fault of ${JSON.stringify(text)} is at ${line}:${column}`, () => {
    assert.throws(() => JSON.parse(text));
    assert.deepEqual(jsonFault(text), { line, column });
  });
}

test("what JSON.parse takes has no fault", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 4 }), (text) => assert.equal(jsonFault(text), null)));
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(jsonFault(JSON.stringify(value, null, "\t")), null)));
});

test("a fault is found exactly where JSON.parse refuses", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "a",
    "\\",
    "\\u00e4",
    "0",
    "-",
    "1e5",
    "true",
    " ",
    "\n",
    "\u0001",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      assert.equal(jsonFault(text) === null, valid, JSON.stringify(text));
    }),
    { numRuns: 2000 },
  );
});

test("depth is no matter", () => {
  assert.equal(jsonFault("[".repeat(100_000) + "]".repeat(100_000)), null);
});
