import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Comparison } from "../../src/domain/comparison.js";
import type { RecordedRun } from "../../src/domain/run-record.js";
import { seededRandom } from "../../src/domain/seeded-random.js";
import { runCli } from "../support/cli-run.js";
import { makeTempDir, type TempDir } from "../support/cli-temp-dir.js";
import { type RunChanges, runOf, writeRun } from "../support/compared-runs.js";
import { generatorOf } from "../support/measure-samples.js";

/** A run of broadcasts to 120 devices, uneven by a few per cent, all slower by `factor`. */
const run = (broadcasts: number, factor = 1, more: RunChanges = {}): RecordedRun => {
  const random = seededRandom(broadcasts, "cli-compare");
  const moments = Array.from({ length: broadcasts }, () => factor * (0.97 + 0.06 * random()));
  return runOf(
    moments.map((moment) => Array.from({ length: 120 }, () => Math.round(moment * (5000 + 15_000 * random())))),
    more,
  );
};

const compare = async (dir: TempDir, base: RecordedRun, fresh: RecordedRun, ...flags: string[]) => {
  const paths = [await writeRun(dir.path("base"), base), await writeRun(dir.path("new"), fresh)];
  return runCli(["compare", ...paths, ...flags]);
};

/** A schema of docs/, as a check that throws. */
const conform = async (document: unknown) => {
  const schema = JSON.parse(await readFile("docs/schemas/iotb.compare-1.schema.json", "utf8"));
  const validate = new Ajv2020({ allErrors: true, strict: true }).compile(schema);
  assert.ok(validate(document), JSON.stringify(validate.errors, null, 1));
};

