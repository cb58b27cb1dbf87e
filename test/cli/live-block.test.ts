import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as check, constant, integer, oneof, property, record, stringMatching } from "fast-check";
import { LiveBlock } from "../../src/cli/live-block.js";
import { createOutput } from "../../src/cli/output.js";
import { FakeTerminal } from "../support/fake-terminal.js";

const MODE = { json: false, quiet: false, verbose: false, noColor: true };
const outputOn = (terminal: FakeTerminal, mode: Partial<typeof MODE> = {}, env: Record<string, string> = {}) =>
  createOutput({ stdout: terminal, stderr: terminal }, { ...MODE, ...mode }, env);

test("lines are drawn in their place, and taken away without a trace", () => {
  const terminal = new FakeTerminal();
  terminal.write("before\n");
  const block = new LiveBlock(terminal);
  block.draw(["one", "a longer line"]);
  assert.deepEqual(terminal.text, ["before", "one", "a longer line"]);
  block.draw(["two", "short", "third"]);
  assert.deepEqual(terminal.text, ["before", "two", "short", "third"]);
  block.draw(["less"]);
  assert.deepEqual(terminal.text, ["before", "less"]);
  block[Symbol.dispose]();
  block.draw(["too late"]);
  block[Symbol.dispose]();
  assert.deepEqual(terminal.text, ["before"]);
});

test("a frame is one write, and the same frame none", () => {
  const terminal = new FakeTerminal();
  const block = new LiveBlock(terminal);
  block.draw(["a", "b"]);
  block.draw(["a", "c"]);
  assert.equal(terminal.writes, 2);
  block.draw(["a", "c"]);
  assert.equal(terminal.writes, 2);
  assert.doesNotMatch(terminal.raw, /\p{Cc}\[\?/u, "the cursor is never hidden: nothing has to bring it back");
});

test("what is said meanwhile, on either stream, comes above the block", () => {
  const terminal = new FakeTerminal();
  const output = outputOn(terminal);
  const block = output.live();
  assert.ok(block);
  block.draw(["fleet 1/2", "elapsed 1 s"]);
  output.result("a result");
  output.note("a note");
  output.error("an error");
  assert.deepEqual(terminal.text, ["a result", "a note", "an error", "fleet 1/2", "elapsed 1 s"]);
  block[Symbol.dispose]();
  output.result("the end");
  assert.deepEqual(terminal.text, ["a result", "a note", "an error", "the end"]);
});

test("what goes to a file does not touch the terminal", () => {
  const [terminal, file] = [new FakeTerminal(), Object.assign(new FakeTerminal(), { isTTY: false as true })];
  const output = createOutput({ stdout: file, stderr: terminal }, MODE, {});
  output.live()?.draw(["fleet"]);
  const { raw } = terminal;
  output.result("a result");
  assert.deepEqual([file.raw, terminal.raw], ["a result\n", raw]);
});

test("there is none where lines cannot be drawn again, or nobody wants to see them", () => {
  assert.equal(outputOn(new FakeTerminal(), {}, { TERM: "dumb" }).live(), null);
  assert.equal(outputOn(new FakeTerminal(), { quiet: true }).live(), null);
  assert.equal(outputOn(Object.assign(new FakeTerminal(), { isTTY: false as true })).live(), null);
  assert.ok(outputOn(new FakeTerminal(), { json: true }).live(), "the document goes to stdout, the view to stderr");
});

test("a block that is higher than the terminal is cut, and one whose size is not known is taken for 80 by 24", () => {
  const low = new FakeTerminal(80, 3);
  const block = new LiveBlock(low);
  block.draw(["a", "b", "c", "d"]);
  block.draw(["e", "f", "g", "h"]);
  assert.deepEqual(low.text, ["e", "f"]);
  assert.equal(new LiveBlock(new FakeTerminal(0, 0)).width, 79);
});

test("whatever is drawn, said and resized: all that was said is there once, and the block below it once", () => {
  const word = stringMatching(/^[a-z █·]{0,70}$/);
  const act = oneof(
    record({ kind: constant("draw" as const), lines: array(word, { maxLength: 8 }) }),
    record({ kind: constant("say" as const), text: stringMatching(/^[a-z]{1,120}$/) }),
    record({ kind: constant("resize" as const), columns: integer({ min: 20, max: 120 }) }),
  );
  check(
    property(array(act, { maxLength: 30 }), (acts) => {
      const terminal = new FakeTerminal(80, 200);
      const output = outputOn(terminal);
      const block = output.live();
      assert.ok(block);
      const said: string[] = [];
      let drawn: string[] = [];
      for (const action of acts) {
        if (action.kind === "resize") {
          terminal.resize(action.columns);
        } else if (action.kind === "say") {
          output.result(action.text);
          said.push(action.text);
        } else {
          drawn = action.lines.map((line) => line.slice(0, block.width).trimEnd());
          block.draw(drawn.map((line) => `\u001b[1m${line}\u001b[22m`));
        }
        const shown = [...said, ...drawn];
        while (shown.length > 0 && shown.at(-1) === "") shown.pop();
        assert.deepEqual(terminal.text, shown);
      }
      block[Symbol.dispose]();
      assert.deepEqual(terminal.text, said);
    }),
  );
});
