import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainEnd, platformEndText, shardEndText } from "../../src/domain/process-end.js";

describe("explainEnd", () => {
  const table: readonly (readonly [how: string, oomKills: number | null, text: RegExp | null])[] = [
    ["SIGKILL", 1, /^the kernel's out-of-memory killer was at work: hold fewer devices/],
    ["SIGKILL", null, /^most likely the kernel's out-of-memory killer: hold fewer devices/],
    ["SIGKILL", 0, null],
    ["SIGABRT", 0, /heap was full/],
    ["exit code 134", null, /heap was full/],
    ["exit code 1", 3, null],
    ["SIGTERM", 3, null],
  ];
  for (const [how, oomKills, text] of table) {
    it(`${text === null ? "guesses nothing of" : "explains"} ${how} after ${oomKills} kills`, () => {
      const said = explainEnd(how, oomKills);
      if (text === null) assert.equal(said, null);
      else assert.match(said ?? "", text);
    });
  }

  it("says how far the fleet had come", () => {
    const counts = { lost: 15_000, online: 420_000, devices: 1_000_000 };
    assert.match(
      shardEndText("SIGKILL", counts, 2),
      /died \(SIGKILL\): nobody can tell of its 15000 devices; 420000 of 1000000 devices were online by then; the kernel's/,
    );
    assert.doesNotMatch(shardEndText("exit code 1", counts, 0), /killer|heap/);
  });

  it("says the same of a platform that ended, as far as there is something to say", () => {
    const counts = { mostOnline: 5896, devices: 100_000 };
    assert.match(
      platformEndText("SIGKILL", counts, 2),
      /^the local platform ended during the run \(SIGKILL\): 5896 of 100000 devices were online at the most; the kernel's/,
    );
    assert.match(
      platformEndText("exit code 1", counts, 0),
      /\(exit code 1\): 5896 of 100000 devices were online at the most$/,
    );
    assert.equal(platformEndText("exit code 1", null, 0), "the local platform ended during the run (exit code 1)");
  });
});
