import assert from "node:assert/strict";
import { test } from "node:test";
import { addOutputFailure } from "../../src/app/add-output-failure.js";
import { exitOfRun } from "../../src/cli/judged-exit.js";
import { IotbError } from "../../src/domain/errors.js";
import type { Cause } from "../../src/domain/verdict.js";
import { resultOf } from "../support/measure-samples.js";

const lost = new IotbError("output-failed", "run/summary.json: no space left on the device");
const judged = (causes: readonly Cause[], failure: IotbError | null = null) => ({
  result: resultOf([]),
  causes,
  failure,
});

test("what could not be written makes a pass an error, exit 2", () => {
  const { result, causes, failure } = addOutputFailure(judged([]), lost);
  assert.deepEqual([result.verdict, result.causes], ["error", [lost.message]]);
  assert.equal(failure, lost);
  assert.equal(exitOfRun(causes, failure, [lost]), 2);
});

test("it stands after interruption and other errors, before judgements, and takes none of their codes", () => {
  const missing: Cause = { kind: "delivery", text: "missing" };
  const refused = new IotbError("api-refused", "no");
  const both = addOutputFailure(judged([{ kind: "error", text: "no" }, missing], refused), lost);
  assert.deepEqual(both.result.causes, ["no", lost.message, "missing"]);
  assert.equal(both.failure, refused);
  assert.equal(exitOfRun(both.causes, both.failure, [lost]), 2, "the lowest of 1 to 5");
  const unknown = new IotbError("api-unknown-fate", "?");
  const fate = addOutputFailure(judged([{ kind: "error", text: "?" }], unknown), lost);
  assert.equal(exitOfRun(fate.causes, fate.failure, [lost]), 8);
  const stopped = addOutputFailure(judged([{ kind: "interrupted", text: "stopped" }]), lost);
  assert.equal(stopped.result.verdict, "interrupted");
  assert.equal(exitOfRun(stopped.causes, stopped.failure, [lost]), 130);
});
