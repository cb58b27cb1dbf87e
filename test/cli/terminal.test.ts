import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import fc from "fast-check";
import { escapeControls, paintFor } from "../../src/cli/terminal.js";

describe("escapeControls", () => {
  const cases: [string, string][] = [
    ["plain ä 中 😀", "plain ä 中 😀"],
    ["\u001b[31mred", "\\x1b[31mred"],
    ["a\nb\r\tc", "a\\nb\\r\\tc"],
    ["\u009b31m", "\\x9b31m"],
    ["\u202eevil", "\\u202eevil"],
    ["\u2028", "\\u2028"],
    ["\ud800", "\\ud800"],
    ["\u007f\0", "\\x7f\\x00"],
  ];
  for (const [text, wanted] of cases) it(JSON.stringify(text), () => assert.equal(escapeControls(text), wanted));

  it("leaves no control character in anything", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.doesNotMatch(escapeControls(text), /[\p{Cc}\p{Bidi_Control}]/u);
      }),
    );
  });
});

describe("paintFor", () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  const cases: [string, PassThrough, Record<string, string>, boolean, boolean][] = [
    ["a terminal", terminal, {}, false, true],
    ["a pipe", new PassThrough(), {}, false, false],
    ["NO_COLOR", terminal, { NO_COLOR: "1", FORCE_COLOR: "1" }, false, false],
    ["an empty NO_COLOR", terminal, { NO_COLOR: "" }, false, true],
    ["--no-color", terminal, { FORCE_COLOR: "1" }, true, false],
    ["FORCE_COLOR", new PassThrough(), { FORCE_COLOR: "1" }, false, true],
    ["a dumb terminal", terminal, { TERM: "dumb" }, false, false],
  ];
  for (const [name, stream, env, noColor, coloured] of cases) {
    it(`${coloured ? "colours" : "leaves plain"}: ${name}`, () =>
      assert.equal(paintFor(stream, env, noColor).red("x") !== "x", coloured));
  }
});
