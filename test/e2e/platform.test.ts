import assert from "node:assert/strict";
import { test } from "node:test";
import { createPopClient } from "../../src/cloud/pop-client.js";
import { mustFail } from "../support/e2e-failure.js";
import { DEVICES_4, PRODUCT, startPlatformProgram } from "../support/e2e-platform.js";
import { runIotb, startIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";
import { answers } from "../support/mqtt-foreign-peers.js";

const FREE = ["--mqtt-port", "0", "--pop-port", "0"];

test("the ready line of --json has its keys, on one line", async () => {
  await using platform = await startPlatformProgram({ args: ["--instance-id", "iot-lab"] });
  const { mqtt, pop } = platform.ready;
  assert.deepEqual(JSON.parse(platform.program.stdout), {
    schema: "iotb.platform/1",
    ready: true,
    mqtt,
    mqttEndpoints: [mqtt],
    mqtts: null,
    ws: null,
    ca: null,
    pop,
    instanceId: "iot-lab",
    productKeys: [PRODUCT],
    devices: 4,
    accessKeyId: "iotb-local",
  });
  assert.match(mqtt, /^mqtt:\/\/127\.0\.0\.1:[1-9]\d+$/);
  assert.match(pop, /^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
});

test("the ready text says where, which instance and which key, and hides a key of one's own", async () => {
  await using own = startIotb(["platform", "--devices", DEVICES_4, ...FREE], { env: { IOTB_ACCESS_KEY: "me:canary" } });
  await own.printed(/stop it with Ctrl-C/);
  assert.match(own.stdout, /^local platform ready: 4 devices of g6palBDnzyT\n {2}MQTT +mqtt:\/\/127\.0\.0\.1:\d+/);
  assert.match(
    own.stdout,
    /\n {2}API +http:\/\/127\.0\.0\.1:\d+\n {2}instance +iot-local\n {2}AccessKey me, the secret/,
  );
  const ended = await own.interrupt();
  assert.doesNotMatch(ended.stdout + ended.stderr, /canary/);
  await using bare = startIotb(["platform", ...FREE]);
  await bare.printed(/0 devices of no product yet/);
  await bare.printed(/AccessKey iotb-local with the published secret iotb-local/);
});

test("Ctrl-C stops it with 130 and frees both ports", async () => {
  await using platform = await startPlatformProgram();
  const ports = [platform.ready.mqtt, platform.ready.pop].map((url) => Number(new URL(url).port));
  assert.deepEqual(await Promise.all(ports.map(answers)), [true, true]);
  const { code, stderr } = await platform.program.interrupt();
  assert.equal(code, 130);
  assert.match(stderr, /stopped after 0 logins, 0 broadcasts, 0 deliveries/);
  assert.deepEqual(await Promise.all(ports.map(answers)), [false, false]);
  const [mqtt = 0] = ports;
  await using again = await startPlatformProgram({ mqttPort: mqtt });
  assert.equal(Number(new URL(again.ready.mqtt).port), mqtt);
});

test("SIGTERM is Ctrl-C", async () => {
  await using platform = await startPlatformProgram();
  platform.program.child.kill("SIGTERM");
  assert.equal((await platform.program.ended).code, 130);
});

test("other machines are not let in with a key or a secret that everybody knows", async () => {
  const bind = ["platform", "--bind", "0.0.0.0", ...FREE];
  const guard = { code: 2, error: /--bind 0\.0\.0\.0 lets other machines in, and the default AccessKey is published/ };
  await mustFail(bind, { ...guard, hint: /IOTB_ACCESS_KEY/ });
  await mustFail([...bind, "--devices", DEVICES_4], guard);
  const env = { IOTB_ACCESS_KEY: "me:canary-secret" };
  const published = { code: 2, error: /the secret of dk001 is published/, hint: /iotb devices generate/ };
  const { stderr } = await mustFail([...bind, "--devices", DEVICES_4], { ...published, env });
  assert.doesNotMatch(stderr, /canary|9d1f0c3b/);
});

test("bound off loopback without TLS, no action answers a DeviceSecret", async () => {
  using scratch = new Scratch();
  const file = scratch.at("own.csv");
  await runIotb(["devices", "generate", "-c", "1", "--output", file]);
  // reached at 127.0.0.1 only; what counts is the address it listens on
  const open = { devices: file, accessKey: "me:secret", args: ["--bind", "0.0.0.0"] };
  await using platform = await startPlatformProgram(open);
  const endpoint = platform.ready.pop.replace("0.0.0.0", "127.0.0.1");
  const client = createPopClient({ endpoint, accessKeyId: "me", accessKeySecret: "secret" });
  const { signal } = new AbortController();
  await assert.rejects(client.call("RegisterDevice", { ProductKey: PRODUCT, DeviceName: "dk999" }, { signal }), {
    code: "api-refused",
  });
  await assert.rejects(client.call("QueryDeviceDetail", { ProductKey: PRODUCT, DeviceName: "dk001" }, { signal }), {
    code: "api-refused",
  });
  await using local = await startPlatformProgram();
  const here = createPopClient({ endpoint: local.ready.pop, accessKeyId: "iotb-local", accessKeySecret: "iotb-local" });
  const made = await here.call("RegisterDevice", { ProductKey: PRODUCT, DeviceName: "dk999" }, { signal });
  assert.match(JSON.stringify(made), /"DeviceSecret":"[0-9a-f]{32}"/);
});
