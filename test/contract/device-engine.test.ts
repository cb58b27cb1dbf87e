import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connectAsync } from "mqtt";
import { IotbError } from "../../src/domain/errors.js";
import { createLeanEngine } from "../../src/fleet/lean-engine.js";
import { createMqttjsEngine } from "../../src/fleet/mqttjs-engine.js";
import { parseClientId } from "../../src/protocol/mqtt-credentials.js";
import type { MqttProtocol } from "../../src/protocol/mqtt-endpoint.js";
import { openTcpBinding } from "../../src/tcp/tcp-binding.js";
import { type EngineFactory, EngineStage, triplets } from "../support/mqtt-engine-stage.js";
import { selfSigned, skipWithout, startMosquitto } from "../support/mqtt-foreign-peers.js";
import { connack, ScriptedPeer } from "../support/mqtt-scripted-peer.js";
import { deviceEngineContract } from "./device-engine.js";

const engines: Readonly<Record<string, EngineFactory>> = {
  lean: createLeanEngine,
  "lean, read together": (options) => createLeanEngine(options, openTcpBinding({}), 1),
  "lean on sockets of net": (options) => createLeanEngine(options, null),
  mqttjs: createMqttjsEngine,
};

for (const [name, create] of Object.entries(engines)) {
  deviceEngineContract(name, create);

  suite(`device engine ${name} over TLS`, { timeout: 240_000, skip: skipWithout("openssl", "version") }, () => {
    const tlsOf = (port: number, host = "127.0.0.1") => ({ endpoints: [{ protocol: "mqtts" as const, host, port }] });

    for (const [what, host, trust] of [
      ["by its address", "127.0.0.1", "ca"],
      ["by its name", "localhost", "ca"],
      ["unproven with insecure", "127.0.0.1", "insecure"],
    ] as const) {
      test(`a server trusted ${what} is logged in to with securemode 2`, async () => {
        const { cert, key } = selfSigned();
        await using peer = await ScriptedPeer.start({ tls: { cert, key } });
        await using stage = await EngineStage.set(create, 0, {
          ...tlsOf(peer.port, host),
          tls: trust === "ca" ? { ca: [cert], insecure: false } : { insecure: true },
        });
        stage.open();
        const connection = await peer.connection();
        const { clientId } = await connection.login();
        assert.equal(parseClientId(clientId)?.parameters.get("securemode"), "2");
        connection.send(connack(0), Buffer.from([0x30, 4, 0, 1, 0x74, 0x21]));
        const [message] = await stage.sink.heard("message");
        assert.equal(message?.body.toString(), "!");
      });
    }

    test("a server that no root vouches for is refused for good", async () => {
      const { cert, key } = selfSigned();
      await using peer = await ScriptedPeer.start({ tls: { cert, key } });
      await using stage = await EngineStage.set(create, 0, tlsOf(peer.port));
      stage.open();
      const [refusal] = await stage.sink.heard("refused");
      assert.deepEqual([refusal?.reason, refusal?.final], ["DEPTH_ZERO_SELF_SIGNED_CERT", true]);
      assert.match(refusal?.text ?? "", /--ca/);
    });

    test("a trusted certificate for another host is refused for good", async () => {
      const { cert, key } = selfSigned("DNS:elsewhere.example");
      await using peer = await ScriptedPeer.start({ tls: { cert, key } });
      await using stage = await EngineStage.set(create, 0, {
        ...tlsOf(peer.port),
        tls: { ca: [cert], insecure: false },
      });
      stage.open();
      const [refusal] = await stage.sink.heard("refused");
      assert.deepEqual([refusal?.reason, refusal?.final], ["ERR_TLS_CERT_ALTNAME_INVALID", true]);
    });

    test("a plain server on a TLS endpoint is a refusal that says so", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, 0, tlsOf(peer.port));
      stage.open();
      const connection = await peer.connection();
      connection.send(connack(0), Buffer.alloc(64));
      const [refusal] = await stage.sink.heard("refused");
      assert.match(refusal?.text ?? "", /is it a TLS port/);
    });

    test("files that hold no certificate are the user's mistake", async () => {
      const wanted = (error: unknown) => error instanceof IotbError && error.code === "bad-input-file";
      const broken = EngineStage.set(create, 0, { ...tlsOf(1), tls: { ca: ["nothing"], insecure: false } });
      await assert.rejects(broken, wanted);
      const { cert } = selfSigned();
      const keyless = EngineStage.set(create, 0, { ...tlsOf(1), tls: { cert, key: "nothing", insecure: false } });
      await assert.rejects(keyless, wanted);
    });
  });

  const missing = skipWithout("mosquitto", "-h") || skipWithout("openssl", "version");
  suite(`device engine ${name} on mosquitto`, { timeout: 240_000, skip: missing }, () => {
    const protocols: readonly MqttProtocol[] = name === "mqttjs" ? ["mqtt", "mqtts", "ws", "wss"] : ["mqtt", "mqtts"];
    for (const protocol of protocols) {
      test(`a published message reaches every subscribed device over ${protocol}`, async () => {
        const { cert, key } = selfSigned();
        await using broker = await startMosquitto({ cert, key });
        await using stage = await EngineStage.set(create, 0, {
          endpoints: [{ protocol, host: "127.0.0.1", port: broker.ports[protocol] }],
          tls: { ca: [cert], insecure: false },
          devices: triplets(20),
          subscriptions: ({ productKey }) => [`/broadcast/${productKey}/all`],
          qos: 1,
        });
        for (let device = 0; device < 20; device++) stage.open(device);
        await stage.sink.heard("online", 20);
        const publisher = await connectAsync(`mqtt://127.0.0.1:${broker.ports.mqtt}`);
        for (const qos of [0, 1] as const)
          await publisher.publishAsync("/broadcast/a1B2c3D4e5F/all", `q${qos}`, { qos });
        const heard = await stage.sink.heard("message", 40);
        await publisher.endAsync();
        const lines = heard.map(({ device, qos, body }) => `${device} ${qos} ${body}`).sort();
        const wanted = Array.from({ length: 20 }, (_, i) => [`${i} 0 q0`, `${i} 1 q1`]).flat();
        assert.deepEqual(lines, wanted.sort());
      });
    }
  });
}

test("the lean engine refuses WebSocket endpoints and names the engine that takes them", async () => {
  const set = EngineStage.set(createLeanEngine, 0, { endpoints: [{ protocol: "wss", host: "localhost", port: 443 }] });
  await assert.rejects(
    set,
    (error) => error instanceof IotbError && error.code === "usage" && /mqttjs/.test(error.hint ?? ""),
  );
});
