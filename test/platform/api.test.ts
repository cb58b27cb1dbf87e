import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import RPCClient from "@alicloud/pop-core";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { httpCall } from "../support/http-call.js";
import { nextPublish, openOnline } from "../support/platform-device.js";
import {
  ACCESS_KEY,
  callApi,
  nth,
  PRODUCT,
  postForm,
  signedCall,
  startPlatform,
  triplets,
} from "../support/platform-start.js";

const devices = triplets(3);
const CONTENT = Buffer.from("hello world ~*!'()").toString("base64");

const client = (platform: LocalPlatform, secret = ACCESS_KEY.accessKeySecret, id = ACCESS_KEY.accessKeyId): RPCClient =>
  new RPCClient({ endpoint: platform.popUrl, apiVersion: "2018-01-20", accessKeyId: id, accessKeySecret: secret });

/** What pop-core throws, as far as the tests look. */
type PopError = Error & { code: string; data: Record<string, string>; entry: { response: { statusCode: number } } };

const failure = async (call: Promise<unknown>): Promise<PopError> => {
  try {
    await call;
  } catch (thrown) {
    assert.ok(thrown instanceof Error && !String(thrown.message).includes(ACCESS_KEY.accessKeySecret));
    return thrown as PopError;
  }
  return assert.fail("the call succeeded");
};

for (const method of ["GET", "POST", "post"]) {
  test(`pop-core broadcasts 65,536 bytes of 0xFF by ${method}`, async () => {
    await using platform = await startPlatform(devices);
    await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
    const content = Buffer.alloc(65_536, 0xff);
    const parameters = { ProductKey: PRODUCT, IotInstanceId: "iot-test", MessageContent: content.toString("base64") };
    const answer = await client(platform).request<Record<string, unknown>>("PubBroadcast", parameters, { method });
    assert.equal(answer["Success"], true);
    assert.match(String(answer["RequestId"]), /^[0-9A-F-]{36}$/);
    const { topic, payload } = await nextPublish(device);
    assert.ok(content.equals(payload));
    assert.ok(topic.endsWith(`/${String(answer["MessageId"])}`));
  });
}

test("MessageId of PubBroadcast is an unquoted integer", async () => {
  await using platform = await startPlatform(devices);
  const { text } = await callApi(platform, "PubBroadcast", { ProductKey: PRODUCT, MessageContent: CONTENT });
  assert.match(text, /^\{"RequestId":"[0-9A-F-]{36}","Success":true,"MessageId":\d{19}\}$/);
});

const gatewayCases: [name: string, changes: Record<string, string>, status: number, code: string][] = [
  ["no action", { Action: "" }, 400, "MissingParameter"],
  ["an unknown action", { Action: "LaunchRocket" }, 404, "InvalidAction.NotFound"],
  ["an action of every object", { Action: "__proto__" }, 404, "InvalidAction.NotFound"],
  ["another version", { Version: "2017-04-20" }, 400, "InvalidVersion"],
  ["XML", { Format: "XML" }, 400, "InvalidParameter.Format"],
  ["another signature method", { SignatureMethod: "HMAC-SHA256" }, 400, "InvalidSignatureMethod"],
  ["no nonce", { SignatureNonce: "" }, 400, "MissingSignatureNonce"],
  ["an old timestamp", { Timestamp: "2020-01-01T00:00:00Z" }, 400, "InvalidTimeStamp.Expired"],
  ["a timestamp of the future", { Timestamp: "2199-01-01T00:00:00Z" }, 400, "InvalidTimeStamp.Expired"],
  ["a timestamp of another form", { Timestamp: "yesterday" }, 400, "InvalidTimeStamp.Format"],
  ["an unknown access key", { AccessKeyId: "nobody" }, 404, "InvalidAccessKeyId.NotFound"],
  ["no product key", { ProductKey: "" }, 400, "MissingProductKey"],
  ["no content", { MessageContent: "" }, 400, "MissingMessageContent"],
];

for (const [name, changes, status, code] of gatewayCases) {
  test(`${name} is refused: ${code}`, async () => {
    await using platform = await startPlatform(devices);
    const form = signedCall("PubBroadcast", { ProductKey: PRODUCT, MessageContent: CONTENT, ...changes });
    const answer = await postForm(platform, form);
    assert.equal(answer.status, status);
    assert.equal(answer.json["Code"], code);
    assert.equal(answer.json["HostId"], new URL(platform.popUrl).host);
    assert.deepEqual(Object.keys(answer.json), ["RequestId", "HostId", "Code", "Message", "Recommend"]);
    assert.deepEqual(platform.counters().apiRefused, { [code]: 1 });
  });
}

