import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { runCli } from "../support/cli-run.js";

const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;
const skipWithout = (shell: string) => ({ skip: has(shell) ? false : `there is no ${shell} here` });

/** What bash offers for the last of these words. */
const offered = async (...words: string[]): Promise<string[]> => {
  const { stdout } = await runCli(["completion", "bash"]);
  const line = words.map((word) => `'${word}'`).join(" ");
  const ask = `compopt() { echo "(files)"; }; COMP_WORDS=(iotb ${line}); COMP_CWORD=${words.length}; _iotb; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = spawnSync("bash", ["--norc", "-c", `${stdout}\n${ask}`], { encoding: "utf8" });
  assert.equal(run.stderr, "");
  return run.stdout.split("\n").filter((one) => one !== "");
};

describe("iotb completion", () => {
  it("offers commands, flags and words in bash", skipWithout("bash"), async () => {
    assert.deepEqual(await offered("me"), ["measure"]);
    assert.deepEqual(await offered("devices", "ge"), ["generate"]);
    assert.deepEqual(await offered("measure", "--thr"), ["--threshold"]);
    assert.deepEqual(await offered("devices", "list", "--status", "off"), ["offline"]);
    assert.deepEqual(await offered("measure", "--quota", ""), ["auto", "real", "off"]);
    assert.deepEqual(await offered("platform", "--quota", ""), ["off", "real"], "each command's own");
    assert.deepEqual(await offered("measure", "--devices", "x"), ["(files)"]);
    assert.deepEqual(await offered("measure", "--count", ""), []);
    assert.deepEqual(await offered("broadcast", "pay"), ["(files)"]);
  });

  it("knows every command that help shows", async () => {
    const { stdout: help } = await runCli(["--help"]);
    const shown = [...help.matchAll(/^ {2}([a-z]+) .*$/gm)].map(([, word]) => word).filter((word) => word !== "iotb");
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, stdout, stderr } = await runCli(["completion", shell]);
      assert.deepEqual([code, stderr], [0, ""]);
      for (const word of shown) assert.ok(word === "help" || stdout.includes(String(word)), `${shell}: ${word}`);
    }
  });

  for (const shell of ["zsh", "fish"]) {
    it(`is a script that ${shell} can read`, skipWithout(shell), async () => {
      const { stdout } = await runCli(["completion", shell]);
      const run = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
      assert.deepEqual([run.status, run.stderr], [0, ""]);
    });
  }

  it("refuses another shell", async () => {
    const { code, stderr } = await runCli(["completion", "tcsh"]);
    assert.equal(code, 2);
    assert.match(stderr, /"tcsh" is none of bash, zsh, fish/);
  });
});
