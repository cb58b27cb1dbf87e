import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PROBE_QUESTIONS } from "../../src/app/probe-questions.js";
import { formatTriplets } from "../../src/protocol/triplet-csv.js";
import { startPlatform } from "../../src/start-platform.js";
import { runCli } from "../support/cli-run.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

/** Runs the probe against a platform of its own with so many test devices. */
const probe = async (count: number, ...more: string[]) => {
  await using dir = await makeTempDir();
  await using platform = await startPlatform({ devices: count });
  const devices = await dir.write("t.csv", formatTriplets(platform.devices));
  const target = ["--endpoint", platform.popUrl, "--host", platform.mqttUrl, "--instance-id", platform.instanceId];
  const run = await runCli(["probe", "--devices", devices, ...target, "--json", ...more]);
  return { ...run, platform, counters: platform.counters() };
};

const answersIn = (stdout: string): Record<string, { answer: string | null; why: string | null }> => {
  const { schema, answers } = JSON.parse(stdout);
  assert.equal(schema, "iotb.probe/1");
  return Object.fromEntries(answers.map((one: { id: string }) => [one.id, one]));
};

describe("iotb probe", () => {
  it("finds what the local platform does about every open question", async () => {
    const { code, stdout, stderr, platform, counters } = await probe(3);
    assert.equal(code, 0, stderr);
    const answers = answersIn(stdout);
    assert.deepEqual(Object.keys(answers).sort(), Object.keys(PROBE_QUESTIONS).sort());
    const expected: Record<string, RegExp> = {
      "error-http-status": /^HTTP 200 iot\.prod\.NotExistedProduct$/,
      "gateway-order":
        /time expired, signature wrong: HTTP 400 InvalidTimeStamp\.Expired; signature wrong, action unknown: HTTP 400 SignatureDoesNotMatch$/,
      "format-default": /^json, HTTP 400 InvalidParameter\.Format$/,
      "get-url-length": /^90000 characters of padding pass$/,
      "success-members": /^HTTP 200 no code; RequestId, Success, MessageId/,
      "message-id-time": /^the id's time .* are -?\d{1,4} ms apart$/,
      "broadcast-qos": /^QoS 0$/,
      "over-quota": /^HTTP 200 no code$/,
      "subscribed-delivery": /^1 copy$/,
      "too-large": /^HTTP 200 iot\./,
      "short-keep-alive": /^connack-3$/,
      "long-keep-alive": /^online$/,
      "plain-tcp": /^online$/,
      "kick-notice": /^a notice with QoS 0$/,
    };
    for (const [id, wanted] of Object.entries(expected)) assert.match(answers[id]?.answer ?? "", wanted, id);
    assert.equal(counters.broadcasts, 3);
    const { host } = new URL(platform.popUrl);
    const private_ = [platform.productKey, platform.instanceId, host, "iotb-local:", "Signature="];
    for (const { deviceName, deviceSecret } of platform.devices) private_.push(deviceName, deviceSecret);
    for (const text of private_) assert.ok(!stdout.includes(text), text);
  });

  it("says what a second device would tell", async () => {
    const { code, stdout } = await probe(1);
    const answers = answersIn(stdout);
    assert.equal(code, 0);
    assert.deepEqual(answers["kick-notice"]?.answer, null);
    assert.match(answers["kick-notice"]?.why ?? "", /second test device/);
  });

  it("is guarded like a broadcast", async () => {
    await using dir = await makeTempDir();
    await using platform = await startPlatform({ devices: 1 });
    const devices = await dir.write("t.csv", formatTriplets(platform.devices));
    const args = ["probe", "--devices", devices, "--endpoint", platform.popUrl, "--host", platform.mqttUrl];
    const { code, stderr } = await runCli(args, { env: { IOTB_GUARD_LOOPBACK: "1" } });
    assert.equal(code, 2);
    assert.match(stderr, /needs your confirmation/);
    assert.deepEqual([platform.counters().broadcasts, platform.counters().connects], [0, 0]);
  });

  it("asks nothing where the product cannot be found", async () => {
    await using dir = await makeTempDir();
    await using platform = await startPlatform({ devices: 1 });
    const row = { productKey: "pk", deviceName: "dk001", deviceSecret: "0123456789abcdef0123456789abcdef" };
    const devices = await dir.write("t.csv", formatTriplets([row]));
    const args = ["probe", "--devices", devices, "--host", platform.mqttUrl, "--json"];
    assert.equal((await runCli([...args, "--endpoint", "http://127.0.0.1:1"])).code, 3);
    const { code, stdout } = await runCli([...args, "--endpoint", platform.popUrl]);
    assert.deepEqual([code, JSON.parse(stdout).code], [3, "api-refused"]);
    assert.deepEqual([platform.counters().apiCalls, platform.counters().connects], [1, 0]);
  });
});
