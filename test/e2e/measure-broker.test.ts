import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IPublishPacket } from "mqtt-packet";
import { BROKER_MAKES } from "../support/broker-peers.js";
import { PAYLOAD } from "../support/e2e-platform.js";
import { ndjson, Scratch } from "../support/e2e-scratch.js";
import { accountsOf, documentOf, iotb, resultOf, startIotb } from "../support/measure-cli.js";
import { selfSigned, skipWithout, startMosquitto } from "../support/mqtt-foreign-peers.js";
import { connack, type PeerConnection, ScriptedPeer, suback } from "../support/mqtt-scripted-peer.js";

const DEVICES = 50;
const USER = { name: "fleet", password: "CanaryBrokerPassword/+=0001" };
const fast = ["--linger", "50ms", "--json"];

/** An account where every device has it and nothing else happened. */
const whole = (devices: number) => ({
  counts: {
    expected: devices,
    delivered: devices,
    missing: 0,
    excused: 0,
    unknown: 0,
    duplicates: 0,
    strays: 0,
    corrupt: 0,
  },
  missing: [],
  excused: [],
});

for (const make of BROKER_MAKES) {
  describe(`measure --broker on ${make.name}`, { skip: make.missing, timeout: 240_000 }, () => {
    for (const [qos, engine] of [
      [0, "lean"],
      [1, "lean"],
      [1, "mqttjs"],
    ] as const) {
      it(`accounts for 3 broadcasts to ${DEVICES} devices, QoS ${qos}, ${engine} engine`, async () => {
        await using broker = await make.start();
        const args = ["measure", PAYLOAD, "--broker", broker.url, "-c", String(DEVICES), "--broadcasts", "3"];
        const finished = await iotb([...args, "-q", String(qos), "--engine", engine, "--workers", "2", ...fast]);
        assert.equal(finished.code, 0, finished.stderr);
        const result = resultOf(finished);
        assert.deepEqual(accountsOf(result), [whole(DEVICES), whole(DEVICES), whole(DEVICES)]);
        const { topicFullName, ...target } = result.target;
        const rest = { productKey: null, instanceId: null, endpoint: null };
        assert.deepEqual(target, { kind: "broker", hosts: [broker.url], ...rest });
        const run = /^iotb\/broadcast\/([a-z0-9]{8})$/.exec(topicFullName ?? "")?.[1];
        assert.ok(run);
        assert.deepEqual(
          result.broadcasts.map(({ messageId }) => messageId),
          [`${run}-1`, `${run}-2`, `${run}-3`],
        );
        assert.equal(finished.stderr.split("\n")[0], `target BROKER ${broker.url} · topic ${topicFullName}`);
      });
    }

    it("measures two runs at once, on topics and under client ids of their own", async () => {
      await using broker = await make.start();
      const args = ["measure", "--broker", broker.url, "-c", "10", "--broadcasts", "2", ...fast];
      for (const finished of await Promise.all([iotb(args), iotb(args)])) {
        assert.equal(finished.code, 0, finished.stderr);
        assert.deepEqual(accountsOf(resultOf(finished)), [whole(10), whole(10)]);
      }
    });

    it("logs in with a name and the password of a file, and says why it may not without", async () => {
      using scratch = new Scratch();
      await using broker = await make.start(USER);
      const args = ["measure", "--broker", broker.url, "-c", "2", "--verbose", ...fast];
      const right = ["-u", USER.name, "--password-file", scratch.write("password", `${USER.password}\r\nmore\n`)];
      const passed = await iotb([...args, ...right]);
      assert.equal(passed.code, 0, passed.stderr);
      for (const wrong of [["-u", USER.name, "-P", `not ${USER.password}`], ["-u", USER.name], []]) {
        const refused = await iotb([...args, ...wrong]);
        assert.equal(refused.code, 5, refused.stderr);
        const [reason] = Object.keys(resultOf(refused).fleet?.failed ?? {});
        assert.match(reason ?? "", /^connack-[45]$/);
        assert.match(resultOf(refused).causes.join(), /CONNACK [45]: .*check -u and --password-file/);
        assert.ok(!(refused.stdout + refused.stderr).includes(USER.password));
      }
    });

    it("ends with exit 3 when the broker is gone before the next broadcast", async () => {
      await using broker = await make.start();
      await using run = startIotb(["measure", "--broker", broker.url, "-c", "5", "--broadcasts", "3", "--no-color"]);
      await run.saw("stdout", /^1 .* 5\/5 /m);
      await broker.kill();
      const { code, stdout } = await run.ended;
      assert.equal(code, 3, stdout);
      assert.match(stdout, /verdict {4}ERROR/);
      assert.match(stdout, /the publisher has no connection to mqtt:\/\/127\.0\.0\.1:\d+/);
      assert.match(stdout, /account {4}expected 5 = delivered 5 \+ missing 0 \+ excused 0 \+ unknown 0/);
    });

    it("keeps a fleet on its topics and records what comes", async () => {
      using scratch = new Scratch();
      await using broker = await make.start();
      const topic = "iotb/e2e/news";
      const file = scratch.at("receipts.ndjson");
      const filters = ["-t", "iotb/e2e/#", "-q", "1", "-L", "3", "--receipts", file];
      await using fleet = startIotb(["devices", "simulate", "--broker", broker.url, "-c", "3", ...filters]);
      await fleet.saw("stderr", /^online 3\/3/m);
      const measured = await iotb(["measure", "--broker", broker.url, "-c", "1", "-t", topic, "-q", "1", ...fast]);
      assert.equal(measured.code, 0, measured.stderr);
      const { code, stdout, stderr } = await fleet.ended;
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^target BROKER mqtt:\/\/127\.0\.0\.1:\d+ · topic iotb\/e2e\/#$/m);
      assert.match(stdout, /^dk00\d {2}iotb\/e2e\/news {2}\{"volume":80,"mode":4\}$/m);
      const receipts = ndjson(scratch.read("receipts.ndjson")).filter(({ schema }) => schema === "iotb.receipt/1");
      assert.deepEqual(
        receipts
          .map(({ messageId, topic, productKey, deviceName }) => [messageId, topic, productKey, deviceName])
          .sort(),
        ["dk001", "dk002", "dk003"].map((name) => [null, topic, "broker", name]),
      );
    });
  });
}

