import assert from "node:assert/strict";
import { test } from "node:test";
import { generate, type IConnectPacket } from "mqtt-packet";
import { deviceOfConnect } from "../../src/calibration/connect-packet.js";

const connect = (more: Partial<IConnectPacket> = {}): Buffer =>
  generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    clientId: "pk.d1|securemode=3,signmethod=hmacsha256|",
    username: "d1&pk",
    password: Buffer.from("ab".repeat(32)),
    ...more,
  });

test("the user name says whose CONNECT it is, whatever stands before it", () => {
  assert.deepEqual(deviceOfConnect(connect()), { deviceName: "d1", productKey: "pk" });
  assert.deepEqual(deviceOfConnect(connect({ clientId: "" })), { deviceName: "d1", productKey: "pk" });
  const will = { topic: "t", payload: Buffer.alloc(300, "x"), qos: 1 as const, retain: false };
  assert.deepEqual(deviceOfConnect(connect({ will })), { deviceName: "d1", productKey: "pk" });
});

test("what names no device, or is cut anywhere, is nobody's", () => {
  const packet = connect();
  assert.equal(deviceOfConnect(connect({ username: "nobody" })), null);
  // from behind the user name on, what is cut off is the password, which nobody looks at
  const named = packet.indexOf("d1&pk") + 5;
  for (let length = 2; length < named; length++)
    assert.equal(deviceOfConnect(packet.subarray(0, length)), null, `${length}`);
  assert.equal(deviceOfConnect(Buffer.alloc(20, 0xff)), null);
});
