import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findJsonFault } from "../../src/protocol/json-fault.js";

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("findJsonFault", () => {
  it("agrees with JSON.parse on JSON with one character changed", () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(..."{}[]\",:'\\ \n\t0-1.eEtu\u0001x/"), fc.boolean());
    fc.assert(
      fc.property(fc.json(), change, (json, [where, character, replaces]) => {
        const at = where % (json.length + 1);
        const text = json.slice(0, at) + character + json.slice(at + (replaces ? 1 : 0));
        assert.equal(findJsonFault(text) === null, isJson(text), text);
        assert.equal(findJsonFault(json), null);
      }),
      { numRuns: 2_000 },
    );
  });

  it("agrees with JSON.parse on pieces of JSON in any order", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      "1",
      "-0.5e3",
      "01",
      "true",
      "nul",
      " ",
      "\n",
      '"\\u00e',
      "'a'",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        assert.equal(findJsonFault(text) === null, isJson(text), text);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is not exhausted by nesting", () => {
    const depth = 30_000;
    assert.equal(findJsonFault("[".repeat(depth) + "]".repeat(depth)), null);
    assert.equal(findJsonFault("[".repeat(depth))?.column, depth + 1);
  });

  const cases: [string, number, number, RegExp][] = [
    ["", 1, 1, /nothing but blanks/],
    ["\n \n", 3, 1, /nothing but blanks/],
    ['{\n  productKey: "x"\n}', 2, 3, /key needs double quotes/],
    ["{'a':1}", 1, 2, /key needs double quotes/],
    ['{"a":1,}', 1, 7, /comma before the end/],
    ['{"a" 1}', 1, 6, /colon should be here/],
    ['{"a":1', 1, 7, /ends where a comma or }/],
    ['{"a":\n  x}', 2, 3, /text needs double quotes/],
    ['{"a":"x\n"}', 1, 8, /control character or a line end/],
    ['["a\\x"]', 1, 4, /escape/],
    ['["a', 1, 2, /not closed/],
    ["1 2", 1, 3, /more text/],
    ["\ufeff{}", 1, 1, /byte order mark/],
  ];
  for (const [text, line, column, why] of cases) {
    it(`places the fault of ${JSON.stringify(text)}`, () => {
      const fault = findJsonFault(text);
      assert.deepEqual(fault && [fault.line, fault.column], [line, column]);
      assert.match(fault?.why ?? "", why);
    });
  }
});
