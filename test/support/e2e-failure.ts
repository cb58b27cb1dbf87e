import assert from "node:assert/strict";
import { type Ended, runIotb, type SpawnOptions } from "./e2e-process.js";

/** What a failure must look like. */
export type WantedFailure = {
  readonly code: number;
  /** What failed and why, in the first line after `error: `. */
  readonly error: RegExp;
  /** What to do. */
  readonly hint?: RegExp;
} & SpawnOptions;

/** Runs a command that must fail: nothing on stdout, three lines of error at most, no stack. */
export const mustFail = async (args: readonly string[], wanted: WantedFailure): Promise<Ended> => {
  const ended = await runIotb(args, wanted);
  const all = `iotb ${args.join(" ")}\nexit ${ended.code}\n${ended.stdout}${ended.stderr}`;
  assert.equal(ended.code, wanted.code, all);
  assert.equal(ended.stdout, "", all);
  const lines = ended.stderr.trimEnd().split("\n");
  const from = lines.findIndex((line) => line.startsWith("error: "));
  assert.ok(from >= 0 && lines.length - from <= 3, all);
  assert.match(lines[from]?.slice("error: ".length) ?? "", wanted.error, all);
  if (wanted.hint !== undefined) assert.match(lines[from + 1] ?? "", new RegExp(`^hint: .*${wanted.hint.source}`), all);
  assert.doesNotMatch(all, /\n\s+at |node:internal/, "no stack trace");
  return ended;
};
