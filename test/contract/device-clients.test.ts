import assert from "node:assert/strict";
import { suite, test } from "node:test";
import iot from "alibabacloud-iot-device-sdk";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { signConnect } from "../../src/protocol/mqtt-credentials.js";
import { type MosquittoWay, runMosquitto } from "../support/mosquitto-client.js";
import { skipWithout } from "../support/mqtt-foreign-peers.js";
import { pubTo } from "../support/platform-pub.js";
import { broadcastTo, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(2);
const me = nth(devices, 0);
const own = `/${PRODUCT}/${me.deviceName}`;
const everywhere = { mqttsPort: 0, wsPort: 0 };

/** What devices publish, as text, for a test to wait for. */
const upstreamOf = (platform: LocalPlatform) => {
  const heard: string[] = [];
  let wake = (): void => undefined;
  platform.onUpstream((_device, topic, body) => {
    heard.push(`${topic} ${Buffer.from(body).toString()}`);
    wake();
  });
  return async (count: number): Promise<string[]> => {
    while (heard.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return heard;
  };
};

const ways: readonly MosquittoWay[] = [false, true].flatMap((tls) =>
  (["mqttv311", "mqttv5"] as const).map((version) => ({ tls, version })),
);

const missing = skipWithout("mosquitto_sub", "--help") || skipWithout("mosquitto_pub", "--help");

suite("mosquitto's clients", { timeout: 240_000, skip: missing }, () => {
  for (const way of ways) {
    const name = `${way.version} on ${way.tls ? "TLS" : "TCP"}`;

    test(`${name}: mosquitto_sub gets what it subscribed to and a broadcast it did not`, async () => {
      await using platform = await startPlatform(devices, everywhere);
      const topic = `${own}/user/get`;
      const sub = runMosquitto("mosquitto_sub", platform, me, way, [
        "-t",
        topic,
        "-q",
        "1",
        "-C",
        "2",
        "-F",
        "%t %q %p",
      ]);
      // what it prints is buffered until it ends, so the platform is asked whether it has subscribed
      while (sub.running() && platform.counters().deliveries === 0) await pubTo(platform, topic, "one", 1);
      const id = await broadcastTo(platform, "to all");
      const { code, output, errors } = await sub.ended;
      assert.deepEqual([code, errors], [0, ""]);
      assert.equal(output, `${topic} 1 one\n/sys${own}/broadcast/request/${id} 0 to all\n`);
    });

    test(`${name}: mosquitto_pub publishes with QoS 1`, async () => {
      await using platform = await startPlatform(devices, everywhere);
      const upstream = upstreamOf(platform);
      const properties = way.version === "mqttv5" ? ["-D", "publish", "user-property", "a", "b"] : [];
      const args = ["-t", `${own}/user/update`, "-q", "1", "-m", "up", ...properties];
      const pub = runMosquitto("mosquitto_pub", platform, me, way, args);
      assert.equal((await pub.ended).code, 0);
      assert.deepEqual(await upstream(1), [`${own}/user/update up`]);
      assert.deepEqual(platform.counters().closed, { disconnect: 1 });
    });

    test(`${name}: mosquitto_sub finds what came while it was away`, async () => {
      await using platform = await startPlatform(devices, everywhere);
      const topic = `${own}/user/get`;
      const session = ["-c", "-q", "1", "-t", topic, ...(way.version === "mqttv5" ? ["-x", "600"] : [])];
      const first = await runMosquitto("mosquitto_sub", platform, me, way, [...session, "-E"]).ended;
      assert.equal(first.code, 0, first.errors);
      for (const text of ["a", "b"]) await pubTo(platform, topic, text);
      const again = await runMosquitto("mosquitto_sub", platform, me, way, [...session, "-C", "2"]).ended;
      assert.deepEqual([again.code, again.output], [0, "a\nb\n"]);
    });
  }

  test("mosquitto_sub with a wrong secret is told so in the words of its version", async () => {
    await using platform = await startPlatform(devices, everywhere);
    const stranger = { ...me, deviceSecret: "f".repeat(32) };
    for (const { tls, version } of ways) {
      const run = runMosquitto("mosquitto_sub", platform, stranger, { tls, version }, ["-t", "x"]);
      const { code, errors } = await run.ended;
      assert.notEqual(code, 0);
      assert.match(errors, /not authori[sz]ed/i);
    }
  });
});

/** An MQTT.js client with what it hears from the first byte on. */
const openMqttjs = async (url: string, options: IClientOptions) => {
  const client: MqttClient = connect(url, options);
  const heard: [topic: string, body: Buffer][] = [];
  let wake = (): void => undefined;
  client.on("message", (topic, body) => {
    heard.push([topic, body]);
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
  });
  const hears = async (count: number): Promise<[topic: string, body: Buffer][]> => {
    while (heard.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return heard;
  };
  return { client, hears };
};

suite("MQTT.js", { timeout: 240_000 }, () => {
  for (const [transport, protocolVersion] of [
    ["TCP", 4],
    ["TCP", 5],
    ["TLS", 4],
    ["TLS", 5],
    ["WebSocket", 4],
    ["WebSocket", 5],
  ] as const) {
    test(`MQTT ${protocolVersion} on ${transport}: broadcast, subscription, QoS 1 both ways, a session that stays`, async () => {
      await using platform = await startPlatform(devices, everywhere);
      const upstream = upstreamOf(platform);
      const urls = { TCP: platform.mqttUrl, TLS: platform.mqttsUrl ?? "", WebSocket: platform.wsUrl ?? "" };
      const options: IClientOptions = {
        ...signConnect(me, { method: "hmacsha1", secureMode: transport === "TLS" ? 2 : 3, timestamp: "1700000000000" }),
        protocolVersion,
        keepalive: 60,
        reconnectPeriod: 0,
        clean: false,
        ca: platform.caPem ?? "",
        ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 60, receiveMaximum: 1 } } : {}),
      };
      const topic = `${own}/user/get`;
      const { client, hears } = await openMqttjs(urls[transport], options);
      assert.deepEqual(
        (await client.subscribeAsync(topic, { qos: 1 })).map(({ qos }) => qos),
        [1],
      );
      await client.publishAsync(`${own}/user/update`, "up", { qos: 1 });
      assert.deepEqual(await upstream(1), [`${own}/user/update up`]);
      const id = await broadcastTo(platform, Buffer.alloc(65_536, 7));
      const [message] = await hears(1);
      assert.equal(message?.[0], `/sys${own}/broadcast/request/${id}`);
      assert.ok(message?.[1].equals(Buffer.alloc(65_536, 7)));
      await client.endAsync();
      for (const text of ["a", "b", "c"]) await pubTo(platform, topic, text);
      const again = await openMqttjs(urls[transport], options);
      const waiting = await again.hears(3);
      assert.deepEqual(
        waiting.map(([, body]) => body.toString()),
        ["a", "b", "c"],
      );
      await again.client.endAsync();
    });
  }
});

