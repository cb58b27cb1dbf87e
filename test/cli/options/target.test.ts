import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTarget, TARGET_AND_TLS_FLAGS, type TargetOptions } from "../../../src/cli/options/target.js";
import { failsWith } from "../../support/cli-fails-with.js";
import { typed } from "../../support/cli-flags.js";

const target = (given: Record<string, string | string[]>, env: Record<string, string> = {}): TargetOptions =>
  parseTarget(typed(TARGET_AND_TLS_FLAGS, given, env));

describe("parseTarget", () => {
  it("means the cloud where nothing is named", () => {
    const { apiReach, mqttReach, mqtt, quota } = target({});
    assert.deepEqual(
      [apiReach, mqttReach],
      [
        { scope: "public", cloud: true },
        { scope: "public", cloud: true },
      ],
    );
    assert.deepEqual([mqtt, quota], [[], "auto"]);
  });

  it("means the cloud's API where only a local broker is named", () => {
    const { apiReach, mqttReach } = target({ host: "127.0.0.1" });
    assert.deepEqual(
      [apiReach, mqttReach],
      [
        { scope: "public", cloud: true },
        { scope: "loopback", cloud: false },
      ],
    );
  });

  it("never leaves the machine with --local", () => {
    const { apiReach, mqttReach } = target({ local: "true" });
    assert.deepEqual(
      [apiReach, mqttReach],
      [
        { scope: "loopback", cloud: false },
        { scope: "loopback", cloud: false },
      ],
    );
  });

  it("takes several hosts, repeated or in a list", () => {
    const { mqtt, mqttReach } = target({ host: ["127.0.0.1,10.0.0.1", "mqtt://8.8.8.8"], port: "1884" });
    assert.deepEqual(
      mqtt.map(({ host, port }) => `${host}:${port}`),
      ["127.0.0.1:1884", "10.0.0.1:1884", "8.8.8.8:1884"],
    );
    assert.deepEqual(mqttReach, { scope: "public", cloud: false });
  });

  it("lets --local beat weaker hosts, and refuses equal and stronger ones", () => {
    const env = { IOTB_HOST: "8.8.8.8", IOTB_ENDPOINT: "https://iot.cn-shanghai.aliyuncs.com" };
    assert.deepEqual([target({ local: "true" }, env).mqtt, target({ local: "true" }, env).endpoint], [[], null]);
    assert.throws(
      () => target({}, { ...env, IOTB_LOCAL: "1" }),
      failsWith("usage", /IOTB_LOCAL and IOTB_ENDPOINT contradict/),
    );
    assert.throws(
      () => target({ host: "8.8.8.8" }, { IOTB_LOCAL: "1" }),
      failsWith("usage", /IOTB_LOCAL and --host contradict/),
    );
  });

  it("refuses the host of another instance", () => {
    const host = "iot-other.mqtt.iothub.aliyuncs.com";
    assert.throws(
      () => target({ "instance-id": "iot-mine", host }),
      failsWith("guard", /another instance than iot-mine/),
    );
    assert.equal(target({ "instance-id": "iot-OTHER", host }).mqtt.length, 1);
  });

  it("wants a certificate and its key together", () => {
    assert.throws(() => target({ cert: "c.pem" }), failsWith("usage", /belong together/));
    assert.deepEqual(target({ cert: "c.pem", key: "k.pem", ca: "r.pem" }).tls, {
      caFile: "r.pem",
      certFile: "c.pem",
      keyFile: "k.pem",
      insecure: false,
    });
  });

  for (const [given, message] of [
    [{ endpoint: "http://iot.example" }, /loopback only/],
    [{ endpoint: "ftp://x" }, /not an http or https URL/],
    [{ endpoint: "https://u:p@x" }, /user or a password/],
    [{ region: "cn.evil.com/" }, /is not letters/],
    [{ "instance-id": "a.b" }, /is not letters/],
    [{ "product-key": "a/b" }, /is not a product key/],
    [{ quota: "none" }, /none of auto, real, off/],
  ] as const) {
    it(`refuses ${JSON.stringify(given)}`, () => assert.throws(() => target(given), failsWith("usage", message)));
  }
});
