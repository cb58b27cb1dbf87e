import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { generate } from "mqtt-packet";
import { WebSocket } from "ws";
import { IotbError } from "../../src/domain/errors.js";
import { createServerCertificate } from "../../src/platform/server-certificate.js";
import { httpCall } from "../support/http-call.js";
import { connectPacket, connectPacket5, nextPublish, openRaw, openWith, settle } from "../support/platform-device.js";
import { broadcastTo, nth, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(3);
const me = nth(devices, 0);
const everywhere = { mqttsPort: 0, wsPort: 0 };

for (const [version, packet] of [
  ["3.1.1", connectPacket],
  ["5", connectPacket5],
] as const) {
  test(`MQTT ${version}: a broadcast reaches devices on TCP, TLS and WebSocket alike`, async () => {
    await using platform = await startPlatform(devices, everywhere);
    const urls = [platform.mqttUrl, platform.mqttsUrl ?? "", platform.wsUrl ?? ""];
    const ca = platform.caPem ?? "";
    const fleet = await Promise.all(urls.map((url, i) => openWith(url, packet(nth(devices, i)), ca)));
    for (const body of [Buffer.from("small"), Buffer.alloc(65_536, 7)]) {
      const id = await broadcastTo(platform, body);
      for (const { device } of fleet) {
        const { topic, payload } = await nextPublish(device);
        assert.ok(topic.endsWith(`/${id}`) && payload.equals(body));
      }
    }
    for (const { device } of fleet) await device[Symbol.asyncDispose]();
  });
}

test("without the ports there is neither TLS nor WebSocket", async () => {
  await using platform = await startPlatform(devices);
  assert.deepEqual([platform.mqttsUrl, platform.caPem, platform.wsUrl], [null, null, null]);
});

test("a port that is taken stops the start, and the ports before it are free again", async () => {
  await using other = await startPlatform(devices);
  const taken = Number(new URL(other.mqttUrl).port);
  for (const ports of [{ mqttsPort: taken }, { wsPort: taken }]) {
    await assert.rejects(
      startPlatform(devices, ports),
      (error) => error instanceof IotbError && error.code === "port-in-use",
    );
  }
});

test("the certificate is good for its names and addresses, by its authority alone", () => {
  const hosts = ["localhost", "127.0.0.1", "::1", "fe80::1:0:0:2", "a.example"];
  const { cert, caPem } = createServerCertificate(hosts, Date.parse("2026-11-23T08:00:00Z"));
  const [leaf, ca] = [new X509Certificate(cert), new X509Certificate(caPem)];
  assert.ok(leaf.verify(ca.publicKey) && leaf.checkIssued(ca) && ca.checkIssued(ca) && ca.ca && !leaf.ca);
  assert.equal(leaf.checkHost("localhost"), "localhost");
  assert.equal(leaf.checkHost("b.example"), undefined);
  for (const address of ["127.0.0.1", "::1", "fe80::1:0:0:2"]) assert.ok(leaf.checkIP(address), address);
  assert.equal(leaf.checkIP("127.0.0.2"), undefined);
  assert.deepEqual(
    [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)],
    [Date.parse("2026-11-22T08:00:00Z"), Date.parse("2027-11-23T08:00:00Z")],
  );
  assert.notEqual(leaf.serialNumber, ca.serialNumber);
});

test("the certificate of a far-off time has the long form of it", () => {
  const { caPem } = createServerCertificate(["localhost"], Date.parse("2049-12-31T00:00:00Z"));
  assert.equal(Date.parse(new X509Certificate(caPem).validTo), Date.parse("2050-12-31T00:00:00Z"));
});

