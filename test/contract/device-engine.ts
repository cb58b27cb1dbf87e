import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { suite, test } from "node:test";
import { generate } from "mqtt-packet";
import { parseClientId, verifyPassword } from "../../src/protocol/mqtt-credentials.js";
import { encodePublish, PINGRESP } from "../../src/protocol/publish-packet.js";
import { KICK_NOTICE, NOTIFY_TOPIC } from "../../src/protocol/topics.js";
import { type EngineFactory, EngineStage, SECRET, triplets } from "../support/mqtt-engine-stage.js";
import { connack, ScriptedPeer, suback } from "../support/mqtt-scripted-peer.js";

const publish = (topic: string, body: string, qos: 0 | 1 = 0, packetId = 0) =>
  encodePublish(topic, Buffer.from(body), qos, packetId);

/** The first connection that sends a CONNECT; one that ended before may come first, or never. */
const loggedIn = async (peer: ScriptedPeer) => {
  for (;;) {
    const connection = await peer.connection();
    const login = await Promise.race([connection.login(), connection.closed.then(() => null)]);
    if (login) return connection;
  }
};

/** What every device engine must do against a server that does what the test says. */
export const deviceEngineContract = (name: string, create: EngineFactory): void => {
  suite(`device engine ${name}: login`, { timeout: 240_000 }, () => {
    test("signs a clean-session CONNECT and is online at CONNACK", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, { keepaliveSeconds: 77 });
      stage.open();
      const connection = await peer.connection();
      const login = await connection.login();
      const [triplet] = triplets(1);
      const clientId = parseClientId(login.clientId);
      assert.ok(triplet && clientId);
      assert.ok(verifyPassword(triplet, clientId, String(login.password)));
      assert.deepEqual([login.username, login.keepalive, login.clean], ["dev_000000&a1B2c3D4e5F", 77, true]);
      assert.deepEqual([login.protocolVersion, clientId.parameters.get("securemode")], [4, "3"]);
      assert.match(clientId.timestamp ?? "", /^\d{13}$/);
      assert.deepEqual(stage.sink.events, []);
      connection.send(connack(0));
      await stage.sink.heard("online");
    });

    test("logs every device in under its own name, from its own source address", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, {
        devices: triplets(4),
        localAddresses: ["127.0.0.2", "127.0.0.3"],
      });
      const seen = new Map<string, string | undefined>();
      for (const device of [0, 1, 2, 3]) {
        stage.open(device);
        const connection = await peer.connection();
        const { username } = await connection.login();
        seen.set(username ?? "", connection.socket.remoteAddress);
        connection.send(connack(0));
      }
      await stage.sink.heard("online", 4);
      assert.deepEqual(
        [...seen],
        [0, 1, 2, 3].map((i) => [`dev_00000${i}&a1B2c3D4e5F`, `127.0.0.${2 + (i % 2)}`]),
      );
    });

    for (const [username, password] of [
      ["fleet", "pass/word"],
      ["fleet", null],
      [null, null],
    ] as const) {
      test(`logs in to a plain broker as ${username} with ${password === null ? "no" : "a"} password`, async () => {
        await using peer = await ScriptedPeer.start();
        const login = { kind: "plain", clientIdPrefix: "iotbk3f9x2ab", username, password } as const;
        await using stage = await EngineStage.set(create, peer.port, { login });
        stage.open();
        const connection = await peer.connection();
        const { clientId, clean, will, ...sent } = await connection.login();
        assert.deepEqual([clientId, clean, will], ["iotbk3f9x2abdev_000000", true, undefined]);
        assert.deepEqual([sent.username ?? null, sent.password?.toString() ?? null], [username, password]);
        connection.send(connack(5));
        const [refusal] = await stage.sink.heard("refused");
        assert.equal(refusal?.reason, "connack-5");
        assert.match(refusal?.text ?? "", /not authorized: check -u/);
        assert.doesNotMatch(refusal?.text ?? "", /DeviceSecret|pass\/word/);
      });
    }

    test("a plain broker's SUBACK 128 is not put down to the platform's rules", async () => {
      await using peer = await ScriptedPeer.start();
      const login = { kind: "plain", clientIdPrefix: "", username: null, password: null } as const;
      await using stage = await EngineStage.set(create, peer.port, { login, subscriptions: () => ["a"] });
      stage.open();
      const connection = await peer.welcomed();
      const packet = await connection.packet();
      connection.send(suback(packet.messageId ?? 0, [0x80]));
      const [refusal] = await stage.sink.heard("refused");
      assert.deepEqual([refusal?.reason, refusal?.final], ["suback-128", true]);
      assert.match(refusal?.text ?? "", /the broker does not let this user/);
    });

    for (const code of [1, 2, 3, 4, 5, 200]) {
      test(`CONNACK ${code} is a refusal`, async () => {
        await using peer = await ScriptedPeer.start();
        await using stage = await EngineStage.set(create, peer.port);
        stage.open();
        const connection = await peer.connection();
        await connection.login();
        connection.send(connack(code));
        const [refusal] = await stage.sink.heard("refused");
        assert.equal(refusal?.reason, `connack-${code}`);
        assert.equal(refusal?.final, [1, 2, 4, 5].includes(code));
        assert.match(refusal?.text ?? "", new RegExp(`CONNACK ${code}: ..........`));
        await connection.closed;
      });
    }

    test("subscribes at most 8 filters a packet and is online after the last SUBACK", async () => {
      const filters = Array.from({ length: 17 }, (_, i) => `/a1B2c3D4e5F/dev_000000/user/t${i}`);
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, { subscriptions: () => filters, qos: 1 });
      stage.open();
      const connection = await peer.welcomed();
      const asked: string[] = [];
      while (asked.length < filters.length) {
        const packet = await connection.packet();
        assert.ok(packet.cmd === "subscribe");
        assert.ok(packet.subscriptions.length <= 8);
        assert.ok(packet.subscriptions.every(({ qos }) => qos === 1));
        assert.deepEqual(stage.sink.events, []);
        asked.push(...packet.subscriptions.map(({ topic }) => topic));
        connection.send(
          suback(
            packet.messageId ?? 0,
            packet.subscriptions.map(() => 1),
          ),
        );
      }
      assert.deepEqual(asked, filters);
      await stage.sink.heard("online");
    });

    test("a refused subscription is final and ends the connection", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, { subscriptions: () => ["/not/mine", "/mine"] });
      stage.open();
      const connection = await peer.welcomed();
      const packet = await connection.packet();
      connection.send(suback(packet.messageId ?? 0, [0x80, 0]));
      const [refusal] = await stage.sink.heard("refused");
      assert.deepEqual([refusal?.reason, refusal?.final], ["suback-128", true]);
      await connection.closed;
    });

    test("a malformed filter is refused for good and never sent", async () => {
      await using peer = await ScriptedPeer.start();
      for (const filter of ["", "/a/#/b", "/a+", "x".repeat(65_536)]) {
        await using stage = await EngineStage.set(create, peer.port, { subscriptions: () => [filter] });
        stage.open();
        const connection = await peer.welcomed();
        const [refusal] = await stage.sink.heard("refused");
        assert.deepEqual([refusal?.reason, refusal?.final], ["bad-filter", true]);
        await connection.closed;
      }
    });

    test("a keepalive that no CONNECT can hold is the user's mistake", async () => {
      for (const keepaliveSeconds of [-1, 1.5, 65_536, Number.NaN]) {
        await assert.rejects(EngineStage.set(create, 1, { keepaliveSeconds }), { name: "IotbError", code: "usage" });
      }
    });

    test("a SUBACK for too few filters is malformed", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, { subscriptions: () => ["/one", "/two"] });
      stage.open();
      const connection = await peer.welcomed();
      const packet = await connection.packet();
      connection.send(suback(packet.messageId ?? 0, [0]));
      const [refusal] = await stage.sink.heard("refused");
      assert.equal(refusal?.reason, "malformed-packet");
    });

    test("a server that takes the connection and says nothing is a connect timeout", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, { connectTimeoutMs: 50 });
      stage.open();
      const connection = await peer.connection();
      const [refusal] = await stage.sink.heard("refused");
      assert.deepEqual([refusal?.reason, refusal?.final], ["connect-timeout", false]);
      await connection.closed;
    });

    test("the connect timeout covers SUBACK", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, {
        connectTimeoutMs: 200,
        subscriptions: () => ["/never/answered"],
      });
      stage.open();
      await peer.welcomed();
      const [refusal] = await stage.sink.heard("refused");
      assert.equal(refusal?.reason, "connect-timeout");
    });

    test("a port where nothing listens is refused with what to check", async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      server.close();
      await once(server, "close");
      await using stage = await EngineStage.set(create, address.port);
      stage.open();
      const [refusal] = await stage.sink.heard("refused");
      assert.deepEqual([refusal?.reason, refusal?.final], ["ECONNREFUSED", false]);
      assert.match(refusal?.text ?? "", /nothing listens on mqtt:\/\/127\.0\.0\.1:\d+/);
    });

    test("a source address of another machine is refused with what to check", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, { localAddresses: ["192.0.2.1"] });
      stage.open();
      const [refusal] = await stage.sink.heard("refused");
      assert.equal(refusal?.reason, "EADDRNOTAVAIL");
      assert.match(refusal?.text ?? "", /--ifaddr/);
    });

    test("a source address that is none is refused, not thrown", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, { localAddresses: ["nonsense"] });
      stage.open();
      const [refusal] = await stage.sink.heard("refused");
      assert.equal(refusal?.reason, "ERR_INVALID_IP_ADDRESS");
    });
  });

  suite(`device engine ${name}: messages`, { timeout: 240_000 }, () => {
    test("hears what arrives in the segment of CONNACK", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.open();
      const connection = await peer.connection();
      await connection.login();
      connection.send(connack(0), publish("/t/1", "one"), publish("/t/2", ""));
      await stage.sink.heard("message", 2);
      const kinds = stage.sink.events.map((event) => [
        event.kind,
        ...(event.kind === "message" ? [event.topic, event.body.toString(), event.qos, event.dup] : []),
      ]);
      assert.deepEqual(kinds, [["online"], ["message", "/t/1", "one", 0, false], ["message", "/t/2", "", 0, false]]);
    });

    test("acknowledges QoS 1 and passes DUP on", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.open();
      const connection = await peer.welcomed();
      const again = Buffer.from(publish("/q", "x", 1, 513));
      again[0] = 0x3a;
      connection.send(publish("/q", "x", 1, 513), again);
      for (let i = 0; i < 2; i++) {
        const packet = await connection.packet();
        assert.deepEqual([packet.cmd, packet.messageId], ["puback", 513]);
      }
      const heard = await stage.sink.heard("message", 2);
      assert.deepEqual(
        heard.map(({ qos, dup }) => [qos, dup]),
        [
          [1, false],
          [1, true],
        ],
      );
    });

    test("understands packets that come byte by byte", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.open();
      const connection = await peer.connection();
      await connection.login();
      const body = "b".repeat(150);
      await connection.trickle(Buffer.concat([connack(0), publish("/slow", body), publish("/slow", "end", 1, 7)]));
      const heard = await stage.sink.heard("message", 2);
      assert.deepEqual(
        heard.map((message) => message.body.toString()),
        [body, "end"],
      );
    });

    test("understands many packets in a read and packets over many reads", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.open();
      const connection = await peer.welcomed();
      const bodies = Array.from({ length: 300 }, (_, i) => (i % 50 === 49 ? "L".repeat(65_000 + i) : `small ${i}`));
      connection.send(...bodies.map((body) => publish("/many", body)));
      const heard = await stage.sink.heard("message", bodies.length);
      assert.deepEqual(
        heard.map((message) => message.body.toString()),
        bodies,
      );
    });

    test("keeps the messages of devices apart", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port, { devices: triplets(3) });
      const connections = [];
      for (const device of [0, 1, 2]) {
        stage.open(device);
        connections.push(await peer.welcomed());
      }
      // halves of every device's packet in turn, so that unfinished packets exist side by side
      const packets = [0, 1, 2].map((device) => publish("/d", `for ${device}`));
      for (const [i, connection] of connections.entries()) connection.send(packets[i]?.subarray(0, 5) ?? Buffer.of());
      await stage.sink.heard("online", 3);
      for (const [i, connection] of connections.entries()) connection.send(packets[i]?.subarray(5) ?? Buffer.of());
      const heard = await stage.sink.heard("message", 3);
      for (const message of heard) assert.equal(message.body.toString(), `for ${message.device}`);
    });

    test("a device that the sink closes within its message is heard no more", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.sink.react = ({ kind }) => kind === "message" && stage.engine.close(0);
      stage.open();
      const connection = await peer.welcomed();
      await stage.sink.heard("online");
      connection.send(publish("/t", "first"), publish("/t", "second"));
      await connection.closed;
      assert.equal(stage.sink.events.filter(({ kind }) => kind === "message").length, 1);
    });
  });

  suite(`device engine ${name}: endings`, { timeout: 240_000 }, () => {
    const online = async (overrides = {}, server = {}) => {
      const peer = await ScriptedPeer.start(server);
      const stage = await EngineStage.set(create, peer.port, overrides);
      stage.open();
      const connection = await peer.welcomed();
      await stage.sink.heard("online");
      const end = async () => {
        await stage[Symbol.asyncDispose]();
        await peer[Symbol.asyncDispose]();
      };
      return { peer, stage, connection, [Symbol.asyncDispose]: end };
    };
    const offline = async (stage: EngineStage) => {
      const [event] = await stage.sink.heard("offline");
      return [event?.reason, event?.closedBy];
    };

    test("a kick notice names the end that follows it", async () => {
      await using scene = await online();
      scene.connection.send(publish(NOTIFY_TOPIC, KICK_NOTICE));
      scene.connection.socket.end();
      assert.deepEqual(await offline(scene.stage), ["kicked", "platform"]);
      const [message] = await scene.stage.sink.heard("message");
      assert.equal(message?.body.toString(), KICK_NOTICE);
    });

    test("on a plain broker it is a message like any other", async () => {
      const login = { kind: "plain", clientIdPrefix: "iotb", username: null, password: null } as const;
      await using scene = await online({ login });
      scene.connection.send(publish(NOTIFY_TOPIC, KICK_NOTICE));
      scene.connection.socket.end();
      assert.deepEqual(await offline(scene.stage), ["closed", "platform"]);
      const [message] = await scene.stage.sink.heard("message");
      assert.equal(message?.body.toString(), KICK_NOTICE);
    });

    test("another notice does not", async () => {
      await using scene = await online();
      for (const body of ['{"title":"other"}', "null", "{", "[]"]) scene.connection.send(publish(NOTIFY_TOPIC, body));
      scene.connection.send(publish("/ext/notifx", KICK_NOTICE));
      scene.connection.socket.end();
      assert.deepEqual(await offline(scene.stage), ["closed", "platform"]);
    });

    test("a reset is the network's", async () => {
      await using scene = await online();
      scene.connection.socket.resetAndDestroy();
      assert.deepEqual(await offline(scene.stage), ["ECONNRESET", "network"]);
    });

    test("a server that ends before CONNACK is a refusal", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.open();
      const connection = await peer.connection();
      await connection.login();
      connection.socket.end();
      const [refusal] = await stage.sink.heard("refused");
      assert.deepEqual([refusal?.reason, refusal?.final], ["closed", false]);
    });

    const hostile: Readonly<Record<string, Uint8Array>> = {
      "a length of five bytes": Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x7f),
      "packet type 0": Uint8Array.of(0x00, 0x00),
      "a CONNECT from the server": generate({ cmd: "connect", clientId: "x", protocolVersion: 4, protocolId: "MQTT" }),
      "a SUBSCRIBE from the server": generate({
        cmd: "subscribe",
        messageId: 1,
        subscriptions: [{ topic: "a", qos: 0 }],
      }),
      "a second CONNACK": connack(0),
      "a PUBLISH of QoS 3": Uint8Array.of(0x36, 5, 0, 1, 0x61, 0, 1),
      "a PUBLISH whose topic is longer than the packet": Uint8Array.of(0x30, 4, 0, 9, 0x61, 0x62),
      "a PUBLISH over 300 KB": encodePublish("/big", Buffer.alloc(301 * 1024), 0),
    };
    for (const [what, bytes] of Object.entries(hostile)) {
      test(`${what} ends the connection as malformed`, async () => {
        await using scene = await online();
        scene.connection.send(bytes);
        assert.deepEqual(await offline(scene.stage), ["malformed-packet", "device"]);
        await scene.connection.closed;
      });
    }

    test("an HTTP server is a refusal", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.open();
      const connection = await peer.connection();
      await connection.login();
      connection.send(Buffer.from("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
      const [refusal] = await stage.sink.heard("refused");
      assert.equal(refusal?.reason, "malformed-packet");
    });

    test("a server that stops answering pings is a keepalive timeout", async () => {
      await using scene = await online({ keepaliveSeconds: 1 });
      const packet = await scene.connection.packet();
      assert.equal(packet.cmd, "pingreq");
      assert.deepEqual(await offline(scene.stage), ["keepalive-timeout", "network"]);
    });

    test("answered pings keep the connection", async () => {
      await using scene = await online({ keepaliveSeconds: 1 });
      for (let i = 0; i < 3; i++) {
        const packet = await scene.connection.packet();
        assert.equal(packet.cmd, "pingreq");
        scene.connection.send(PINGRESP);
      }
      assert.deepEqual(
        scene.stage.sink.events.map(({ kind }) => kind),
        ["online"],
      );
    });

    test("closing sends DISCONNECT, and the device may come back at once", async () => {
      await using scene = await online();
      scene.stage.engine.close(0);
      scene.stage.open();
      assert.deepEqual(await offline(scene.stage), ["stopped", "device"]);
      const packet = await scene.connection.packet();
      assert.equal(packet.cmd, "disconnect");
      await scene.connection.closed;
      await scene.peer.welcomed();
      await scene.stage.sink.heard("online", 2);
    });

    test("a device that churn ends says DISCONNECT too, and is told apart from one that is stopped", async () => {
      await using scene = await online();
      scene.stage.engine.close(0, "churn");
      assert.deepEqual(await offline(scene.stage), ["churn", "device"]);
      assert.equal((await scene.connection.packet()).cmd, "disconnect");
      await scene.connection.closed;
    });

    test("a device that a scenario cuts off says nothing, and may come back at once", async () => {
      await using scene = await online();
      scene.stage.engine.close(0, "scenario", true);
      scene.stage.open();
      assert.deepEqual(await offline(scene.stage), ["scenario", "device"]);
      const { connection } = scene;
      const word = await Promise.race([connection.packet(), connection.closed.then(() => null)]);
      assert.equal(word, null, "there is no DISCONNECT");
      await scene.peer.welcomed();
      await scene.stage.sink.heard("online", 2);
    });

    test("publishes at QoS 0 while the device is online, from bytes that may be used again", async () => {
      await using scene = await online({ devices: triplets(2) });
      const { engine } = scene.stage;
      const body = Buffer.from("one");
      assert.equal(engine.publish(0, "/a/ü", body), true);
      body.write("two");
      assert.equal(engine.publish(0, "/a/ü", body), true);
      assert.equal(engine.publish(1, "/b", body), false, "it was never online");
      engine.close(0);
      assert.equal(engine.publish(0, "/a", body), false, "not any more");
      for (const text of ["one", "two"]) {
        const packet = await scene.connection.packet();
        assert.ok(packet.cmd === "publish");
        assert.deepEqual([packet.topic, String(packet.payload), packet.qos], ["/a/ü", text, 0]);
      }
      assert.equal((await scene.connection.packet()).cmd, "disconnect");
    });

    test("closing a device that is not there does nothing", async () => {
      await using scene = await online({ devices: triplets(2) });
      scene.stage.engine.close(1);
      scene.stage.engine.close(99);
    });

    test("opening a device twice is the caller's mistake", async () => {
      await using scene = await online();
      assert.throws(() => scene.stage.engine.open(0), /open already/);
      assert.throws(() => scene.stage.engine.open(7), RangeError);
    });

    test("closing while connecting, and before CONNACK, is a refusal", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.open();
      stage.engine.close(0);
      stage.open();
      const second = await loggedIn(peer);
      stage.engine.close(0);
      const refusals = await stage.sink.heard("refused", 2);
      assert.deepEqual(
        refusals.map(({ reason, final }) => [reason, final]),
        [
          ["stopped", false],
          ["stopped", false],
        ],
      );
      await second.closed;
    });

    test("disposal answers every device and closes every socket", async () => {
      await using peer = await ScriptedPeer.start();
      const stage = await EngineStage.set(create, peer.port, { devices: triplets(6) });
      const closed = [];
      for (const device of [0, 1, 2]) {
        stage.open(device);
        closed.push((await peer.welcomed()).closed);
      }
      await stage.sink.heard("online", 3);
      stage.open(3);
      const silent = await peer.connection();
      await silent.login();
      stage.open(4);
      await stage[Symbol.asyncDispose]();
      await Promise.all([...closed, silent.closed]);
      stage.open(5);
      const refusals = await stage.sink.heard("refused", 3);
      assert.deepEqual(
        refusals.map(({ device, reason }) => [device, reason]),
        [
          [3, "stopped"],
          [4, "stopped"],
          [5, "stopped"],
        ],
      );
      await stage[Symbol.asyncDispose]();
    });

    test("disposal does not wait for a server that never closes", async () => {
      await using scene = await online({}, { allowHalfOpen: true });
      await scene.stage.engine[Symbol.asyncDispose]();
      assert.deepEqual(await offline(scene.stage), ["stopped", "device"]);
    });

    test("a device that the sink opens again within its end gets a new connection", async () => {
      await using scene = await online();
      scene.stage.sink.react = ({ kind }) => kind === "offline" && scene.stage.open();
      scene.connection.socket.end();
      await scene.peer.welcomed();
      await scene.stage.sink.heard("online", 2);
      scene.stage.sink.react = () => undefined;
    });

    test("no refusal or offline reason holds a secret or signature", async () => {
      await using peer = await ScriptedPeer.start();
      await using stage = await EngineStage.set(create, peer.port);
      stage.open();
      const connection = await peer.connection();
      const { password } = await connection.login();
      // a server that echoes the login
      connection.send(connack(4), Buffer.from(String(password)), Buffer.from(SECRET));
      await stage.sink.heard("refused");
      assert.ok(!JSON.stringify(stage.sink.events).includes(String(password)));
    });
  });
};
