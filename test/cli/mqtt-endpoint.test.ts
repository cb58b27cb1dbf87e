import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HostScope, scopeOf } from "../../src/cli/host-scope.js";
import { endpointUrl, parseMqttEndpoint } from "../../src/cli/mqtt-endpoint.js";
import { failsWith } from "../support/cli-fails-with.js";

describe("parseMqttEndpoint", () => {
  const cases: [string, number | null, string][] = [
    ["127.0.0.1", null, "mqtt://127.0.0.1:1883"],
    ["localhost:1884", null, "mqtt://localhost:1884"],
    ["127.0.0.1", 8883, "mqtts://127.0.0.1:8883"],
    ["10.1.2.3", 5000, "mqtt://10.1.2.3:5000"],
    ["iot-x.mqtt.iothub.aliyuncs.com", null, "mqtts://iot-x.mqtt.iothub.aliyuncs.com:443"],
    ["iot-x.mqtt.iothub.aliyuncs.com", 1883, "mqtt://iot-x.mqtt.iothub.aliyuncs.com:1883"],
    ["broker.example", 5000, "mqtts://broker.example:5000"],
    ["::1", null, "mqtt://[::1]:1883"],
    ["[::1]:1885", 9, "mqtt://[::1]:1885"],
    ["mqtt://h", null, "mqtt://h:1883"],
    ["mqtt://h/", 7, "mqtt://h:7"],
    ["mqtts://h", null, "mqtts://h:8883"],
    ["mqtts://iot-x.mqtt.iothub.aliyuncs.com", null, "mqtts://iot-x.mqtt.iothub.aliyuncs.com:443"],
    ["tcp://h:1", null, "mqtt://h:1"],
    ["ws://h", null, "ws://h:80/mqtt"],
    ["ws://h:80/x", 9, "ws://h:80/x"],
    ["wss://h", null, "wss://h:443/mqtt"],
    ["mqtt://[::1]:5", null, "mqtt://[::1]:5"],
  ];
  for (const [text, port, url] of cases)
    it(`${text} ${port ?? ""} is ${url}`, () => assert.equal(endpointUrl(parseMqttEndpoint(text, port)), url));

  for (const text of [
    "",
    "-p",
    "a b",
    "h:0",
    "h:65536",
    "h:x",
    "http://h",
    "mqtt://",
    "mqtt://h/path",
    "mqtt://h:0",
    "mqtt://h?x=1",
    "a:b:c",
    "h/x",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseMqttEndpoint(text, null), failsWith("usage", /is not an MQTT endpoint/)));
  }

  it("refuses a password without telling it", () => {
    assert.throws(
      () => parseMqttEndpoint("mqtt://u:hunter2@h", null),
      (thrown) => {
        assert.ok(!String(thrown).includes("hunter2"));
        return failsWith("usage", /with a user or a password/)(thrown);
      },
    );
  });
});

describe("scopeOf", () => {
  const cases: [string, HostScope][] = [
    ["localhost", "loopback"],
    ["LOCALHOST.", "loopback"],
    ["x.localhost", "loopback"],
    ["127.9.9.9", "loopback"],
    ["::1", "loopback"],
    ["0:0:0:0:0:0:0:1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["10.0.0.1", "private"],
    ["172.16.0.1", "private"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "private"],
    ["fd00::1", "private"],
    ["fe80::1", "private"],
    ["8.8.8.8", "public"],
    ["0.0.0.0", "public"],
    ["2001:db8::1", "public"],
    ["localhost.example.com", "public"],
    ["127.0.0.1.example.com", "public"],
    ["1::1", "public"],
  ];
  for (const [host, scope] of cases) it(`${host} is ${scope}`, () => assert.equal(scopeOf(host), scope));
});
