import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IotbError } from "../../src/domain/errors.js";
import { formatMqttEndpoint, isTls, parseMqttEndpoint } from "../../src/protocol/mqtt-endpoint.js";

const good: readonly (readonly [text: string, defaultPort: number | null, url: string])[] = [
  ["example.com", null, "mqtt://example.com:1883"],
  ["example.com", 2883, "mqtt://example.com:2883"],
  ["example.com:99", 2883, "mqtt://example.com:99"],
  ["127.0.0.1:1", null, "mqtt://127.0.0.1:1"],
  ["mqtt://h", null, "mqtt://h:1883"],
  ["MQTTS://h", null, "mqtts://h:8883"],
  ["mqtts://h/", 443, "mqtts://h:443"],
  ["ws://h", null, "ws://h:80"],
  ["wss://iot-06z00a.mqtt.iothub.aliyuncs.com", null, "wss://iot-06z00a.mqtt.iothub.aliyuncs.com:443"],
  ["[::1]", null, "mqtt://[::1]:1883"],
  ["mqtts://[fe80::1%eth0]:65535", null, "mqtts://[fe80::1%eth0]:65535"],
  [" spaced ", null, "mqtt://spaced:1883"],
];

for (const [text, defaultPort, url] of good) {
  test(`endpoint ${text} with default port ${defaultPort} is ${url}`, () => {
    assert.equal(formatMqttEndpoint(parseMqttEndpoint(text, defaultPort)), url);
  });
}

const bad: readonly string[] = [
  ...["", ":1883", "h:", "h:0", "h:65536", "h:1e3", "h:+5", "a b", "h\0", "::1", "[::1", "[h]", "[::1]x"],
  ...["http://h", "mqtt:h", "mqtt://", "mqtt://h/mqtt", "mqtt://h?x", "mqtt://h#x", "ws://h/mqtt", "constructor://h"],
  ...["user:hunter2@h", "mqtt://user:hunter2@h:1883", `${"h".repeat(254)}`],
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
