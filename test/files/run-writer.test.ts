import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { IotbError } from "../../src/domain/errors.js";
import type { RunManifest } from "../../src/domain/run-record.js";
import { readRunDirectory } from "../../src/files/run-directory.js";
import { createRunDirectory } from "../../src/files/run-writer.js";
import { rejectsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";
import { failingDisk, haltingDisk, SAMPLE_FACTS, writeSampleRun } from "../support/run-samples.js";

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

describe("a run directory", () => {
  it("is whole: every file under its own name, sealed by the manifest", async () => {
    await using dir = await makeTempDir();
    const path = dir.path("runs/1");
    await writeSampleRun(path);
    const names = (await readdir(path)).sort();
    assert.deepEqual(names, ["account.json", "log.txt", "manifest.json", "receipts.ndjson.gz", "summary.json"]);
    const manifest = JSON.parse(await readFile(`${path}/manifest.json`, "utf8")) as RunManifest;
    for (const [name, seal] of Object.entries(manifest.files)) {
      const bytes = await readFile(`${path}/${name}`);
      assert.deepEqual(seal, { bytes: bytes.length, sha256: sha256(bytes) }, name);
    }
    assert.deepEqual(
      Object.keys(manifest.files),
      names.filter((name) => name !== "manifest.json"),
    );
    assert.equal(gunzipSync(await readFile(`${path}/receipts.ndjson.gz`)).toString(), "{}\n");
  });

  it("is named by a hash that sha256sum and sort make too", async () => {
    await using dir = await makeTempDir();
    await writeSampleRun(dir.path("run"));
    const { manifest } = await readRunDirectory(dir.path("run"));
    const lines = Object.entries(manifest.files).map(([name, seal]) => `${seal.sha256}  ${name}\n`);
    assert.equal(manifest.hash, sha256(lines.sort().join("")));
  });

  it("is whole or refused, whichever step of writing it fails", async () => {
    await using dir = await makeTempDir();
    const whole = failingDisk(Number.POSITIVE_INFINITY);
    await writeSampleRun(dir.path("whole"), whole.disk);
    assert.ok(whole.steps() > 25, `only ${whole.steps()} steps`);
    for (let fatal = 1; fatal <= whole.steps(); fatal++) {
      const path = dir.path(`run-${fatal}`);
      const failure = await writeSampleRun(path, failingDisk(fatal).disk).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.ok(failure instanceof IotbError, `step ${fatal} failed unnoticed`);
      assert.equal(failure.code, "output-failed");
      assert.match(failure.message, /no space left on the device/, `step ${fatal}`);
      await rejectsWith(() => readRunDirectory(path), "bad-input-file", /./);
    }
  });

  it("is whole or refused, before whichever step of writing it the process is killed", async () => {
    await using dir = await makeTempDir();
    const whole = failingDisk(Number.POSITIVE_INFINITY);
    await writeSampleRun(dir.path("whole"), whole.disk);
    let refused = 0;
    for (let fatal = 1; fatal <= whole.steps(); fatal++) {
      const path = dir.path(`run-${fatal}`);
      await using disk = haltingDisk(fatal);
      void writeSampleRun(path, disk.disk);
      await disk.halted;
      const names = await readdir(path).catch((): string[] => []);
      if (names.includes("manifest.json")) {
        assert.equal((await readRunDirectory(path)).summary.verdict, "pass", `step ${fatal}`);
        continue;
      }
      refused++;
      await rejectsWith(
        () => readRunDirectory(path),
        "bad-input-file",
        /the run was cut|no run directory|no such file/,
      );
    }
    assert.equal(refused, whole.steps() - 1, "only the directory itself is synced after the manifest has its name");
  });

  it("that nothing was measured for is gone without a trace", async () => {
    await using dir = await makeTempDir();
    {
      await using writer = await createRunDirectory(dir.path("run"));
      await writer.begin("receipts.ndjson.gz", { gzip: true });
    }
    assert.deepEqual(await readdir(dir.path(".")), []);
  });

  it("that was there before stays, empty as it was", async () => {
    await using dir = await makeTempDir();
    await mkdir(dir.path("run"));
    {
      await using writer = await createRunDirectory(dir.path("run"));
      await writer.write("summary.json", ["{}"]);
    }
    assert.deepEqual(await readdir(dir.path("run")), []);
  });

  it("is refused where anything is in the way", async () => {
    await using dir = await makeTempDir();
    await writeSampleRun(dir.path("whole"));
    await mkdir(dir.path("cut"));
    await writeFile(dir.path("cut/log.txt.partial"), "");
    await mkdir(dir.path("other"));
    await writeFile(dir.path("other/notes"), "");
    await writeFile(dir.path("file"), "");
    const refused = (name: string, why: RegExp) =>
      rejectsWith(() => createRunDirectory(dir.path(name)), "output-failed", why);
    await refused("whole", /it holds a run already/);
    await refused("cut", /a run that was cut, or is still being written: there is no manifest\.json/);
    await refused("other", /it is not empty/);
    await refused("file", /it is no directory/);
    await refused("file/below", /a part of the path is not a directory/);
    await rejectsWith(() => createRunDirectory("/proc/iotb-run"), "output-failed", /\/proc\/iotb-run: /);
    assert.deepEqual(await readdir(dir.path("cut")), ["log.txt.partial"], "nothing was touched");
  });

  it("is written by one run at a time", async () => {
    await using dir = await makeTempDir();
    await using writer = await createRunDirectory(dir.path("run"));
    await rejectsWith(() => createRunDirectory(dir.path("run")), "output-failed", /still being written/);
    await writer.complete(SAMPLE_FACTS);
  });

  it("takes more than a gzip stream holds, in the order given", async () => {
    await using dir = await makeTempDir();
    await using writer = await createRunDirectory(dir.path("run"));
    const file = await writer.begin("receipts.ndjson.gz", { gzip: true });
    let expected = "";
    for (let i = 0; i < 40; i++) {
      const piece = `${sha256(String(i)).repeat(2_000)}\n`;
      expected += piece;
      await file.write(piece);
    }
    await writer.seal(file);
    assert.equal(gunzipSync(await readFile(dir.path("run/receipts.ndjson.gz"))).toString(), expected);
  });
});
