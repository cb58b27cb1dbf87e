import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Chalk } from "chalk";
import { LiveBlock } from "../../src/cli/live-block.js";
import { LiveView } from "../../src/cli/live-view.js";
import { micros } from "../../src/domain/time.js";
import { digestOf } from "../support/digest-samples.js";
import { FakeTerminal } from "../support/fake-terminal.js";

/** A view of ten devices on a terminal, a clock and a timer of the test's. */
const stage = (context: TestContext) => {
  context.mock.timers.reset();
  context.mock.timers.enable({ apis: ["setInterval"] });
  const terminal = new FakeTerminal();
  let now = 50_000_000;
  const view = new LiveView({
    block: new LiveBlock(terminal),
    paint: new Chalk({ level: 0 }),
    clock: () => micros(now),
    devices: 10,
    drain: micros(10e6),
  });
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10) {
      now += 10_000;
      context.mock.timers.tick(10);
    }
  };
  const line = (label: string) => terminal.text.find((text) => text.startsWith(label))?.slice(11);
  return { terminal, view, pass, line, at: (ms: number) => micros(now + ms * 1000) };
};

test("a run from its first device to its last receipt", (context) => {
  const { terminal, view, pass, line, at } = stage(context);
  assert.match(line("fleet") ?? "", / 0\/10 online$/);
  view.standing(4, 1);
  pass(100);
  assert.match(line("fleet") ?? "", / 4\/10 online$/);
  assert.equal(line("problems"), "1 given up");
  view.standing(10, 0);
  view.connected(10);
  pass(100);
  assert.equal(line("broadcast"), "none yet");
  view.due(1, 2, at(5_500));
  pass(100);
  assert.equal(line("broadcast"), "1 of 2  due in 5 s");
  pass(5_400);
  view.accepted("77");
  view.progress("77", 10, 6);
  view.progress("99", 10, 9);
  pass(100);
  assert.equal(line("broadcast"), "1 of 2  77  in flight");
  assert.match(line("coverage") ?? "", / 6\/10 {2}60\.0%$/);
  assert.match(line("arrivals") ?? "", / 6 in the last second$/);
  pass(2_000);
  assert.equal(line("problems"), "4 without it, nothing came for 2 s of 10 s");
  assert.match(line("arrivals") ?? "", / 0 in the last second$/);
  view.progress("77", 10, 9);
  view.standing(9, 0);
  view.settled({ digest: { ...digestOf([...Array(9).fill(1000), null]), messageId: "77", duplicates: 3 } });
  view.trouble("a process of the fleet died");
  pass(100);
  assert.equal(line("broadcast"), "1 of 2  77  settled");
  assert.equal(line("settled"), "1, delivered 9");
  assert.equal(line("problems"), "a process of the fleet died · missing 1 · duplicates 3 · 1 offline");
  view[Symbol.dispose]();
  assert.deepEqual(terminal.text, []);
});

test("broadcasts that overlap: the latest is shown, the others are counted", (context) => {
  const { view, pass, line, at } = stage(context);
  view.connected(10);
  view.due(1, 3, at(0));
  view.accepted("1");
  view.due(2, 3, at(0));
  view.accepted("2");
  view.progress("1", 10, 10);
  pass(100);
  assert.equal(line("broadcast"), "2 of 3  2  in flight, 1 more in flight");
  view.settled({ digest: digestOf(Array(10).fill(1), "1") });
  pass(100);
  assert.equal(line("broadcast"), "2 of 3  2  in flight");
});

test("at most ten frames a second, and none that shows nothing new", (context) => {
  const { terminal, view, pass } = stage(context);
  const before = terminal.writes;
  for (let i = 0; i < 100; i++) {
    view.standing(i % 10, 0);
    pass(10);
  }
  assert.ok(terminal.writes - before <= 11, `${terminal.writes - before} frames`);
  const after = terminal.writes;
  pass(900);
  assert.ok(terminal.writes - after <= 1, "but for the time that passes");
});

test("nothing is drawn around a call: a slow terminal must not make it late", (context) => {
  const { terminal, view, pass, at } = stage(context);
  view.connected(10);
  view.due(1, 1, at(200));
  pass(170);
  const { writes } = terminal;
  view.standing(3, 0);
  pass(530);
  assert.equal(terminal.writes, writes, "from just before it is due until it is accepted");
  view.accepted("1");
  pass(100);
  assert.equal(terminal.writes, writes + 1);
  view.due(2, 2, at(0));
  const { writes: later } = terminal;
  pass(2_000);
  assert.ok(terminal.writes > later, "a call that is not answered does not stop it for good");
});

test("a message id from outside is shown as text", (context) => {
  const { terminal, view, pass, at } = stage(context);
  view.connected(10);
  view.due(1, 1, at(0));
  view.accepted("\u001b[2J\n");
  pass(100);
  assert.match(terminal.text.join("\n"), /1 of 1 {2}\\x1b\[2J\\n {2}in flight/);
});