describe("iotb compare", () => {
  it("finds no difference between a run and itself", async () => {
    await using dir = await makeTempDir();
    const { code, stdout, stderr } = await compare(dir, run(6), run(6), "--max-regression", "p99:0%");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /^BASE .*base {2}2023-11-14T22:13:20Z {2}iotb 0\.1\.0 {2}6 timed broadcasts, 720 deliveries {2}pass/,
    );
    assert.match(stdout, /latency p99 .* 0 µs +0\.0 % .* no significant difference$/m);
    assert.match(stdout, /^account +complete on both sides/m);
    assert.match(stdout, /^limit +p99:0% {2}met/m);
    assert.match(stdout, /^verdict +PASS$/m);
  });

  for (const [limit, exit] of [
    ["p99:10%", 99],
    ["p99:30%", 0],
    ["coverage(99%):1ms", 99],
    ["rate:5%", 99],
    ["api.p99:10%", 7],
  ] as const) {
    it(`exits ${exit} where NEW takes a fifth longer and ${limit} is allowed`, async () => {
      await using dir = await makeTempDir();
      const { code, stdout } = await compare(dir, run(6), run(6, 1.2), "--max-regression", limit);
      assert.equal(code, exit, stdout);
      assert.match(stdout, new RegExp(`${exit === 99 ? "EXCEEDED" : exit === 0 ? "met" : "UNDECIDED"}`));
    });
  }

  it("says that fewer than five broadcasts are not enough, and a limit is then undecided", async () => {
    await using dir = await makeTempDir();
    const paths = [await writeRun(dir.path("a"), run(4)), await writeRun(dir.path("b"), run(4, 3))];
    const without = await runCli(["compare", ...paths]);
    assert.equal(without.code, 0);
    assert.match(without.stdout, /latency p99 .* not enough$/m);
    assert.match(without.stdout, /BASE has 4 timed broadcasts: not enough to tell a difference from chance/);
    const limited = await runCli(["compare", ...paths, "--max-regression", "p99:10%", "--json"]);
    assert.equal(limited.code, 7);
    const document = JSON.parse(limited.stdout) as Comparison;
    await conform(document);
    assert.deepEqual([document.verdict, document.limits[0]?.result], ["invalid", "undecided"]);
  });

  it("exits 6 where NEW lost what BASE did not, and names the limits too", async () => {
    await using dir = await makeTempDir();
    const lossy = run(6, 1.2, {
      record: (record, i) => ({ ...record, counts: { ...record.counts, strays: i === 2 ? 1 : 0 } }),
    });
    const { code, stdout } = await compare(dir, run(6), lossy, "--max-regression", "p50:1%", "--json");
    const document = JSON.parse(stdout) as Comparison;
    await conform(document);
    assert.deepEqual([code, document.verdict, document.causes.length], [6, "fail", 2]);
    assert.match(document.causes[0] ?? "", /^strays: BASE 0 of 720, NEW 1 of 720$/);
    assert.match(document.causes[1] ?? "", /^regression limit p50:1% exceeded: \+/);
  });

  it("refuses unlike set-ups with what differs, and compares them where that is forced", async () => {
    await using dir = await makeTempDir();
    const base = run(6, 1, { manifest: { setup: { payloadBytes: 27 } } });
    const other = run(6, 1, { manifest: { setup: { payloadBytes: 9000 }, iotb: "0.2.0" } });
    const refused = await compare(dir, base, other);
    assert.deepEqual([refused.code, refused.stdout], [2, ""]);
    assert.match(refused.stderr, /BASE and NEW were not set up alike: payload bytes 27 and 9000/);
    assert.match(refused.stderr, /--force/);
    const forced = await runCli(["compare", dir.path("base"), dir.path("new"), "--force"]);
    assert.equal(forced.code, 0);
    assert.match(forced.stdout, /^set-up +payload bytes: 27 → 9000 {2}UNLIKE\n +iotb: 0\.1\.0 → 0\.2\.0$/m);
  });

  it("compares no times of a saturated generator, unless forced", async () => {
    await using dir = await makeTempDir();
    const bound = run(6, 1, { summary: { generator: generatorOf({ bound: true, boundBy: "utilization" }) } });
    const { code, stdout } = await compare(dir, run(6), bound, "--json");
    const document = JSON.parse(stdout) as Comparison;
    await conform(document);
    assert.deepEqual([code, document.times, document.resampling], [7, null, null]);
    const forced = await runCli(["compare", dir.path("base"), dir.path("new"), "--force", "--json"]);
    assert.equal(forced.code, 0);
    await conform(JSON.parse(forced.stdout));
  });

  it("gives the same answer for the same seed, byte for byte, and says the seed", async () => {
    await using dir = await makeTempDir();
    const first = await compare(dir, run(6), run(6, 1.02), "--json", "--seed", "7");
    const again = await runCli(["compare", dir.path("base"), dir.path("new"), "--json", "--seed", "7"]);
    const other = await runCli(["compare", dir.path("base"), dir.path("new"), "--json", "--seed", "8"]);
    assert.equal(first.stdout, again.stdout);
    assert.notEqual(first.stdout, other.stdout);
    const document = JSON.parse(first.stdout) as Comparison;
    await conform(document);
    assert.equal(document.resampling?.seed, 7);
  });

  it("writes Markdown for a merge request, to a file or instead of the text", async () => {
    await using dir = await makeTempDir();
    const file = dir.path("comment.md");
    const { code, stdout } = await compare(dir, run(6), run(6, 1.2), "--max-regression", "p99:10%", "--markdown", file);
    assert.equal(code, 99);
    const markdown = await readFile(file, "utf8");
    assert.match(markdown, /^### iotb compare: ❌ fail\n/);
    assert.match(markdown, /^\| latency p99 \| .* \| \*\*slower\*\* \|$/m);
    assert.match(markdown, /^\| `p99:10%` \| exceeded \| /m);
    assert.match(stdout, /^verdict +FAIL$/m);
    const only = await runCli(["compare", dir.path("base"), dir.path("new"), "--markdown", "-"]);
    assert.equal(only.code, 0);
    assert.match(only.stdout, /^### iotb compare: ✅ pass\n/);
    assert.doesNotMatch(only.stdout, /^verdict/m);
  });

  it("escapes what the directories say, for terminals and for Markdown", async () => {
    await using dir = await makeTempDir();
    const evil = run(6, 1, { summary: { verdict: "invalid", causes: ["\u001b[31m<b>`@all`\nverdict PASS"] } });
    const { code, stdout } = await compare(dir, run(6), evil);
    assert.equal(code, 7);
    assert.ok(!stdout.includes("\u001b"), stdout);
    assert.doesNotMatch(stdout, /^verdict PASS/m);
    const { stdout: markdown } = await runCli(["compare", dir.path("base"), dir.path("new"), "--markdown", "-"]);
    assert.match(markdown, /^- ``.*<b>`@all`.*``$/m);
  });

  for (const [what, args, message] of [
    ["one directory", ["BASE"], /missing required argument 'new'/],
    ["a directory that is none", ["BASE", "nowhere"], /nowhere/],
    ["a limit that is none", ["BASE", "BASE", "--max-regression", "p98:1%"], /there is no "p98"/],
    ["two documents on stdout", ["BASE", "BASE", "--json", "--markdown", "-"], /both want stdout/],
    ["Markdown that cannot be written", ["BASE", "BASE", "--markdown", "BASE/no/x.md"], /x\.md: no such file/],
  ] as const) {
    it(`exits 2 for ${what}`, async () => {
      await using dir = await makeTempDir();
      const base = await writeRun(dir.path("base"), run(1));
      const { code, stderr, stdout } = await runCli(["compare", ...args.map((arg) => arg.replace("BASE", base))]);
      assert.equal(code, 2, stderr);
      assert.match(stderr + stdout, message);
    });
  }
});

describe("iotb compare of runs that iotb made", () => {
  it("reads what measure --out wrote, and refuses another payload", async () => {
    await using dir = await makeTempDir();
    const measured = async (name: string, message: string) => {
      const flags = ["--local", "-c", "20", "--broadcasts", "5", "--linger", "20ms", "--message", message];
      const { code, stderr } = await runCli(["measure", ...flags, "--out", dir.path(name), "--quiet"]);
      assert.equal(code, 0, stderr);
      return dir.path(name);
    };
    const [base, same, long] = [
      await measured("base", '{"a":1}'),
      await measured("same", '{"b":2}'),
      await measured("long", '{"b":"and more"}'),
    ];
    // forced: on a busy machine the generator may have been the limit, which is no matter here
    const { code, stdout, stderr } = await runCli(["compare", base, same, "--force", "--json"]);
    assert.equal(code, 0, stderr);
    const document = JSON.parse(stdout) as Comparison;
    await conform(document);
    assert.deepEqual(document.setup, { alike: true, differences: [] });
    assert.deepEqual([document.base.timed, document.base.deliveries, document.resampling?.resamples], [5, 100, 10_000]);
    const refused = await runCli(["compare", base, long]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /not set up alike: payload bytes 7 and 16/);
  });
});