test("TLS proves the platform: trusted with its authority, refused without", async () => {
  await using platform = await startPlatform(devices, everywhere);
  const { port } = new URL(platform.mqttsUrl ?? "");
  for (const host of ["127.0.0.1", "localhost"]) {
    const socket = connectTls({ host, port: Number(port), ca: platform.caPem ?? "" });
    await once(socket, "secureConnect");
    assert.ok(socket.authorized);
    socket.destroy();
  }
  const stranger = connectTls({ host: "127.0.0.1", port: Number(port) });
  const [error] = (await once(stranger, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "SELF_SIGNED_CERT_IN_CHAIN");
});

test("what is no TLS is turned away, what never greets is cut by the clock and does not hold up the end", async () => {
  const platform = await startPlatform(devices, { ...everywhere, limits: { connectTimeoutMs: 50, sweepMs: 10 } });
  const { port } = new URL(platform.mqttsUrl ?? "");
  const plain = connect(Number(port), "127.0.0.1");
  plain.on("error", () => undefined).resume();
  plain.write(generate(connectPacket(me)));
  await once(plain, "close");
  const silent = connect(Number(port), "127.0.0.1");
  silent.on("error", () => undefined).resume();
  await once(silent, "close");
  assert.deepEqual(platform.counters().refused, { "tls-handshake": 2 });
  const last = connect(Number(port), "127.0.0.1");
  last.on("error", () => undefined);
  await once(last, "connect");
  await platform[Symbol.asyncDispose]();
});

const upgrades: [name: string, path: string, protocols: string[], status: number][] = [
  ["another path", "/elsewhere", ["mqtt"], 404],
  ["another subprotocol", "/mqtt", ["chat"], 400],
  ["no subprotocol", "/mqtt", [], 400],
];

for (const [name, path, protocols, status] of upgrades) {
  test(`WebSocket: ${name} is refused with ${status}`, async () => {
    await using platform = await startPlatform(devices, everywhere);
    const client = new WebSocket(new URL(path, platform.wsUrl ?? ""), protocols);
    const [error] = (await once(client, "error")) as [Error];
    assert.match(error.message, new RegExp(`${status}`));
  });
}

test("WebSocket: both paths and both subprotocols are good", async () => {
  await using platform = await startPlatform(devices, everywhere);
  for (const [path, offered, chosen] of [
    ["/mqtt", ["mqtt"], "mqtt"],
    ["/?x=1", ["other", "mqtt"], "mqtt"],
    ["/mqtt", ["mqttv3.1"], "mqttv3.1"],
  ] as const) {
    const client = new WebSocket(new URL(path, platform.wsUrl ?? ""), [...offered]);
    await once(client, "open");
    assert.equal(client.protocol, chosen);
    client.terminate();
  }
});

test("WebSocket: plain HTTP is told to upgrade", async () => {
  await using platform = await startPlatform(devices, everywhere);
  const answer = await httpCall((platform.wsUrl ?? "").replace("ws:", "http:"));
  assert.equal(answer.status, 426);
});

test("WebSocket: packets may be cut and joined by frames as they come, text frames end it", async () => {
  await using platform = await startPlatform(devices, everywhere);
  const client = new WebSocket(platform.wsUrl ?? "", "mqtt");
  await once(client, "open");
  const bytes = Buffer.concat([generate(connectPacket(me)), Uint8Array.of(0xc0, 0)]);
  const answers: Buffer[] = [];
  const answered = new Promise<void>((resolve) => {
    client.on("message", (data: Buffer) => {
      answers.push(data);
      if (Buffer.concat(answers).length === 6) resolve();
    });
  });
  for (const cut of [bytes.subarray(0, 1), bytes.subarray(1, 40), bytes.subarray(40)]) client.send(cut);
  await answered;
  assert.equal(Buffer.concat(answers).toString("hex"), "20020000d000");
  client.send("text");
  await once(client, "close");
  assert.deepEqual(platform.counters().closed, { "malformed-frame": 1 });
});

test("WebSocket: pings are answered, but not for one that does not read the answers", async () => {
  await using platform = await startPlatform(devices, { ...everywhere, limits: { slowReaderBytes: 16 * 1024 } });
  const polite = new WebSocket(platform.wsUrl ?? "", "mqtt");
  await once(polite, "open");
  polite.ping("hello");
  const [answer] = (await once(polite, "pong")) as [Buffer];
  assert.equal(answer.toString(), "hello");
  const greedy = new WebSocket(platform.wsUrl ?? "", "mqtt");
  greedy.on("error", () => undefined);
  await once(greedy, "open");
  greedy.pause();
  const payload = Buffer.alloc(125);
  const isCut = () => Object.keys(platform.counters().refused).length > 0;
  while (!isCut()) {
    // as fast as the platform reads
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 500; i++) greedy.ping(payload, true, i === 499 ? () => resolve() : undefined);
    });
  }
  polite.terminate();
  greedy.terminate();
});

test("WebSocket: a device that goes away is offline, whether it says so or not", async () => {
  await using platform = await startPlatform(devices, everywhere);
  const { device } = await openWith(platform.wsUrl ?? "", connectPacket(me));
  await device[Symbol.asyncDispose]();
  const polite = await openWith(platform.wsUrl ?? "", connectPacket(nth(devices, 1)));
  polite.device.send({ cmd: "disconnect" });
  assert.deepEqual(await polite.device.ended(), []);
  await using witness = (await openWith(platform.mqttUrl, connectPacket(nth(devices, 2)))).device;
  while (platform.counters().online > 1) await settle(witness);
  assert.deepEqual(platform.counters().closed, { "connection-lost": 1, disconnect: 1 });
});

test("WebSocket: a message over the longest packet ends the connection", async () => {
  await using platform = await startPlatform(devices, { ...everywhere, limits: { maxPacketBytes: 1000 } });
  await using device = (await openWith(platform.wsUrl ?? "", connectPacket(me))).device;
  device.send(Buffer.alloc(1001, 0xc0));
  await device.ended();
  assert.deepEqual(platform.counters().closed, { "malformed-frame": 1 });
});

test("a silent WebSocket and a half-open upgrade do not hold up the end", async () => {
  const platform = await startPlatform(devices, everywhere);
  await using online = (await openWith(platform.wsUrl ?? "", connectPacket(me))).device;
  await settle(online);
  await using waiting = await openRaw(platform.wsUrl ?? "");
  const half = connect(Number(new URL(platform.wsUrl ?? "").port), "127.0.0.1");
  half.on("error", () => undefined).resume();
  await once(half, "connect");
  half.write("GET /mqtt HTTP/1.1\r\nHost: x\r\n");
  await platform[Symbol.asyncDispose]();
  await Promise.all([online.ended(), waiting.ended()]);
});
