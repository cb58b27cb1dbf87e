import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { findingPaths, readFinding, writeFinding } from "../../fuzz/finding-file.js";
import { checkInput, type Finding, type FuzzPlan, fuzz } from "../../fuzz/fuzz.js";
import { FUZZ_BOUNDS } from "../../fuzz/fuzz-bounds.js";
import type { FuzzTarget } from "../../fuzz/fuzz-target.js";
import { createTargets } from "../../fuzz/targets.js";

/** Inputs of the run that every change is held to; `npm run fuzz` makes more. */
const COUNT = 20_000;

/** Fixed, so that a change is judged by the same inputs as the one before it. */
const SEED = 20_260_102;

const shown = (findings: readonly Finding[]): string[] =>
  findings.map((finding) => {
    const kept = finding.input.length === 0 ? "" : `; replay it: npm run fuzz -- --replay ${writeFinding(finding)}`;
    return `${finding.target}: ${finding.why}${kept}`;
  });

test(`${COUNT} inputs: none crashes, hangs, or leaves memory behind`, async () => {
  const report = await fuzz({ ...FUZZ_BOUNDS, targets: createTargets(), count: COUNT, seed: SEED });
  assert.deepEqual(shown(report.findings), []);
  assert.equal(
    [...report.outcomes.values()].reduce((sum, times) => sum + times, 0),
    COUNT,
  );
  // inputs that are refused at the door would prove little
  for (const deep of [
    "platform-stream: stopped, after a message",
    "platform-stream: malformed-packet, after a message",
    "frame-reader: sound, packets",
    "login-names: hmacsha256, no user name",
    "rpc-v1: signed",
    "rpc-v3: signed",
    "rpc-actions: done",
    "triplet-csv: devices, problems",
    "json-fault: JSON, a device",
  ]) {
    assert.ok(report.outcomes.has(deep), `${deep}: never seen`);
  }
});

test("every finding that is kept is one no more", () => {
  const targets = createTargets();
  const paths = findingPaths();
  assert.ok(paths.length > 0, "the findings are elsewhere");
  for (const path of paths) {
    const { target: name, input } = readFinding(path);
    const target = targets.find((one) => one.name === name);
    assert.ok(target, `${basename(path)}: no such target`);
    const result = checkInput(target, input, FUZZ_BOUNDS);
    assert.ok(!("why" in result), `${basename(path)}: ${"why" in result ? result.why : ""}`);
  }
});

test("the samples of every target are taken as they are", () => {
  for (const target of createTargets()) {
    for (const sample of target.corpus) assert.ok(!("why" in checkInput(target, sample, FUZZ_BOUNDS)), target.name);
  }
});

const target = (check: FuzzTarget["check"]): FuzzTarget => ({ name: "stage", corpus: [Buffer.from("sample")], check });

const planFor = (check: FuzzTarget["check"], bounds: Partial<FuzzPlan> = {}): FuzzPlan => ({
  ...FUZZ_BOUNDS,
  targets: [target(check)],
  count: 2_000,
  seed: 1,
  ...bounds,
});

test("the same seed makes the same inputs, another one others", async () => {
  const inputsOf = async (seed: number): Promise<string[]> => {
    const seen: string[] = [];
    await fuzz(planFor((input) => String(seen.push(input.toString("latin1"))), { seed, count: 500 }));
    return seen;
  };
  const first = await inputsOf(1);
  assert.equal(first.length, 500);
  assert.ok(new Set(first).size > 300, "they are mostly the same");
  assert.deepEqual(await inputsOf(1), first);
  assert.notDeepEqual(await inputsOf(2), first);
});

test("what throws is found, kept, and replayed from its file", async () => {
  const check = (input: Buffer): string => {
    if (input.includes(0xff)) throw new TypeError("cannot read 255");
    return "read";
  };
  const { findings } = await fuzz(planFor(check));
  const [finding] = findings;
  assert.ok(finding !== undefined && findings.length > 1);
  assert.match(finding.why, /cannot read 255/);
  const folder = mkdtempSync(join(tmpdir(), "iotb-fuzz-"));
  try {
    assert.deepEqual(findingPaths(folder), []);
    const path = writeFinding(finding, folder);
    assert.match(basename(path), /^stage-[0-9a-f]{12}\.bin$/);
    assert.deepEqual(findingPaths(folder), [path]);
    assert.deepEqual(readFinding(path), { target: "stage", input: finding.input });
    const again = checkInput(target(check), readFinding(path).input, FUZZ_BOUNDS);
    assert.ok("why" in again && again.why.includes("cannot read 255"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an input that is never done is found", async () => {
  const { findings } = await fuzz(
    planFor(
      (input) => {
        while (input[0] === 0x80) input[1] = 0;
        return "done";
      },
      { hangMs: 200 },
    ),
  );
  assert.ok(findings.some(({ why, input }) => why === "not done after 200 ms" && input[0] === 0x80));
});

test("an input that is slow each time is found, one that was slow once is not", () => {
  const bounds = { slowMs: 5, hangMs: 10_000 };
  let calls = 0;
  const busy = (isSlow: () => boolean): FuzzTarget =>
    target(() => {
      const until = performance.now() + (isSlow() ? 20 : 0);
      while (performance.now() < until);
      return "done";
    });
  const always = checkInput(
    busy(() => true),
    Buffer.alloc(0),
    bounds,
  );
  assert.ok("why" in always && /the fastest of three times/.test(always.why));
  const once = checkInput(
    busy(() => calls++ === 0),
    Buffer.alloc(0),
    { ...bounds, slowMs: 15 },
  );
  assert.ok("outcome" in once && calls > 1);
});

test("memory that is left behind is found", async () => {
  const kept: Buffer[] = [];
  const { findings } = await fuzz(planFor((input) => String(kept.push(Buffer.concat([input, Buffer.alloc(8_192)])))));
  assert.match(findings.map(({ why }) => why).join(), /bytes more are alive than after the first tenth/);
});
