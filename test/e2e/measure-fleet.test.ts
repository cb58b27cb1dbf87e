import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { DeviceTriplet } from "../../src/domain/device.js";
import { iotb, onlyBroadcast, resultOf } from "../support/measure-cli.js";
import { startMqttProxy } from "../support/measure-mqtt-proxy.js";
import { type MeasureStage, startStage } from "../support/measure-platform-stage.js";

const COUNT = 4;

describe("a fleet that does not come online whole", { timeout: 30_000 }, () => {
  let stage: MeasureStage;
  let oneWrong: string;
  let allWrong: string;
  before(async () => {
    stage = await startStage(COUNT);
    const spoil = (device: DeviceTriplet) => ({ ...device, deviceSecret: "f".repeat(32) });
    oneWrong = await stage.writeDevices(
      "one-wrong.csv",
      stage.devices.map((device, i) => (i === 1 ? spoil(device) : device)),
    );
    allWrong = await stage.writeDevices("all-wrong.csv", stage.devices.map(spoil));
  });
  after(() => stage[Symbol.asyncDispose]());

  const measure = (devicesFile: string, ...flags: string[]) =>
    iotb(["measure", "--devices", devicesFile, ...stage.target(), "--linger", "50ms", "--json", ...flags]);

  // the connect timeout is 60 s and the test's own limit 30 s: it ends because nothing is left to wait for
  it("ends with exit code 5 and the reason as soon as every missing device was refused for good", async () => {
    const finished = await measure(oneWrong);
    const result = resultOf(finished);
    assert.equal(finished.code, 5, finished.stderr);
    assert.equal(result.verdict, "error");
    assert.deepEqual([result.fleet?.requested, result.fleet?.online], [COUNT, COUNT - 1]);
    assert.deepEqual(result.fleet?.failed, { "connack-5": 1 });
    assert.match(result.causes.join("\n"), /3 of 4 devices came online/);
    assert.match(result.causes.join("\n"), /connack-5/);
    assert.deepEqual(result.broadcasts, []);
  });

  it("says why nobody could connect when the time is up", async () => {
    const proxy = await startMqttProxy(stage.mqtt, () => "pass");
    await proxy[Symbol.asyncDispose]();
    const args = ["measure", "--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url })];
    const finished = await iotb([...args, "--connect-timeout", "500ms", "--json"]);
    const result = resultOf(finished);
    assert.equal(finished.code, 5, finished.stderr);
    assert.equal(result.fleet?.online, 0);
    assert.match(result.causes.join("\n"), /0 of 4 devices came online.*refused/i);
  });

  it("goes on with fewer where --wait-for-fleet allows it, and expects only those", async () => {
    const finished = await measure(oneWrong, "--wait-for-fleet", "50%");
    const result = resultOf(finished);
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual([onlyBroadcast(result).expected, onlyBroadcast(result).delivered], [COUNT - 1, COUNT - 1]);
  });

  it("never passes with nobody online: nothing was proved", async () => {
    const finished = await measure(allWrong, "--wait-for-fleet", "0%");
    const result = resultOf(finished);
    assert.equal(finished.code, 7, finished.stdout);
    assert.equal(result.verdict, "invalid");
    assert.equal(result.total.expected, 0);
  });
});
