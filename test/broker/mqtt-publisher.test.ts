import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Packet } from "mqtt-packet";
import { MqttPublisher, type MqttPublisherOptions } from "../../src/broker/mqtt-publisher.js";
import type { Broadcast } from "../../src/domain/broadcast.js";
import { micros } from "../../src/domain/time.js";
import { failsWith } from "../support/cli-fails-with.js";
import { connack, type PeerConnection, ScriptedPeer } from "../support/mqtt-scripted-peer.js";
import { publishBy } from "../support/one-publish.js";

const never = new AbortController().signal;
const bytes = Uint8Array.of(9, 0, 255, 10, 13, 9);
const broadcast: Broadcast = {
  productKey: "broker",
  topicFullName: "iotb/broadcast/k3f9x2ab",
  body: bytes.subarray(1, 5),
  dueAt: micros(5),
};

/** A publisher to that port, whose clock counts its readings in tens. */
const publisherTo = (port: number, options: Partial<MqttPublisherOptions> = {}): MqttPublisher => {
  let reading = 0;
  return new MqttPublisher({
    endpoint: { protocol: "mqtt", host: "127.0.0.1", port },
    clientId: "iotbk3f9x2ab",
    username: "fleet",
    password: "CanaryPassword",
    trust: null,
    qos: 1,
    runId: "k3f9x2ab",
    clock: () => {
      reading += 10;
      return micros(reading);
    },
    ...options,
  });
};

const puback = (packet: Packet): Uint8Array =>
  Uint8Array.of(0x40, 2, (packet.messageId ?? 0) >> 8, (packet.messageId ?? 0) & 255);

const publishOn = async (connection: PeerConnection): Promise<Packet & { readonly cmd: "publish" }> => {
  const packet = await connection.packet();
  if (packet.cmd !== "publish") throw new Error(`PUBLISH expected, ${packet.cmd} came`);
  return packet;
};

