import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { createOutput, type OutputMode } from "../../src/cli/output.js";
import { startProgress } from "../../src/cli/progress.js";

const PLAIN: OutputMode = { json: false, quiet: false, verbose: false, noColor: false };

const speak = (mode: Partial<OutputMode>): [string, string] => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = createOutput({ stdout, stderr }, { ...PLAIN, ...mode }, {});
  output.result("result");
  output.json({ a: 1 });
  output.note("note");
  output.detail("detail");
  output.error("error");
  return [String(stdout.read() ?? ""), String(stderr.read() ?? "")];
};

describe("output", () => {
  const cases: [string, Partial<OutputMode>, string, string][] = [
    ["plain", {}, "result\n", "note\nerror\n"],
    ["--json", { json: true }, '{"a":1}\n', "note\nerror\n"],
    ["--quiet", { quiet: true }, "result\n", "error\n"],
    ["--verbose", { verbose: true }, "result\n", "note\ndetail\nerror\n"],
  ];
  for (const [name, mode, out, err] of cases) it(name, () => assert.deepEqual(speak(mode), [out, err]));
});

describe("progress", () => {
  it("is a line now and then where there is no terminal", async () => {
    const stderr = new PassThrough();
    using progress = await startProgress("online", 10, { stderr, quiet: false, redraws: false, everyMs: 1 });
    progress.update(4, "2 refused");
    let seen = "";
    while (!seen.includes("4/10")) seen += String((await once(stderr, "data"))[0]);
    assert.match(seen, /online 4\/10 2 refused\n$/);
  });

  it("is a bar on a terminal, and is taken away", async () => {
    const stderr = Object.assign(new PassThrough(), {
      isTTY: true,
      cursorTo: () => true,
      clearLine: () => true,
      columns: 80,
    });
    const progress = await startProgress("online", 10, { stderr, quiet: false, redraws: true });
    progress.update(10);
    progress.stop();
    progress.stop();
    progress.update(3);
    assert.ok(stderr.readableLength > 0);
  });

  it("is nothing when quiet", async () => {
    const stderr = new PassThrough();
    using progress = await startProgress("online", 10, { stderr, quiet: true, redraws: true, everyMs: 1 });
    progress.update(4);
    assert.equal(stderr.readableLength, 0);
  });
});
