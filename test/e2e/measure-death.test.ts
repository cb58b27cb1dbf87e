import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { iotb, resultOf, startIotb } from "../support/measure-cli.js";
import { startStage } from "../support/measure-platform-stage.js";
import { startPopProxy } from "../support/measure-pop-proxy.js";
import { endOf, LONG_RUN, pidsOf, platformPid } from "../support/measure-processes.js";
import { PRODUCT, triplets } from "../support/platform-start.js";

describe("a process of the fleet that is killed", { timeout: 240_000 }, () => {
  it("while a broadcast is in flight makes its devices unknown and the run invalid", async () => {
    // rows take turns: each process holds devices of both products
    const [own, others] = [triplets(10), triplets(6, "b9Z8y7X6w5V")];
    await using stage = await startStage(
      0,
      own.flatMap((device, i) => [device, ...others.slice(i, i + 1)]),
    );
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using api = await startPopProxy(stage.pop, ({ action, nth }) =>
      action === "PubBroadcast" && nth === 2 ? { kind: "hold", until: held } : { kind: "forward" },
    );
    const flags = [
      "--workers",
      "2",
      "--broadcasts",
      "5",
      "--linger",
      "50ms",
      "--drain",
      "500ms",
      "--verbose",
      "--json",
    ];
    await using run = startIotb([
      ...["measure", "--devices", stage.devicesFile],
      ...[...stage.target({ pop: api.url }), "--product-key", PRODUCT],
      ...flags,
    ]);
    const pids = await pidsOf(run, 2);
    await api.answered("PubBroadcast", 2);
    process.kill(pids[1] ?? -1, "SIGKILL");
    release();
    const finished = await endOf(run, pids);
    const result = resultOf(finished);
    const [first, second] = result.broadcasts;
    assert.equal(finished.code, 7);
    assert.equal(result.verdict, "invalid");
    assert.equal(first?.delivered, 10);
    assert.deepEqual([second?.expected, second?.delivered, second?.missing, second?.unknown], [10, 4, 0, 6]);
    assert.equal(result.broadcasts.length, 2, "nothing more is sent");
    assert.match(result.causes.join("\n"), /died \(SIGKILL\).*8 devices/);
  });

  it("after the first broadcast's line ends the run as invalid, and everything with it", async () => {
    await using run = startIotb(LONG_RUN);
    const pids = [...(await pidsOf(run, 2)), await platformPid(run)];
    await run.saw("stdout", /^1 +\d{19} +20\/20/m);
    process.kill(pids[0] ?? -1, "SIGKILL");
    const { code, stdout } = await endOf(run, pids);
    assert.equal(code, 7, stdout);
    assert.match(stdout, /^verdict +INVALID$/m);
    assert.doesNotMatch(stdout, /PASS/);
  });

  it("while the fleet connects makes the run invalid too, not interrupted", async () => {
    const flags = ["-c", "20", "--workers", "2", "-R", "1/s", "--json", "--verbose"];
    await using run = startIotb(["measure", "--local", ...flags]);
    const pids = [...(await pidsOf(run, 2)), await platformPid(run)];
    process.kill(pids[0] ?? -1, "SIGKILL");
    const finished = await endOf(run, pids);
    assert.equal(finished.code, 7, finished.stdout);
    assert.equal(resultOf(finished).verdict, "invalid");
  });
});

describe("a local platform that is killed", { timeout: 240_000 }, () => {
  it("ends the run: no pass, no hang, nothing left", async () => {
    await using run = startIotb([...LONG_RUN, "--json"]);
    const pids = [...(await pidsOf(run, 2)), await platformPid(run)];
    await run.saw("stderr", /fleet process 1/);
    process.kill(pids[2] ?? -1, "SIGKILL");
    const finished = await endOf(run, pids);
    const result = resultOf(finished);
    assert.equal(finished.code, 7, finished.stdout);
    assert.equal(result.verdict, "invalid");
    assert.match(
      result.causes.join("\n"),
      /local platform ended during the run \(SIGKILL\): \d+ of \d+ devices were online at the most/,
    );
  });

  it("in the middle of a run keeps what was seen", async () => {
    await using run = startIotb(LONG_RUN);
    const pids = [...(await pidsOf(run, 2)), await platformPid(run)];
    await run.saw("stdout", /^1 +\d{19} +20\/20/m);
    process.kill(pids[2] ?? -1, "SIGKILL");
    const { code, stdout } = await endOf(run, pids);
    assert.equal(code, 7, stdout);
    assert.match(stdout, /^verdict +INVALID$/m);
  });
});

describe("the coordinator that is killed", { timeout: 240_000 }, () => {
  it("takes its children with it", async () => {
    await using run = startIotb(LONG_RUN);
    await pidsOf(run, 2);
    await platformPid(run);
    await run.saw("stdout", /^1 +\d{19} +20\/20/m);
    run.kill("SIGKILL");
    // its children hold its stderr: this resolves only when the last of them is gone
    const { code, signal } = await run.ended;
    assert.deepEqual([code, signal], [null, "SIGKILL"]);
  });

  it("as it starts its children takes those with it too", async () => {
    await using run = startIotb(LONG_RUN);
    await run.saw("stderr", /^target LOCAL/m);
    run.kill("SIGKILL");
    assert.equal((await run.ended).signal, "SIGKILL");
  });
});

describe("devices simulate", { timeout: 240_000 }, () => {
  it("ends with exit code 7 when one of its processes is killed", async () => {
    await using stage = await startStage(4);
    const fleet = ["--devices", stage.devicesFile, ...stage.target(), "--workers", "2"];
    await using run = startIotb(["devices", "simulate", ...fleet, "--verbose"]);
    await run.saw("stderr", /online 4\/4/);
    const [pid] = await pidsOf(run, 2);
    process.kill(pid ?? -1, "SIGKILL");
    const { code, stderr } = await run.ended;
    assert.equal(code, 7, stderr);
    assert.match(stderr, /a process of the fleet died \(SIGKILL\): its 2 devices are gone/);
  });

  it("leaves nothing behind when it is killed", async () => {
    await using stage = await startStage(4);
    await using run = startIotb(["devices", "simulate", "--devices", stage.devicesFile, ...stage.target()]);
    await run.saw("stderr", /online 4\/4/);
    run.kill("SIGKILL");
    assert.equal((await run.ended).signal, "SIGKILL");
    // the platform is not taken with it, and lets the same devices in again
    const flags = ["--devices", stage.devicesFile, ...stage.target(), "--linger", "50ms", "--json"];
    assert.equal((await iotb(["measure", ...flags])).code, 0);
  });
});
