import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { DeviceTriplet } from "../../src/domain/device.js";
import { documentOf, type Finished, iotb, onlyBroadcast, resultOf, startIotb } from "../support/measure-cli.js";
import { type MeasureStage, nameOf, startStage } from "../support/measure-platform-stage.js";
import { startPopProxy } from "../support/measure-pop-proxy.js";
import { openOnline, type RawDevice, settle } from "../support/platform-device.js";
import { nth, PRODUCT } from "../support/platform-start.js";

/** The guards hold as they do off this machine. */
const REHEARSED = { env: { IOTB_GUARD_LOOPBACK: "1" } };
const OWN = 3;

describe("the guards of a target that is not loopback", { timeout: 240_000 }, () => {
  let stage: MeasureStage;
  let own: DeviceTriplet;
  let foreign: DeviceTriplet;
  before(async () => {
    stage = await startStage(OWN + 1);
    own = nth(stage.devices, 1);
    foreign = nth(stage.devices, OWN);
  });
  after(() => stage[Symbol.asyncDispose]());

  const fleet = (by?: { readonly pop?: string }) => [
    "--devices",
    stage.devicesFile,
    "-c",
    String(OWN),
    ...stage.target(by),
    "-R",
    "100/s",
  ];
  const measureArgs = (...flags: string[]) => [
    ...["measure", stage.payloadFile, ...fleet(), "--linger", "50ms", "--json"],
    ...flags,
  ];
  const measure = (...flags: string[]) => iotb(measureArgs(...flags), REHEARSED);
  const confirmed = ["--confirm-product", PRODUCT];

  const assertRefused = (finished: Finished, why: RegExp): void => {
    assert.equal(finished.code, 2, finished.stdout + finished.stderr);
    const { code, message, hint } = documentOf(finished);
    assert.equal(code, "guard");
    assert.match(String(message), why);
    assert.ok(typeof hint === "string" && hint.length > 0);
  };
  /** Passes only if nobody took the device over meanwhile. */
  const assertStillOnline = (device: RawDevice): Promise<void> => settle(device);

  it("let a run pass that names its message and its product", async () => {
    const finished = await measure(...confirmed);
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(onlyBroadcast(resultOf(finished)).delivered, OWN);
  });

  it("refuse a message that nobody chose", async () => {
    const args = ["measure", ...fleet(), ...confirmed, "--json"];
    assertRefused(await iotb(args, REHEARSED), /payload file/);
  });

  it("refuse without a confirmation, and --yes is none", async () => {
    assertRefused(await measure(), /needs your confirmation/);
    assertRefused(await measure("--yes"), /--yes counts on this machine only/);
  });

  it("refuse the confirmation of another product", async () => {
    assertRefused(await measure("--confirm-product", "b9Z8y7X6w5V"), /b9Z8y7X6w5V is not the product/);
  });

  it("refuse to reach a stranger's device, unless --reach-others", async () => {
    await using stranger = await openOnline(stage.mqtt, foreign);
    assertRefused(await measure(...confirmed), /1 devices of the product are online and this run holds 0/);
    const finished = await measure(...confirmed, "--reach-others");
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(onlyBroadcast(resultOf(finished)).expected, OWN, "the stranger's device is not this run's");
    const got = await stranger.next();
    assert.equal(got.cmd, "publish");
  });

  it("look again before the first broadcast, and count only their own devices that did come online", async () => {
    const devicesFile = await stage.writeDevices(
      "one-wrong.csv",
      stage.devices.slice(0, OWN).map((device, i) => (i === 0 ? { ...device, deviceSecret: "f".repeat(32) } : device)),
    );
    let stranger: Promise<RawDevice> | null = null;
    // the stranger comes online after the first look
    await using api = await startPopProxy(stage.pop, ({ action }) => {
      if (action !== "BatchGetDeviceState") return { kind: "forward" };
      stranger ??= openOnline(stage.mqtt, foreign);
      return { kind: "hold", until: stranger };
    });
    const args = [
      "measure",
      stage.payloadFile,
      "--devices",
      devicesFile,
      ...stage.target({ pop: api.url }),
      "-R",
      "100/s",
    ];
    const finished = await iotb([...args, ...confirmed, "--wait-for-fleet", "50%", "--json"], REHEARSED);
    await using _stranger = await (stranger ?? Promise.reject(new Error("the states were never asked")));
    const result = resultOf(finished);
    assert.equal(finished.code, 2, finished.stdout);
    assert.match(result.causes.join("\n"), /3 devices of the product are online and this run holds 2/);
    assert.equal(api.calls("PubBroadcast"), 0);
  });

  it("refuse to kick off a device that is online elsewhere, and do not, unless --take-over", async () => {
    await using elsewhere = await openOnline(stage.mqtt, own);
    const refused = await measure(...confirmed, "--reach-others");
    assertRefused(refused, new RegExp(`1 of these devices is online elsewhere.*: ${own.deviceName}$`));
    await assertStillOnline(elsewhere);
    const taken = await measure(...confirmed, "--take-over");
    assert.equal(taken.code, 0, taken.stderr);
    const left = await elsewhere.ended();
    assert.ok(left.some((packet) => packet.cmd === "publish" && packet.topic === "/ext/notify"));
  });

  it("refuse where the platform does not say who is online", async () => {
    const body = { RequestId: "r", Success: false, Code: "Forbidden.RAM", ErrorMessage: "no" };
    await using api = await startPopProxy(stage.pop, ({ action }) =>
      action === "BatchGetDeviceState" ? { kind: "answer", status: 403, body } : { kind: "forward" },
    );
    const args = ["measure", stage.payloadFile, ...fleet({ pop: api.url }), ...confirmed, "--json"];
    assertRefused(await iotb(args, REHEARSED), /could not be asked/);
    assert.equal(api.calls("PubBroadcast"), 0);
  });

  it("keep devices simulate from kicking likewise", async () => {
    await using elsewhere = await openOnline(stage.mqtt, own);
    const args = ["devices", "simulate", ...fleet(), "--duration", "100ms", "--json"];
    assertRefused(await iotb(args, REHEARSED), new RegExp(own.deviceName));
    await assertStillOnline(elsewhere);
    const taken = await iotb([...args, "--take-over"], REHEARSED);
    assert.equal(taken.code, 0, taken.stderr);
    assert.equal(documentOf(taken)["online"], OWN);
    await elsewhere.ended();
  });

  it("stop a run at the first kick, which names the device and is not returned", async () => {
    const flags = ["--broadcasts", "500", "--verbose", ...confirmed];
    await using run = startIotb(["measure", stage.payloadFile, ...fleet(), "--linger", "50ms", ...flags], REHEARSED);
    await run.saw("stdout", /^1 +\d{19}/m);
    await using other = await openOnline(stage.mqtt, own);
    const { code, stdout } = await run.ended;
    assert.equal(code, 2, stdout);
    assert.match(stdout, /^verdict +ERROR$/m);
    assert.match(stdout, new RegExp(`${own.deviceName} was kicked off`));
    await assertStillOnline(other);
  });

  for (const command of ["measure", "simulate"] as const) {
    it(`on loopback too, a kick stops ${command}, even with --reconnect backoff`, async () => {
      const flags = [...fleet(), "--reconnect", "backoff"];
      const args =
        command === "measure"
          ? ["measure", ...flags, "--broadcasts", "500", "--linger", "50ms"]
          : ["devices", "simulate", ...flags];
      await using run = startIotb(args);
      await (command === "measure" ? run.saw("stdout", /^1 +\d{19}/m) : run.saw("stderr", /online 3\/3/));
      await using other = await openOnline(stage.mqtt, own);
      const { code, stdout, stderr } = await run.ended;
      assert.equal(code, 2, stdout + stderr);
      assert.match(stdout + stderr, new RegExp(`${nameOf(stage.devices, 1)} was kicked off`));
      await assertStillOnline(other);
    });
  }
});
