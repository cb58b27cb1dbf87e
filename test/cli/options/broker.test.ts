import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type LiveMeasureOptions, MEASURE_FLAGS, parseMeasureOptions } from "../../../src/cli/options/measure.js";
import { failsWith } from "../../support/cli-fails-with.js";
import { typed } from "../../support/cli-flags.js";

type Given = Record<string, string | string[]>;

const measure = (given: Given, env: Record<string, string> = {}): LiveMeasureOptions => {
  const options = parseMeasureOptions([], typed(MEASURE_FLAGS, given, env));
  assert.ok(options.kind === "live");
  return options;
};

const LOOPBACK = { broker: "mqtt://127.0.0.1:18830", count: "5" };

describe("measure --broker", () => {
  it("is a target without an API, with one topic of the run's own", () => {
    const { target, fleet, message, broadcasts, settle } = measure(LOOPBACK);
    const { broker, ...rest } = target;
    assert.match(broker?.runId ?? "", /^[a-z0-9]{8}$/);
    assert.deepEqual([broker?.username, broker?.password], [null, null]);
    assert.deepEqual(rest.mqtt, [{ protocol: "mqtt", host: "127.0.0.1", port: 18830, path: "" }]);
    assert.deepEqual([rest.endpoint, rest.instanceId, rest.local, rest.quota], [null, null, false, "off"]);
    assert.deepEqual([fleet.count, fleet.connectRate, fleet.topics], [5, null, []]);
    assert.equal(message.topicFullName, `iotb/broadcast/${broker?.runId}`);
    assert.deepEqual([broadcasts, settle], [1, 0]);
    assert.notEqual(measure(LOOPBACK).target.broker?.runId, broker?.runId);
  });

  it("is slow towards a stranger's broker, and its default ports are a broker's", () => {
    const { fleet, target } = measure({ broker: "mqtts://mq.example.com", count: "5" });
    assert.deepEqual([fleet.connectRate, target.mqtt[0]?.port], [50, 8883]);
    assert.equal(measure({ broker: "mqtt://mq.example.com", count: "5", port: "1884" }).target.mqtt[0]?.port, 1884);
  });

  it("takes a name with a password, and the password's file unless the text was said more plainly", () => {
    const named = { ...LOOPBACK, username: "me" };
    const passwordOf = (given: Given, env = {}) => measure({ ...named, ...given }, env).target.broker?.password;
    assert.deepEqual(passwordOf({ password: "x" }), { kind: "text", text: "x" });
    assert.deepEqual(passwordOf({}, { IOTB_PASSWORD: "x" }), { kind: "text", text: "x" });
    assert.deepEqual(passwordOf({ "password-file": "f" }, { IOTB_PASSWORD: "x" }), { kind: "file", path: "f" });
    assert.deepEqual(passwordOf({ password: "x" }, { IOTB_PASSWORD_FILE: "f" }), { kind: "text", text: "x" });
  });

  it("lets what was said more plainly win", () => {
    const surroundings = { IOTB_HOST: "127.0.0.1", IOTB_ENDPOINT: "http://127.0.0.1:1", IOTB_INSTANCE_ID: "i" };
    const { target } = measure(LOOPBACK, {
      ...surroundings,
      IOTB_LOCAL: "true",
      IOTB_TOPIC_FULL_NAME: "/broadcast/a/b",
    });
    assert.deepEqual([target.local, target.endpoint, target.mqtt.length], [false, null, 1]);
    const local = measure(
      { local: "true" },
      { IOTB_BROKER: "mqtt://127.0.0.1", IOTB_USERNAME: "me", IOTB_PASSWORD: "x" },
    );
    assert.deepEqual([local.target.local, local.target.broker], [true, null]);
  });

  for (const topic of ["a/b", "/broadcast/pk/group", "/sys/broker/dk001/broadcast/request/1", "%d"]) {
    it(`publishes to ${topic} as it stands`, () =>
      assert.equal(measure({ ...LOOPBACK, topic }).message.topicFullName, topic));
  }

  for (const [given, message] of [
    [{ local: "true" }, /--broker and --local contradict/],
    [{ host: "127.0.0.1" }, /--broker and --host contradict/],
    [{ endpoint: "http://127.0.0.1:8087" }, /--broker and --endpoint contradict/],
    [{ region: "cn-shanghai" }, /--broker and --region contradict/],
    [{ "instance-id": "iot-1" }, /--broker and --instance-id contradict/],
    [{ "product-key": "a1B2c3D4e5F" }, /--broker and --product-key contradict/],
    [{ profile: "lab" }, /--broker and --profile contradict/],
    [{ quota: "off" }, /--broker and --quota contradict/],
    [{ sign: "hmacsha1" }, /--broker and --sign contradict/],
    [{ "topic-full-name": "/broadcast/a1B2c3D4e5F/x" }, /--broker and --topic-full-name contradict/],
    [{ "confirm-product": "a1B2c3D4e5F" }, /--broker and --confirm-product contradict/],
    [{ "reach-others": "true" }, /--broker and --reach-others contradict/],
    [{ "take-over": "true" }, /--broker and --take-over contradict/],
    [{ fault: "drop=3" }, /only a local platform can be asked to misbehave/],
    [{ cert: "c.pem" }, /--cert and --key belong together/],
    [{ broker: "127.0.0.1:1883" }, /"127\.0\.0\.1:1883" is not a broker's URL/],
    [{ broker: "http://127.0.0.1" }, /is not an MQTT endpoint/],
    [{ broker: "mqtt://me:canary@127.0.0.1" }, /^--broker: a broker URL with a user or a password in it$/],
    [{ broker: "ws://127.0.0.1/mqtt?token=canary" }, /^--broker: a broker URL with a query in it$/],
    [{ broker: "mqtts://iot-1.mqtt.iothub.aliyuncs.com:443" }, /is Alibaba Cloud's and no plain broker/],
    [{ topic: "a/+" }, /published to it as it stands/],
    [{ topic: "#" }, /published to it as it stands/],
    [{ topic: "$share/g/a" }, /published to it as it stands/],
    [{ topic: "a/%c" }, /published to it as it stands/],
    [{ topic: `a/${"$"}{deviceName}` }, /published to it as it stands/],
    [{ topic: ["a", "b"] }, /given 2 times/],
    [{ password: "canary" }, /^a password without a user name/],
    [{ "password-file": "f" }, /^a password without a user name/],
    [{ username: "a\0b" }, /without NUL/],
    [{ username: "me", password: "canary".repeat(20_000) }, /^--password: it does not have the form TEXT$/],
    [{ username: "me", password: "canary", "password-file": "f" }, /--password and --password-file say the same/],
    [{ shard: "1/2" }, /--shard chooses rows/],
    [{ only: "f" }, /--only chooses rows/],
    [{ startnumber: "2" }, /--startnumber chooses rows/],
  ] as const) {
    it(`refuses ${JSON.stringify(given).slice(0, 80)}`, () =>
      assert.throws(
        () => measure({ ...LOOPBACK, ...(given as Given) }),
        (thrown: unknown) => {
          assert.doesNotMatch(String(thrown), /canary/);
          return failsWith("usage", message)(thrown);
        },
      ));
  }

  it("refuses a fleet of nobody knows how many, and a login for no broker", () => {
    assert.throws(() => measure({ broker: LOOPBACK.broker }), failsWith("usage", /no devices for the broker/));
    for (const flag of ["username", "password", "password-file"]) {
      const given = { local: "true", [flag]: "x" };
      assert.throws(() => measure(given), failsWith("usage", new RegExp(`--${flag} is for --broker`)));
    }
  });
});