const businessCases: [name: string, changes: Record<string, string>, code: string][] = [
  ["an unknown product", { ProductKey: "nobody" }, "iot.prod.NotExistedProduct"],
  ["another instance", { IotInstanceId: "iot-other" }, "iot.system.InstanceNotFound"],
  ["content that is no base64", { MessageContent: "a b!" }, "iot.messagebroker.MessageContentIsNotBase64Encode"],
  ["content cut short", { MessageContent: "aGVsbG8" }, "iot.messagebroker.MessageContentIsNotBase64Encode"],
  [
    "content over 64 KB",
    { MessageContent: Buffer.alloc(65_537).toString("base64") },
    "iot.common.InvalidFormattedParameter",
  ],
  ["another product's group", { TopicFullName: "/broadcast/other/x" }, "iot.messagebroker.InvalidFormattedTopicName"],
  ["a device's topic", { TopicFullName: `/${PRODUCT}/dev_000000/x` }, "iot.messagebroker.InvalidFormattedTopicName"],
  ["a wildcard", { TopicFullName: `/broadcast/${PRODUCT}/+` }, "iot.messagebroker.InvalidFormattedTopicName"],
];

for (const [name, changes, code] of businessCases) {
  test(`${name} is a business error: ${code}`, async () => {
    await using platform = await startPlatform(devices);
    const parameters = { ProductKey: PRODUCT, MessageContent: CONTENT, ...changes };
    const { status, json } = await callApi(platform, "PubBroadcast", parameters);
    assert.deepEqual([status, json["Success"], json["Code"]], [200, false, code]);
    assert.equal(typeof json["ErrorMessage"], "string");
    const error = await failure(client(platform).request("PubBroadcast", parameters, { method: "POST" }));
    assert.equal(error.code, code);
    assert.equal(platform.counters().broadcasts, 0);
  });
}

test("parameters come in the query, the form, or both", async () => {
  await using platform = await startPlatform(devices);
  const post = async (inQuery: (name: string) => boolean): Promise<unknown> => {
    const all = Object.entries(signedCall("QueryProduct", { ProductKey: PRODUCT }));
    const query = new URLSearchParams(all.filter(([name]) => inQuery(name)));
    const body = new URLSearchParams(all.filter(([name]) => !inQuery(name)));
    const { text } = await httpCall(`${platform.popUrl}/?${query}`, { method: "POST", body });
    return (JSON.parse(text) as Record<string, unknown>)["Success"];
  };
  assert.equal(await post(() => true), true);
  assert.equal(await post(() => false), true);
  assert.equal(await post((name) => name < "P"), true);
});

test("a wrong secret is told the string to sign, never the secret", async () => {
  await using platform = await startPlatform(devices);
  const parameters = { ProductKey: PRODUCT, MessageContent: CONTENT };
  const error = await failure(client(platform, "wrong").request("PubBroadcast", parameters));
  assert.equal(error.code, "SignatureDoesNotMatch");
  assert.equal(error.entry.response.statusCode, 400);
  assert.match(error.data["Message"] ?? "", /server string to sign is:GET&%2F&AccessKeyId%3Dtestid%26Action/);
});

test("a call that is sent again is refused for its nonce; a wrong signature burns none", async () => {
  await using platform = await startPlatform(devices);
  const form = signedCall("QueryProduct", { ProductKey: PRODUCT });
  assert.equal((await postForm(platform, { ...form, Signature: "AAAA" })).json["Code"], "SignatureDoesNotMatch");
  assert.equal((await postForm(platform, form)).json["Success"], true);
  assert.equal((await postForm(platform, form)).json["Code"], "SignatureNonceUsed");
  const signedElsewhere = signedCall("QueryProduct", { ProductKey: PRODUCT }, "GET");
  assert.equal((await postForm(platform, signedElsewhere)).json["Code"], "SignatureDoesNotMatch");
});

