import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IotbError } from "../../src/domain/errors.js";
import { formatMqttEndpoint, isTls, parseMqttEndpoint } from "../../src/protocol/mqtt-endpoint.js";

const good: readonly (readonly [text: string, defaultPort: number | null, url: string])[] = [
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
  [" localhost ", null, "mqtt://localhost:1883"],
  ["MQTTS://h", null, "mqtts://h:8883"],
];

for (const [text, defaultPort, url] of good) {
  test(`endpoint ${text} with default port ${defaultPort} is ${url}`, () => {
    assert.equal(formatMqttEndpoint(parseMqttEndpoint(text, defaultPort)), url);
  });
}

const bad: readonly string[] = [
  ...[
    "",
    ":1883",
    "h:",
    "h:0",
    "h:65536",
    "h:1e3",
    "h:+5",
    "a b",
    "h\0",
    "[::1",
    "[h]",
    "[::1]x",
    "-p",
    "h:x",
    "a:b:c",
    "h/x",
  ],
  ...["http://h", "mqtt:h", "mqtt://", "mqtt://h/mqtt", "mqtt://h?x", "mqtt://h#x", "mqtt://h:0", "constructor://h"],
  ...["user:hunter2@h", "mqtt://user:hunter2@h:1883", `${"h".repeat(301)}`],
];

for (const text of bad) {
  test(`endpoint ${JSON.stringify(text.slice(0, 40))} is refused without being repeated`, () => {
    assert.throws(
      () => parseMqttEndpoint(text, null),
      (error) => error instanceof IotbError && error.code === "usage" && !error.message.includes("hunter2"),
    );
  });
}

test("TLS is mqtts and wss", () => {
  const answers = ["mqtt://h", "mqtts://h", "ws://h", "wss://h"].map((text) => isTls(parseMqttEndpoint(text, null)));
  assert.deepEqual(answers, [false, true, false, true]);
});

test("any text is an endpoint that formats back to itself, or a usage error", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      try {
        const endpoint = parseMqttEndpoint(text, null);
        assert.deepEqual(parseMqttEndpoint(formatMqttEndpoint(endpoint), null), endpoint);
      } catch (error) {
        assert.ok(error instanceof IotbError && error.code === "usage");
      }
    }),
  );
});
