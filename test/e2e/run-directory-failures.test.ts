import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import { readRunDirectory } from "../../src/files/run-directory.js";
import { rejectsWith } from "../support/cli-fails-with.js";
import { IOTB, runIotb, startIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";

const LOCAL = ["measure", "--local", "-c", "100"];

/** A place of a few pages, mounted for one command only: its directory is copied to `kept` before it is gone. */
const onSmallDisk = (scratch: Scratch, options: string, iotb: readonly string[]) => {
  const script = `
    mount -t tmpfs -o "$1" tmpfs "$2" || exit 77
    disk=$2 kept=$3; shift 3
    "$@"
    code=$?
    cp -r "$disk" "$kept"
    exit $code`;
  const [disk, kept] = [scratch.at("disk"), scratch.at("kept")];
  spawnSync("mkdir", [disk]);
  const args = ["-m", "sh", "-c", script, "sh", options, disk, kept, process.execPath, IOTB, ...iotb];
  return spawnSync("unshare", args, { encoding: "utf8", env: { PATH: process.env["PATH"], HOME: "/nonexistent" } });
};

/** Why no small disk can be mounted here, or false. */
const noSmallDisk = (() => {
  using scratch = new Scratch();
  const { status } = onSmallDisk(scratch, "size=16k", ["--version"]);
  return status === 0 ? false : "needs root and mount namespaces: unshare -m, mount -t tmpfs";
})();

describe("a run directory that cannot be written", { timeout: 120_000 }, () => {
  it("costs no run where that shows before it begins", async () => {
    using scratch = new Scratch();
    scratch.write("file", "");
    scratch.write("used", "");
    for (const [out, why] of [
      ["/proc/iotb-run", /error: \/proc\/iotb-run: /],
      [scratch.at("file"), /file: it is no directory/],
      [scratch.at("file", "below"), /a part of the path is not a directory/],
      [scratch.path, /it is not empty/],
    ] as const) {
      const { code, stdout, stderr } = await runIotb([...LOCAL, "--out", out]);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, why);
      assert.doesNotMatch(stderr, /target LOCAL/, "nothing was started");
    }
    assert.deepEqual(readdirSync(scratch.path).sort(), ["file", "used"]);
  });

  it("nor does a report's file", async () => {
    using scratch = new Scratch();
    const absent = await runIotb([...LOCAL, "--hdr", scratch.at("absent", "x.hgrm"), "--out", scratch.at("run")]);
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /x\.hgrm: no such file\nhint: make its directory first/);
    assert.equal(existsSync(scratch.at("run")), false);
  });

  it("leaves nothing behind where the run was never begun, and a rehearsal makes none", async () => {
    using scratch = new Scratch();
    const out = ["--out", scratch.at("run"), "--hdr", scratch.at("x.hgrm")];
    const refused = await runIotb([...LOCAL, ...out, "--threshold", "p999<1ms", "--broadcasts", "1"]);
    assert.equal(refused.code, 2, refused.stderr);
    const rehearsed = await runIotb([...LOCAL, ...out, "--dry-run"]);
    assert.equal(rehearsed.code, 0, rehearsed.stderr);
    assert.deepEqual(readdirSync(scratch.path), []);
  });

  it("is a cause of the result, which is printed all the same", {
    skip: !existsSync("/dev/full") && "no /dev/full",
  }, async () => {
    const { code, stdout } = await runIotb([...LOCAL, "--broadcasts", "1", "--json", "--hdr", "/dev/full"]);
    assert.equal(code, 2);
    const result = JSON.parse(stdout) as MeasureResult;
    assert.equal(result.verdict, "error");
    assert.deepEqual(result.causes, ["/dev/full: no space left on the device"]);
    assert.equal(result.total.delivered, 100);
  });

  it("on a disk that fills up has no manifest; the measurement goes on to its end", { skip: noSmallDisk }, async () => {
    using scratch = new Scratch();
    const disk = scratch.at("disk", "run");
    const run = ["measure", "--local", "-c", "300", "--broadcasts", "3", "--json", "--out", disk];
    const { status, stdout, stderr } = onSmallDisk(scratch, "size=16k", run);
    assert.equal(status, 2, stderr);
    const result = JSON.parse(stdout) as MeasureResult;
    assert.equal(result.verdict, "error");
    assert.equal(result.total.delivered, 900, "the account is whole");
    assert.match(result.causes.join(), /the run directory is not whole: .*: no space left on the device/);
    await rejectsWith(() => readRunDirectory(scratch.at("kept", "run")), "bad-input-file", /the run was cut/);
  });

  it("on a read-only disk costs no run", { skip: noSmallDisk }, () => {
    using scratch = new Scratch();
    const { status, stdout, stderr } = onSmallDisk(scratch, "ro", [...LOCAL, "--out", scratch.at("disk", "run")]);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /the file system is read-only\nhint: name a directory that can be written to/);
    assert.doesNotMatch(stderr, /target LOCAL/);
  });

  it("because the command was killed is known for what it is, and never written over", async () => {
    using scratch = new Scratch();
    const out = scratch.at("run");
    {
      await using program = startIotb([...LOCAL, "--broadcasts", "1000", "--out", out]);
      await program.printed(/^2 .*100\/100/m);
      program.child.kill("SIGKILL");
      await program.ended;
    }
    assert.deepEqual(readdirSync(out).sort(), ["log.txt.partial", "receipts.ndjson.gz.partial"]);
    await rejectsWith(
      () => readRunDirectory(out),
      "bad-input-file",
      /the run was cut .* there are only log\.txt\.partial, receipts\.ndjson\.gz\.partial/,
    );
    const again = await runIotb([...LOCAL, "--out", out]);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /it holds a run that was cut, or is still being written/);
  });

  it("because of Ctrl-C is whole: what was seen until then", async () => {
    using scratch = new Scratch();
    const out = scratch.at("run");
    await using program = startIotb([...LOCAL, "--broadcasts", "1000", "--out", out]);
    await program.printed(/^2 .*100\/100/m);
    program.child.kill("SIGINT");
    const { code } = await program.ended;
    assert.equal(code, 130);
    const { summary, account } = await readRunDirectory(out);
    assert.equal(summary.verdict, "interrupted");
    assert.ok(account.broadcasts.length >= 2);
    assert.match(scratch.read("run/log.txt"), /Z {2}stopping$/m);
  });
});