const tlsMissing = skipWithout("mosquitto", "-h") || skipWithout("openssl", "version");

describe("measure --broker on every transport of mosquitto", { skip: tlsMissing, timeout: 240_000 }, () => {
  for (const scheme of ["mqtt", "mqtts", "ws", "wss"] as const) {
    it(`fleet and publisher use ${scheme}://, and trust what --ca names`, async () => {
      using scratch = new Scratch();
      const { cert, key } = selfSigned();
      await using broker = await startMosquitto({ cert, key });
      const url = `${scheme}://localhost:${broker.ports[scheme]}`;
      const args = ["measure", "--broker", url, "-c", "5", "-q", "1", "--ca", scratch.write("ca.pem", cert), ...fast];
      const finished = await iotb(args);
      assert.equal(finished.code, 0, finished.stderr);
      assert.deepEqual(accountsOf(resultOf(finished)), [whole(5)]);
    });
  }
});

describe("measure --broker against a server that does what the test says", { timeout: 240_000 }, () => {
  /** Logs a client in and answers its packets until it publishes; null where it ended before. */
  const untilPublish = async (connection: PeerConnection): Promise<IPublishPacket | null> => {
    await connection.login();
    connection.send(connack(0));
    for (;;) {
      const packet = await Promise.race([connection.packet(), connection.closed.then(() => null)]);
      if (packet === null) return null;
      if (packet.cmd === "subscribe") connection.send(suback(packet.messageId ?? 0, [1]));
      if (packet.cmd === "publish") return packet;
    }
  };

  it("fills a simulated device's own client id into its filters", async () => {
    await using peer = await ScriptedPeer.start();
    const args = ["devices", "simulate", "--broker", `mqtt://127.0.0.1:${peer.port}`, "-c", "1"];
    await using run = startIotb([...args, "-t", `to/%c/${"$"}{deviceName}/${"$"}{productKey}`, "-d", "10ms"]);
    const device = await peer.connection();
    const { clientId } = await device.login();
    assert.match(clientId, /^iotb[a-z0-9]{8}dk001$/);
    device.send(connack(0));
    const packet = await device.packet();
    assert.ok(packet.cmd === "subscribe");
    assert.deepEqual(
      packet.subscriptions.map(({ topic }) => topic),
      [`to/${clientId}/dk001/broker`],
    );
    device.send(suback(packet.messageId ?? 0, [0]));
    const { code, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
  });

  it("never repeats a PUBLISH whose fate is unknown: exit 8", async () => {
    await using peer = await ScriptedPeer.start();
    const url = `mqtt://127.0.0.1:${peer.port}`;
    await using run = startIotb(["measure", "--broker", url, "-c", "1", "-q", "1", "--broadcasts", "3", ...fast]);
    const device = await peer.connection();
    const deviceEnds = untilPublish(device);
    const publisher = await peer.connection();
    assert.equal((await untilPublish(publisher))?.qos, 1);
    publisher.socket.destroy();
    const finished = await run.ended;
    assert.equal(finished.code, 8, finished.stderr);
    assert.equal(documentOf(finished)["verdict"], "error");
    assert.match(resultOf(finished).causes.join(), /the connection ended before it was acknowledged/);
    assert.equal(await deviceEnds, null);
    assert.equal(
      await Promise.race([peer.connection(), Promise.resolve("no other connection")]),
      "no other connection",
    );
  });

  it("counts whom the broker cut off while a broadcast was under way as excused: exit 6", async () => {
    await using peer = await ScriptedPeer.start();
    const url = `mqtt://127.0.0.1:${peer.port}`;
    await using run = startIotb(["measure", "--broker", url, "-c", "1", "-q", "1", ...fast]);
    const device = await peer.connection();
    void untilPublish(device);
    const publisher = await peer.connection();
    const packetId = (await untilPublish(publisher))?.messageId ?? 0;
    device.socket.destroy();
    publisher.send(Uint8Array.of(0x40, 2, packetId >> 8, packetId & 255));
    const finished = await run.ended;
    assert.equal(finished.code, 6, finished.stderr);
    assert.deepEqual(accountsOf(resultOf(finished))[0]?.excused, ["dk001"]);
  });
});