test("what is no call is refused: other methods, other paths, other signatures, bodies too long", async () => {
  await using platform = await startPlatform(devices);
  const code = async (path: string, init: Parameters<typeof httpCall>[1]): Promise<[number, unknown]> => {
    const { status, text } = await httpCall(platform.popUrl + path, init);
    return [status, (JSON.parse(text) as Record<string, unknown>)["Code"]];
  };
  assert.deepEqual(await code("/", { method: "PUT" }), [400, "UnsupportedHTTPMethod"]);
  assert.deepEqual(await code("/admin", {}), [404, "InvalidApi.NotFound"]);
  const longBody = `Action=${"x".repeat(4 * 1024 * 1024)}`;
  assert.deepEqual(await code("/", { method: "POST", body: longBody }), [413, "RequestBodyTooLarge"]);
  assert.deepEqual(await code(`/?${"&".repeat(30_001)}`, {}), [400, "InvalidParameter"]);
  assert.deepEqual(await code("/", { method: "POST", body: "%&&=%ff&__proto__=1&=" }), [400, "MissingParameter"]);
});

test("noise on the API port harms nobody", async () => {
  await using platform = await startPlatform(devices);
  const port = Number(new URL(platform.popUrl).port);
  const noises = ["\x16\x03\x01\x02\0\x01\0", "\0\0\0\0", "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\n12345", "GET"];
  for (const noise of noises) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.end(noise, "latin1"));
      socket.on("error", () => {});
      socket.on("close", () => resolve());
      socket.resume();
    });
  }
  assert.equal((await callApi(platform, "QueryProduct", { ProductKey: PRODUCT })).json["Success"], true);
});

test("devices and products can be made, used and looked up", async () => {
  await using platform = await startPlatform(devices);
  const call = async (action: string, parameters: Record<string, string>) =>
    (await callApi(platform, action, parameters)).json;
  const created = await call("CreateProduct", { ProductName: "lamps", NodeType: "0" });
  const productKey = String(created["ProductKey"]);
  const registered = await call("RegisterDevice", { ProductKey: productKey, DeviceName: "lamp-1" });
  const { IotId, DeviceSecret } = registered["Data"] as Record<string, string>;
  assert.ok(IotId && DeviceSecret);
  const twice = await call("RegisterDevice", { ProductKey: productKey, DeviceName: "lamp-1" });
  assert.equal(twice["Code"], "iot.device.AlreadyExistedDeviceName");
  await using _device = await openOnline(platform.mqttUrl, {
    productKey,
    deviceName: "lamp-1",
    deviceSecret: DeviceSecret,
  });
  const detail = (await call("QueryDeviceDetail", { IotId }))["Data"] as Record<string, unknown>;
  assert.deepEqual([detail["DeviceName"], detail["Status"], detail["ProductName"]], ["lamp-1", "ONLINE", "lamps"]);
  const statistics = await call("QueryDeviceStatistics", { ProductKey: productKey });
  assert.deepEqual(statistics["Data"], { deviceCount: 1, onlineCount: 1, activeCount: 1 });
  const product = (await call("QueryProduct", { ProductKey: productKey }))["Data"] as Record<string, unknown>;
  assert.deepEqual([product["ProductName"], product["DeviceCount"]], ["lamps", 1]);
  assert.deepEqual([platform.deviceCount(), platform.productKeys()], [4, [PRODUCT, productKey]]);
});

test("the states of a batch come in the order asked, at most 50, all of them known", async () => {
  await using platform = await startPlatform(devices);
  await using _device = await openOnline(platform.mqttUrl, nth(devices, 1));
  const ask = async (names: string[]): Promise<Record<string, unknown>> => {
    const parameters = Object.fromEntries(names.map((name, i) => [`DeviceName.${i + 1}`, name]));
    return (await callApi(platform, "BatchGetDeviceState", { ProductKey: PRODUCT, ...parameters })).json;
  };
  const list = (await ask(["dev_000002", "dev_000001"]))["DeviceStatusList"] as {
    DeviceStatus: Record<string, string>[];
  };
  assert.deepEqual(
    list.DeviceStatus.map(({ DeviceName, Status }) => [DeviceName, Status]),
    [
      ["dev_000002", "UNACTIVE"],
      ["dev_000001", "ONLINE"],
    ],
  );
  assert.equal((await ask(["dev_000002", "nobody"]))["Code"], "iot.device.NotExistedDevice");
  assert.equal((await ask(Array(51).fill("dev_000001")))["Code"], "iot.device.TooManyElement");
  assert.equal((await ask([]))["Code"], "iot.device.NoneDeviceNameElement");
});