suite("the vendor's device SDK", { timeout: 240_000 }, () => {
  // On TLS it takes no authority but Node's own: there it needs NODE_EXTRA_CA_CERTS, which is read at the start of a process.
  test("alibabacloud-iot-device-sdk: its own subscriptions, a broadcast, properties, QoS 1", async () => {
    await using platform = await startPlatform(devices, everywhere);
    const upstream = upstreamOf(platform);
    const device = iot.device({ ...me, brokerUrl: platform.mqttUrl });
    await using _ = {
      [Symbol.asyncDispose]: () => new Promise<void>((resolve) => device.end(true, {}, () => resolve())),
    };
    await new Promise<void>((resolve, reject) => {
      device.on("connect", resolve);
      device.on("error", reject);
    });
    const messages: [string, string][] = [];
    let wake = (): void => undefined;
    device.on("message", (topic, payload) => {
      messages.push([topic, payload.toString()]);
      wake();
    });
    const topic = `${own}/user/get`;
    await new Promise<void>((resolve, reject) => {
      device.subscribe(topic, { qos: 1 }, (error) => (error ? reject(error) : resolve()));
    });
    const reply = await new Promise<{ code: number }>((resolve) => device.postProps({ volume: 80 }, resolve));
    assert.equal(reply.code, 200);
    await new Promise<void>((resolve) => device.publish(`${own}/user/update`, "up", { qos: 1 }, () => resolve()));
    assert.equal((await upstream(2))[1], `${own}/user/update up`);
    messages.length = 0;
    const id = await broadcastTo(platform, "to all");
    await pubTo(platform, topic, "to me");
    while (messages.length < 2) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    assert.deepEqual(messages, [
      [`/sys${own}/broadcast/request/${id}`, "to all"],
      [topic, "to me"],
    ]);
  });
});