suite("a publisher to a plain broker", { timeout: 30_000 }, () => {
  test("publishes the very bytes, not retained, and is done at the PUBACK; calls are counted under the run's name", async () => {
    await using peer = await ScriptedPeer.start();
    await using publisher = publisherTo(peer.port);
    const first = publishBy(publisher, broadcast, never);
    const connection = await peer.connection();
    const { clientId, username, password, clean, keepalive } = await connection.login();
    assert.deepEqual([clientId, username, String(password), clean], ["iotbk3f9x2ab", "fleet", "CanaryPassword", true]);
    assert.equal(keepalive, 60);
    connection.send(connack(0));
    const packet = await publishOn(connection);
    const { topic, payload, qos, retain, dup } = packet;
    assert.deepEqual(
      [topic, [...Buffer.from(payload)], qos, retain, dup],
      [broadcast.topicFullName, [0, 255, 10, 13], 1, false, false],
    );
    connection.send(puback(packet));
    const acceptance = { broadcast, requestId: "", sentAt: 10, acceptedAt: 20 };
    assert.deepEqual(await first, { ...acceptance, messageId: "k3f9x2ab-1" });
    const second = publishBy(publisher, broadcast, never);
    connection.send(puback(await publishOn(connection)));
    assert.deepEqual(await second, { ...acceptance, messageId: "k3f9x2ab-2", sentAt: 30, acceptedAt: 40 });
  });

  test("is done with QoS 0 when the bytes are handed over, without an answer", async () => {
    await using peer = await ScriptedPeer.start();
    await using publisher = publisherTo(peer.port, { qos: 0, username: null, password: null });
    const published = publishBy(publisher, broadcast, never);
    const connection = await peer.welcomed();
    const { sentAt, acceptedAt } = await published;
    assert.deepEqual([sentAt, acceptedAt], [10, 20]);
    assert.equal((await publishOn(connection)).qos, 0);
  });

  test("a connection that ends after the PUBLISH leaves its fate unknown, and it is never sent again", async () => {
    await using peer = await ScriptedPeer.start();
    await using publisher = publisherTo(peer.port);
    const lost = publishBy(publisher, broadcast, never);
    const connection = await peer.welcomed();
    await publishOn(connection);
    connection.socket.destroy();
    await assert.rejects(lost, failsWith("api-unknown-fate", /the connection ended before it was acknowledged/));
    // the next call is another message on another connection, and the only one there
    const next = publishBy(publisher, { ...broadcast, body: Buffer.from("next") }, never);
    const again = await peer.welcomed();
    const packet = await publishOn(again);
    assert.deepEqual([String(packet.payload), packet.dup], ["next", false]);
    again.send(puback(packet));
    assert.equal((await next).messageId, "k3f9x2ab-2");
    await publisher[Symbol.asyncDispose]();
    assert.equal((await again.packet()).cmd, "disconnect");
  });

  test("so does an acknowledgement that does not come in time, or a run that is stopped meanwhile", async () => {
    await using peer = await ScriptedPeer.start();
    await using impatient = publisherTo(peer.port, { answerMs: 50 });
    const late = publishBy(impatient, broadcast, never);
    const first = await peer.welcomed();
    await assert.rejects(late, failsWith("api-unknown-fate", /no acknowledgement came within 0\.05 s/));
    await first.closed;
    await using publisher = publisherTo(peer.port);
    const abort = new AbortController();
    const stopped = publishBy(publisher, broadcast, abort.signal);
    const second = await peer.welcomed();
    await publishOn(second);
    abort.abort();
    await assert.rejects(stopped, failsWith("api-unknown-fate", /the run was stopped/));
    await second.closed;
  });

  test("nothing was sent where nobody listens, where the login is refused, and where the broker hangs up", async () => {
    await using peer = await ScriptedPeer.start();
    const { port } = peer;
    await using publisher = publisherTo(port);
    const refused = publishBy(publisher, broadcast, never);
    const connection = await peer.connection();
    await connection.login();
    connection.send(connack(5));
    await assert.rejects(
      refused,
      failsWith("api-refused", /^mqtt:\/\/127\.0\.0\.1:\d+ refused the publisher's login with CONNACK 5$/),
    );
    const silent = publishBy(publisher, broadcast, never);
    (await peer.connection()).socket.destroy();
    await assert.rejects(silent, failsWith("api-unreachable", /no connection to/));
    await peer[Symbol.asyncDispose]();
    await assert.rejects(publishBy(publisher, broadcast, never), failsWith("api-unreachable", /ECONNREFUSED/));
  });

  test("a login that is stopped is given up, and so is a message before it is sent", async () => {
    await using peer = await ScriptedPeer.start();
    await using publisher = publisherTo(peer.port);
    const abort = new AbortController();
    const connecting = publisher.connect(abort.signal);
    const connection = await peer.connection();
    await connection.login();
    abort.abort();
    await assert.rejects(connecting, failsWith("interrupted", /before the publisher was connected/));
    await connection.closed;
    await assert.rejects(publishBy(publisher, broadcast, abort.signal), failsWith("interrupted", /stopped/));
  });

  test("connects once, before its first message where it is told to", async () => {
    await using peer = await ScriptedPeer.start();
    await using publisher = publisherTo(peer.port, { qos: 0 });
    const connecting = publisher.connect(never);
    const connection = await peer.welcomed();
    await connecting;
    await publishBy(publisher, broadcast, never);
    assert.equal((await publishOn(connection)).cmd, "publish");
  });

  test("a broker that never lets go does not hold its disposal up", async () => {
    await using peer = await ScriptedPeer.start({ allowHalfOpen: true });
    const publisher = publisherTo(peer.port);
    const connecting = publisher.connect(never);
    await peer.welcomed();
    await connecting;
    await publisher[Symbol.asyncDispose]();
  });
});
