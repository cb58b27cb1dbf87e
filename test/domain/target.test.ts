import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IotbError } from "../../src/domain/errors.js";
import { checkSameInstance, type InstanceClaim, mqttEndpoint, popEndpoint } from "../../src/domain/target.js";
import { isAlibabaHost, isLoopbackHost, isPrivateHost, isPublicTestBroker } from "../../src/domain/target-host.js";

const kinds: readonly (readonly [string, (host: string) => boolean, readonly string[], readonly string[]])[] = [
  [
    "loopback",
    isLoopbackHost,
    [
      "127.0.0.1",
      "127.255.3.4",
      "::1",
      "[::1]",
      "0:0:0:0:0:0:0:1",
      "localhost",
      "LOCALHOST",
      "localhost.",
      "a.b.localhost",
      "::ffff:127.0.0.1",
      "[::ffff:7f00:1]",
    ],
    [
      "",
      ".",
      "128.0.0.1",
      "126.0.0.1",
      "127.0.0.1.example.com",
      "127.1",
      "0x7f.0.0.1",
      "0177.0.0.1",
      "127.0.0.256",
      "127.0.0.01",
      "localhost.example.com",
      "notlocalhost",
      "::2",
      "::",
      "1::1",
      "::ffff:128.0.0.1",
      "::fffe:127.0.0.1",
      "0.0.0.0",
      "1:::1",
      "::1::",
      "::127.0.0.1",
    ],
  ],
  [
    "private",
    isPrivateHost,
    [
      "10.0.0.1",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "169.254.9.9",
      "fc00::1",
      "fdff::1",
      "fe80::1",
      "FE80::1%eth0",
      "[febf::1]",
      "::ffff:10.1.2.3",
    ],
    [
      "11.0.0.1",
      "172.15.0.1",
      "172.32.0.1",
      "192.169.0.1",
      "169.253.0.1",
      "100.64.0.1",
      "fec0::1",
      "fb00::1",
      "2001:db8::1",
      "127.0.0.1",
      "10.0.0.1.example.com",
      "10.example.com",
      "fc00.example.com",
      "fd",
    ],
  ],
  [
    "a public test broker",
    isPublicTestBroker,
    [
      "test.mosquitto.org",
      "TEST.mosquitto.org.",
      "broker.emqx.io",
      "broker.hivemq.com",
      "broker-cn.emqx.io",
      "mqtt.eclipseprojects.io",
      "public.mqtthq.com",
      "mqtt.flespi.io",
      "ws.mqtt.flespi.io",
    ],
    ["mosquitto.org", "mytest.mosquitto.org", "broker.emqx.io.example.com", "127.0.0.1", ""],
  ],
  [
    "Alibaba's",
    isAlibabaHost,
    ["iot.cn-shanghai.aliyuncs.com", "A.ALIYUNCS.COM."],
    ["aliyuncs.com", "aliyuncs.com.example.com", "evilaliyuncs.com"],
  ],
];

for (const [name, is, yes, no] of kinds) {
  test(`which hosts are ${name}`, () => {
    for (const host of yes) assert.equal(is(host), true, host);
    for (const host of no) assert.equal(is(host), false, host);
  });
}

test("an address is loopback or private in IPv4 exactly when it is so mapped into IPv6", () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      if (!/^(?:(?:0|[1-9]\d*)\.){3}(?:0|[1-9]\d*)$/.test(address)) return;
      const hex = address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
      for (const mapped of [`::ffff:${address}`, `[::ffff:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}]`]) {
        assert.equal(isLoopbackHost(mapped), isLoopbackHost(address));
        assert.equal(isPrivateHost(mapped), isPrivateHost(address));
      }
      assert.ok(!(isLoopbackHost(address) && isPrivateHost(address)));
    }),
  );
});

test("every spelling of one IPv6 address is classed alike", () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const url = URL.canParse(`http://[${address}]`) ? new URL(`http://[${address}]`).hostname : null;
      if (url === null) return;
      assert.equal(isLoopbackHost(address), isLoopbackHost(url), `${address} ${url}`);
      assert.equal(isPrivateHost(address), isPrivateHost(url), `${address} ${url}`);
    }),
    { examples: [["::ffff:127.0.0.1"], ["::1"], ["fe80::"]] },
  );
});

