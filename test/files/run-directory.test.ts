import assert from "node:assert/strict";
import { mkdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { RunManifest } from "../../src/domain/run-record.js";
import { readRunDirectory } from "../../src/files/run-directory.js";
import { hashOfSeals } from "../../src/files/run-hash.js";
import { createRunDirectory } from "../../src/files/run-writer.js";
import { rejectsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";
import { resultOf } from "../support/measure-samples.js";
import { SAMPLE_BROADCASTS, SAMPLE_FACTS, sampleAccount, writeSampleRun } from "../support/run-samples.js";

/** A whole directory with these documents in place of its own. */
const writeRunOf = async (path: string, documents: { readonly summary?: unknown; readonly account?: unknown }) => {
  await using writer = await createRunDirectory(path);
  const { summary = resultOf(SAMPLE_BROADCASTS), account = sampleAccount() } = documents;
  await writer.write("summary.json", [JSON.stringify(summary)]);
  await writer.write("account.json", [JSON.stringify(account)]);
  await writer.complete(SAMPLE_FACTS);
};

describe("reading a run directory", () => {
  it("gives what was written", async () => {
    await using dir = await makeTempDir();
    await writeSampleRun(dir.path("run"));
    const run = await readRunDirectory(dir.path("run"));
    assert.equal(run.name, dir.path("run"));
    assert.deepEqual(run.summary, resultOf(SAMPLE_BROADCASTS));
    assert.deepEqual(run.account, sampleAccount());
    const { schema, files: _, hash: __, ...facts } = run.manifest;
    assert.equal(schema, "iotb.run/1");
    assert.deepEqual(facts, SAMPLE_FACTS);
  });

  it("says what is no run, and what was cut", async () => {
    await using dir = await makeTempDir();
    await rejectsWith(() => readRunDirectory(dir.path("absent")), "bad-input-file", /absent: no such file/);
    await mkdir(dir.path("empty"));
    await rejectsWith(
      () => readRunDirectory(dir.path("empty")),
      "bad-input-file",
      /no run directory: there is no manifest/,
    );
    await writeSampleRun(dir.path("cut"));
    await rm(dir.path("cut/manifest.json"));
    await rejectsWith(
      () => readRunDirectory(dir.path("cut")),
      "bad-input-file",
      /the run was cut .*there are only account\.json, log\.txt, receipts\.ndjson\.gz, summary\.json/,
    );
  });

  it("names the file that was altered, cut, taken away or replaced", async () => {
    await using dir = await makeTempDir();
    const spoil = async (how: string, harm: (path: string) => Promise<void>, why: RegExp) => {
      await writeSampleRun(dir.path(how));
      await harm(dir.path(how));
      await rejectsWith(() => readRunDirectory(dir.path(how)), "bad-input-file", why);
    };
    await spoil(
      "altered",
      async (path) => {
        const text = await readFile(`${path}/summary.json`, "utf8");
        await writeFile(`${path}/summary.json`, text.replace('"pass"', '"fail"'));
      },
      /summary\.json: its SHA-256 is not the sealed one/,
    );
    await spoil(
      "short",
      (path) => truncate(`${path}/receipts.ndjson.gz`, 5),
      /receipts\.ndjson\.gz: 5 bytes, \d+ were/,
    );
    await spoil("gone", (path) => rm(`${path}/log.txt`), /log\.txt: no such file/);
    await spoil(
      "linked",
      async (path) => {
        await rm(`${path}/log.txt`);
        await symlink("/dev/zero", `${path}/log.txt`);
      },
      /log\.txt: not a regular file/,
    );
    await spoil(
      "resealed",
      async (path) => {
        const manifest = JSON.parse(await readFile(`${path}/manifest.json`, "utf8")) as RunManifest;
        await writeFile(`${path}/manifest.json`, JSON.stringify({ ...manifest, files: {} }));
      },
      /manifest\.json: its hash is not that of the seals in it/,
    );
  });

  it("refuses manifests of other schemas, forms and lengths, and names outside the directory", async () => {
    await using dir = await makeTempDir();
    await writeSampleRun(dir.path("run"));
    const manifest = JSON.parse(await readFile(dir.path("run/manifest.json"), "utf8")) as RunManifest;
    const refused = async (text: string, why: RegExp) => {
      await writeFile(dir.path("run/manifest.json"), text);
      await rejectsWith(() => readRunDirectory(dir.path("run")), "bad-input-file", why);
    };
    await refused("{", /manifest\.json: not JSON/);
    await refused("null", /not a iotb\.run\/1 document/);
    await refused(
      JSON.stringify({ ...manifest, schema: "iotb.run/2" }),
      /"iotb\.run\/2", this iotb reads iotb\.run\/1/,
    );
    await refused(JSON.stringify({ ...manifest, host: { ...manifest.host, cores: -1 } }), /host\.cores does not hold/);
    const seal = { bytes: 0, sha256: "0".repeat(64) };
    for (const name of ["../../etc/passwd", "/etc/passwd", "..", "a/b", ""]) {
      const files = { [name]: seal };
      await refused(JSON.stringify({ ...manifest, files, hash: hashOfSeals(files) }), /files\[".*"\] does not hold/);
    }
    await refused(" ".repeat(1_100_000), /too large for a manifest/);
    await refused(
      JSON.stringify({ ...manifest, files: {}, hash: hashOfSeals({}) }),
      /the manifest names no summary\.json/,
    );
  });

  it("refuses documents that do not hold what they should", async () => {
    await using dir = await makeTempDir();
    const [record] = sampleAccount().broadcasts;
    assert.ok(record);
    const withRecord = (more: object) => ({ account: { ...sampleAccount(), broadcasts: [{ ...record, ...more }] } });
    const cases: readonly (readonly [Parameters<typeof writeRunOf>[1], RegExp])[] = [
      [{ summary: { ...resultOf([]), schema: "iotb.measure/9" } }, /summary\.json: its schema is "iotb\.measure\/9"/],
      [{ summary: { ...resultOf([]), verdict: "fine" } }, /summary\.json: verdict does not hold/],
      [{ summary: { ...resultOf([]), target: null } }, /summary\.json: target does not hold/],
      [{ account: { schema: "iotb.account/1" } }, /account\.json: broadcasts does not hold/],
      [withRecord({ messageId: 12 }), /broadcasts\[0\]\.messageId does not hold/],
      [withRecord({ latency: { ...record.latency, encoded: "HISTFAAAAA" } }), /broadcasts\[0\]\.latency\.encoded/],
      [withRecord({ latency: { ...record.latency, count: 3 } }), /broadcasts\[0\]\.latency\.count/],
      [withRecord({ arrivals: { firstBin: 1e15, counts: [1] } }), /broadcasts\[0\]\.arrivals\.firstBin/],
      [
        withRecord({ devices: { ...record.devices, strays: [{ productKey: "pk", deviceName: "<b>bold" }] } }),
        /broadcasts\[0\]\.devices\.strays\[0\]\.deviceName/,
      ],
    ];
    for (const [i, [documents, why]] of cases.entries()) {
      await writeRunOf(dir.path(`run-${i}`), documents);
      await rejectsWith(() => readRunDirectory(dir.path(`run-${i}`)), "bad-input-file", why);
    }
  });
});
