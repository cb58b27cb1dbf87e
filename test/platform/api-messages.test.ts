import assert from "node:assert/strict";
import { test } from "node:test";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { connectPacket5, nextPublish, openOnline, openWith, settle, subscribeTo } from "../support/platform-device.js";
import { callApi, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(3);
const NAME = "dev_000000";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

const ask = async (platform: LocalPlatform, more: Record<string, string> = {}): Promise<Record<string, unknown>> => {
  const parameters = {
    ProductKey: PRODUCT,
    DeviceName: NAME,
    RequestBase64Byte: base64("how are you?"),
    Timeout: "8000",
  };
  return (await callApi(platform, "RRpc", { ...parameters, ...more })).json;
};

test("RRpc answers with what the device says, once it says it", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
  await subscribeTo(device, [`/sys/${PRODUCT}/${NAME}/rrpc/request/+`]);
  const answer = ask(platform);
  const { topic, payload } = await nextPublish(device);
  assert.match(topic, new RegExp(`^/sys/${PRODUCT}/${NAME}/rrpc/request/\\d{19}$`));
  assert.equal(payload.toString(), "how are you?");
  const reply = { cmd: "publish", qos: 0, dup: false, retain: false, payload: Buffer.from("fine\xff") } as const;
  device.send({ ...reply, topic: topic.replace("request", "response") });
  const { Success, RrpcCode, PayloadBase64Byte } = await answer;
  assert.deepEqual([Success, RrpcCode, PayloadBase64Byte], [true, "SUCCESS", base64("fine\xff")]);
});

test("RRpc over a custom topic is answered there, and by nobody but the device that was asked", async () => {
  await using platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
  await using other = await openOnline(platform.mqttUrl, nth(devices, 1));
  await subscribeTo(device, ["/ext/rrpc/+/lamp/door"]);
  const answer = ask(platform, { Topic: "/lamp/door" });
  const { topic } = await nextPublish(device);
  const reply = { cmd: "publish", topic, qos: 0, dup: false, retain: false } as const;
  other.send({ ...reply, payload: Buffer.from("not me") });
  await settle(other);
  device.send({ ...reply, payload: Buffer.from("me") });
  assert.equal((await answer)["PayloadBase64Byte"], base64("me"));
});

test("RRpc to a device that is offline, or says nothing", async () => {
  await using platform = await startPlatform(devices);
  assert.equal((await ask(platform))["RrpcCode"], "OFFLINE");
  await using _device = await openOnline(platform.mqttUrl, nth(devices, 0));
  const { Success, RrpcCode, PayloadBase64Byte } = await ask(platform, { Timeout: "1000" });
  assert.deepEqual([Success, RrpcCode, PayloadBase64Byte], [true, "TIMEOUT", undefined]);
});

for (const Timeout of ["999", "8001", "1s", "-1000"]) {
  test(`RRpc with a timeout of ${Timeout} is refused`, async () => {
    await using platform = await startPlatform(devices);
    assert.equal((await ask(platform, { Timeout }))["Code"], "iot.common.InvalidFormattedParameter");
  });
}

test("a platform that stops does not wait for devices", async () => {
  const platform = await startPlatform(devices);
  await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
  await subscribeTo(device, [`/sys/${PRODUCT}/${NAME}/rrpc/request/+`]);
  const answer = ask(platform).catch((error: unknown) => error);
  await nextPublish(device);
  await platform[Symbol.asyncDispose]();
  await answer;
});

const batch = async (platform: LocalPlatform, more: Record<string, string>): Promise<Record<string, unknown>> => {
  const names = { "DeviceName.1": "dev_000000", "DeviceName.2": "dev_000002" };
  const parameters = { ProductKey: PRODUCT, MessageContent: base64("all of you"), ...names, ...more };
  return (await callApi(platform, "BatchPub", parameters)).json;
};

for (const more of [
  { TopicShortName: "get" },
  { TopicTemplateName: `/${PRODUCT}/${"$"}{deviceName}/user/get`, TopicShortName: "x", Qos: "0" },
]) {
  test(`BatchPub reaches the named devices by ${Object.keys(more)[0]}`, async () => {
    await using platform = await startPlatform(devices);
    for (const i of [0, 2]) {
      const device = await openOnline(platform.mqttUrl, nth(devices, i));
      await subscribeTo(device, [`/${PRODUCT}/${nth(devices, i).deviceName}/user/#`]);
      assert.equal((await batch(platform, more))["Success"], true);
      const { topic, payload } = await nextPublish(device);
      assert.deepEqual(
        [topic, payload.toString()],
        [`/${PRODUCT}/${nth(devices, i).deviceName}/user/get`, "all of you"],
      );
      await device[Symbol.asyncDispose]();
    }
  });
}

test("BatchPub refuses topics and lists that cannot be", async () => {
  await using platform = await startPlatform(devices);
  const code = async (more: Record<string, string>) => (await batch(platform, more))["Code"];
  const wrongTopic = "iot.messagebroker.InvalidFormattedTopicName";
  assert.equal(await code({}), "iot.messagebroker.NullTopicName");
  assert.equal(await code({ TopicShortName: "+" }), wrongTopic);
  assert.equal(await code({ TopicTemplateName: `/${PRODUCT}/dev_000000/user/get` }), wrongTopic);
  assert.equal(await code({ TopicTemplateName: `/other/${"$"}{deviceName}/user/get` }), wrongTopic);
  const TopicShortName = "get";
  assert.equal(await code({ TopicShortName, "DeviceName.2": "dev_000000" }), "iot.common.InvalidFormattedParameter");
  assert.equal(await code({ TopicShortName, Qos: "2" }), "iot.common.InvalidFormattedParameter");
  const long = base64("x".repeat(256 * 1024 + 1));
  assert.equal(await code({ TopicShortName, MessageContent: long }), "iot.common.InvalidFormattedParameter");
});

test("Pub hands an MQTT 5 device what the call gives beside the body, and a 3.1.1 device the body alone", async () => {
  await using platform = await startPlatform(devices);
  const topic = `/${PRODUCT}/${NAME}/user/get`;
  const publish = (more: Record<string, string>) =>
    callApi(platform, "Pub", { ProductKey: PRODUCT, TopicFullName: topic, MessageContent: base64("hi"), ...more });
  const extras = {
    "UserProp.1.Key": "colour",
    "UserProp.1.Value": "red",
    ResponseTopic: "/answers",
    CorrelationData: "42",
    MessageExpiryInterval: "60",
  };
  {
    const { device: opened } = await openWith(platform.mqttUrl, connectPacket5(nth(devices, 0)));
    await using device = opened;
    await subscribeTo(device, [topic]);
    assert.equal((await publish(extras)).json["Success"], true);
    const { payload, properties } = await nextPublish(device);
    assert.equal(payload.toString(), "hi");
    assert.deepEqual({ ...properties?.userProperties }, { colour: "red" });
    assert.deepEqual(
      [properties?.responseTopic, properties?.correlationData?.toString(), properties?.messageExpiryInterval],
      ["/answers", "42", 60],
    );
  }
  await using plain = await openOnline(platform.mqttUrl, nth(devices, 0));
  await subscribeTo(plain, [topic]);
  await publish(extras);
  const { payload, properties } = await nextPublish(plain);
  assert.deepEqual([payload.toString(), properties], ["hi", undefined]);
  for (const wrong of ["-1", "soon", "4294967296"]) {
    const { json } = await publish({ MessageExpiryInterval: wrong });
    assert.equal(json["Code"], "iot.common.InvalidFormattedParameter", wrong);
  }
});