test("default addresses", () => {
  assert.equal(popEndpoint("cn-shanghai"), "https://iot.cn-shanghai.aliyuncs.com");
  const place = { productKey: "a1B2c3D4e5F", region: "cn-shanghai" };
  assert.equal(mqttEndpoint({ ...place, instanceId: "iot-06z" }), "mqtts://iot-06z.mqtt.iothub.aliyuncs.com:443");
  assert.equal(mqttEndpoint(place), "mqtts://a1B2c3D4e5F.iot-as-mqtt.cn-shanghai.aliyuncs.com:443");
  assert.equal(mqttEndpoint({ ...place, instanceId: null }), mqttEndpoint({ ...place, instanceId: "" }));
});

test("a part that would change the host is refused", () => {
  for (const bad of ["", "a.b", "evil.example/", "x@y", "a#", "a?b", "-a", "a b", "a\n"]) {
    const usage = (error: unknown): boolean => error instanceof IotbError && error.code === "usage";
    assert.throws(() => popEndpoint(bad), usage, bad);
    assert.throws(() => mqttEndpoint({ productKey: bad, region: "cn-shanghai" }), usage, bad);
    assert.throws(() => mqttEndpoint({ productKey: "pk", region: bad }), usage, bad);
    if (bad !== "") assert.throws(() => mqttEndpoint({ productKey: "pk", region: "r", instanceId: bad }), usage, bad);
  }
});

const claim: InstanceClaim = {
  mqttHosts: [],
  instanceId: "iot-1",
  productKey: "pkA",
  region: "cn-shanghai",
  popEndpoint: "https://iot.cn-shanghai.aliyuncs.com",
};
const bare = { ...claim, instanceId: null };
const INSTANCE = "iot-1.mqtt.iothub.aliyuncs.com";
const PRODUCT = "pkA.iot-as-mqtt.cn-shanghai.aliyuncs.com";

const cases: readonly (readonly [string, InstanceClaim, readonly string[], RegExp | null])[] = [
  ["no host", claim, [], null],
  ["the same instance", claim, [INSTANCE], null],
  ["the same in capitals", { ...claim, instanceId: "IOT-1" }, [`${INSTANCE}.`], null],
  ["another instance", claim, ["iot-2.mqtt.iothub.aliyuncs.com"], /is not of instance iot-1/],
  ["the second of two", claim, [INSTANCE, "iot-2.mqtt.iothub.aliyuncs.com"], /iot-2\.mqtt.*is not of instance/],
  ["an instance and no --instance-id", bare, [INSTANCE], /no --instance-id/],
  ["the product's host", bare, [PRODUCT], null],
  ["the product's host and an instance id", claim, [PRODUCT], /without an id/],
  ["another product", { ...bare, productKey: "pkB" }, [PRODUCT], /is not of product pkB/],
  ["several products", { ...bare, productKey: null }, [PRODUCT], null],
  [
    "another region",
    { ...bare, region: "eu-central-1", popEndpoint: "http://10.0.0.1" },
    [PRODUCT],
    /is not in region eu-central-1/,
  ],
  ["the endpoint's region beats --region", { ...bare, region: "eu-central-1" }, [PRODUCT], null],
  [
    "a VPC endpoint's region",
    { ...bare, popEndpoint: "https://iot-vpc.us-east-1.aliyuncs.com" },
    [PRODUCT],
    /us-east-1/,
  ],
  ["other brokers say nothing", claim, ["127.0.0.1", "broker.example.com", "10.0.0.1"], null],
  ["a local API and a real MQTT host", { ...claim, popEndpoint: "http://127.0.0.1:8087" }, [INSTANCE], /this machine/],
  ["a local API and a local host", { ...claim, popEndpoint: "http://127.0.0.1:8087" }, ["127.0.0.1"], null],
];

for (const [name, given, mqttHosts, why] of cases) {
  test(`same instance: ${name}`, () => {
    const error = checkSameInstance({ ...given, mqttHosts });
    if (why === null) assert.equal(error, null);
    else {
      assert.equal(error?.code, "usage");
      assert.match(error.message, why);
      assert.ok(error.hint);
    }
  });
}
