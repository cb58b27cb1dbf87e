import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as dial } from "node:net";
import { test } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { startNullFanOut } from "../../src/calibration/null-fan-out.js";

const login = (port: number, username: string) =>
  connectAsync({
    host: "127.0.0.1",
    port,
    protocolVersion: 4,
    username,
    password: "x",
    reconnectPeriod: 0,
    keepalive: 60,
  });

/** The next message of a client: its topic and its body. */
const nextOf = (client: MqttClient) =>
  new Promise<[string, string]>((resolve) => {
    client.once("message", (topic, body) => resolve([topic, String(body)]));
  });

test("whoever says a name is let in, granted what it asks for, and gets each broadcast on its own topic", async () => {
  await using fanOut = await startNullFanOut();
  const first = await login(fanOut.port, "d1&pk");
  const second = await login(fanOut.port, "d2&pk");
  const granted = await first.subscribeAsync(["/pk/d1/user/a", "/pk/d1/user/b"]);
  assert.deepEqual(
    granted.map(({ qos }) => qos),
    [0, 0],
  );
  const heard = [first, second].map(nextOf);
  assert.equal(fanOut.broadcast("1000000000000000001", Buffer.from("{}")), 2);
  for (const [i, message] of (await Promise.all(heard)).entries()) {
    assert.deepEqual(message, [`/sys/pk/d${i + 1}/broadcast/request/1000000000000000001`, "{}"]);
  }
  await second.endAsync();
  const again = nextOf(first);
  assert.ok(fanOut.broadcast("1000000000000000002", Buffer.alloc(200, "x")) >= 1);
  assert.equal((await again)[1].length, 200);
  await first.endAsync();
});

test("whatever is no login of the fleet is shown the door, and nobody else notices", async () => {
  await using fanOut = await startNullFanOut();
  const device = await login(fanOut.port, "d1&pk");
  for (const bytes of [
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0x10, 0xff, 0xff, 0x7f]),
    Buffer.from([0x10, 2, 0, 9]),
    Buffer.from([0x82, 0]),
    Buffer.from([0x00, 0]),
  ]) {
    const socket = dial(fanOut.port, "127.0.0.1");
    const closed = once(socket, "close");
    socket.on("error", () => undefined).resume();
    socket.write(bytes);
    await closed;
  }
  assert.equal(fanOut.broadcast("1", Buffer.from("{}")), 1);
  await device.endAsync();
});

test("one that is stopped lets nobody in any more", async () => {
  const fanOut = await startNullFanOut();
  const silent = dial(fanOut.port, "127.0.0.1");
  silent.on("error", () => undefined);
  await once(silent, "connect");
  const closed = once(silent, "close");
  await fanOut[Symbol.asyncDispose]();
  silent.resume();
  await closed;
  await assert.rejects(once(dial(fanOut.port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
});
