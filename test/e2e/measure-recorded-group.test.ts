import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { accountsOf, iotb, resultOf, startIotb } from "../support/measure-cli.js";
import { type ProxiedBroadcast, startMqttProxy } from "../support/measure-mqtt-proxy.js";
import { nameOf, startStage } from "../support/measure-platform-stage.js";
import { PRODUCT } from "../support/platform-start.js";

const COUNT = 6;
const DRAIN = ["--drain", "500ms", "--json"];
const LIMITS = { timeout: 240_000 };

it("a recorded subscribed broadcast has the account of a live one, ambiguous receipts included", LIMITS, async () => {
  await using stage = await startStage(COUNT);
  const lost = nameOf(stage.devices, 4);
  const group = `/broadcast/${PRODUCT}/group1`;
  const missesFirst = ({ deviceName, nth }: ProxiedBroadcast) => (deviceName === lost && nth === 1 ? "drop" : "pass");
  const files = [join(stage.dir, "group-receipts.ndjson"), join(stage.dir, "group-sent.ndjson")] as const;
  {
    await using proxy = await startMqttProxy(stage.mqtt, missesFirst);
    const fleet = ["--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url }), "-t", group];
    const recording = ["--receipts", files[0], "--limit", String(2 * COUNT - 1)];
    await using simulation = startIotb(["devices", "simulate", ...fleet, ...recording]);
    await simulation.saw("stderr", new RegExp(`online ${COUNT}/${COUNT}`));
    const calls = ["--endpoint", stage.pop, "--product-key", PRODUCT, "--topic-full-name", group];
    await iotb(["broadcast", stage.payloadFile, ...calls, "--count", "2", "-I", "700ms", "--log", files[1]]);
    assert.equal((await simulation.ended).code, 0);
  }
  await using proxy = await startMqttProxy(stage.mqtt, missesFirst);
  const fleet = ["--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url })];
  const flags = ["--broadcasts", "2", "--topic-full-name", group, ...DRAIN];
  const live = await iotb(["measure", stage.payloadFile, ...fleet, ...flags]);
  const recorded = await iotb(["measure", "--receipts", files[0], "--log", files[1], ...DRAIN]);
  assert.deepEqual([recorded.code, live.code], [7, 7]);
  assert.deepEqual(accountsOf(resultOf(recorded)), accountsOf(resultOf(live)));
  assert.equal(resultOf(recorded).total.ambiguous, 1);
});
