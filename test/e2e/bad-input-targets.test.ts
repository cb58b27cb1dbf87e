import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { readTripletFile } from "../../src/files/triplet-file.js";
import { mustFail } from "../support/e2e-failure.js";
import { DEVICES_4, PAYLOAD, PRODUCT, startPlatformProgram } from "../support/e2e-platform.js";
import { IOTB, runIotb, startIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";
import { answers } from "../support/mqtt-foreign-peers.js";

const SIMULATE = ["devices", "simulate", "--devices"];
const BROADCAST = ["broadcast", PAYLOAD, "--product-key", PRODUCT];

test("a port in use is named, on both sides of the platform", async () => {
  await using platform = await startPlatformProgram();
  const [mqtt, pop] = [new URL(platform.ready.mqtt).port, new URL(platform.ready.pop).port];
  await mustFail(["platform", "--mqtt-port", mqtt, "--pop-port", "0"], {
    code: 2,
    error: new RegExp(`MQTT server cannot listen on 127\\.0\\.0\\.1:${mqtt}: the port is in use`),
    hint: /--mqtt-port/,
  });
  await mustFail(["platform", "--mqtt-port", "0", "--pop-port", pop], {
    code: 2,
    error: new RegExp(`API server cannot listen on 127\\.0\\.0\\.1:${pop}: the port is in use`),
    hint: /--pop-port/,
  });
});

test("--local without a platform says at once how to start one", async (t) => {
  if ((await answers(8087)) || (await answers(1883)))
    return t.skip("something listens on the local platform's own ports");
  const hint = /start it .*iotb platform/;
  await mustFail([...BROADCAST, "--local"], { code: 3, error: /127\.0\.0\.1:8087 could not be reached/, hint });
  await mustFail([...SIMULATE, DEVICES_4, "--local"], { code: 3, error: /no local platform: 127\.0\.0\.1:8087/, hint });
  const one = ["devices", "connect", "--devices", DEVICES_4, "--name", "dk001", "--local"];
  await mustFail(one, { code: 3, error: /no local platform: 127\.0\.0\.1:8087/, hint });
});

test("a wrong secret, an unknown product and an unknown instance are refused with reason", async () => {
  using scratch = new Scratch();
  await using platform = await startPlatformProgram();
  const { mqtt, pop } = platform.ready;
  const { triplets } = await readTripletFile(DEVICES_4);
  const secret = "5ec7e7c0ffee5ec7e7c0ffee5ec7e7c0";
  const rows = triplets.map(({ deviceName }) => `${deviceName},${secret},${PRODUCT}`);
  const wrong = scratch.write("wrong.csv", `DeviceName,DeviceSecret,ProductKey\n${rows.join("\n")}\n`);
  const refused = await mustFail([...SIMULATE, wrong, "-h", mqtt], {
    code: 5,
    error: /0 of 4 devices are online, 4 are needed; 4 × connack-5: .*wrong DeviceSecret.*dk001, dk002, dk003, dk004/,
    hint: /mend the cause/,
  });
  assert.ok(!refused.stderr.includes(secret));
  await mustFail(["devices", "connect", "--devices", wrong, "--name", "dk002", "-h", mqtt], {
    code: 5,
    error: /dk002 did not come online: .*wrong DeviceSecret/,
  });
  await mustFail(["broadcast", PAYLOAD, "--product-key", "unknown", "--endpoint", pop], {
    code: 3,
    error: /PubBroadcast was refused: iot\.prod\.NotExistedProduct/,
    hint: /check three things/,
  });
  await mustFail([...BROADCAST, "--endpoint", pop, "--instance-id", "iot-other"], {
    code: 3,
    error: /InstanceNotFound/,
    hint: /--instance-id/,
  });
});

test("an engine on a port that speaks something else says so", async () => {
  await using platform = await startPlatformProgram();
  const api = platform.ready.pop.replace("http:", "mqtt:");
  const wanted = { code: 5, error: /0 of 4 devices are online/, hint: /./ };
  await mustFail([...SIMULATE, DEVICES_4, "-h", api, "--connect-timeout", "300ms"], wanted);
  const tls = platform.ready.mqtt.replace("mqtt:", "mqtts:");
  const reset = { ...wanted, error: /is it an MQTT port, and plain or TLS|is it a TLS port|closed the connection/ };
  await mustFail([...SIMULATE, DEVICES_4, "-h", tls, "--connect-timeout", "300ms"], reset);
});

test("a reader that goes away ends a command quietly", async () => {
  using scratch = new Scratch();
  await using platform = await startPlatformProgram();
  const { mqtt, pop } = platform.ready;
  const generate = spawn(process.execPath, [IOTB, "devices", "generate", "-c", "100000"], {
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  generate.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const closed = once(generate, "close");
  await once(generate.stdout, "data");
  generate.stdout.destroy();
  await closed;
  assert.equal(said, "", "generate");

  await using simulate = startIotb([...SIMULATE, DEVICES_4, "-h", mqtt, "--receipts", scratch.at("receipts.ndjson")]);
  await simulate.printed(/online 4\/4/);
  simulate.child.stdout?.destroy();
  const sent = await runIotb([...BROADCAST, "--endpoint", pop]);
  assert.equal(sent.code, 0, sent.stderr);
  const ended = await simulate.ended;
  assert.doesNotMatch(ended.stderr, /error|EPIPE/);
  const kinds = scratch.records("receipts.ndjson").map(({ schema }) => schema);
  assert.equal(kinds.at(-1), "iotb.end/1");
  assert.ok(kinds.includes("iotb.receipt/1"), "what was seen is kept");

  await using other = startIotb(["platform", "--mqtt-port", "0", "--pop-port", "0", "--devices", DEVICES_4]);
  other.child.stdout?.destroy();
  const gone = await other.ended;
  assert.doesNotMatch(gone.stderr, /error|EPIPE/);
});

test("hostile bytes on both ports do not disturb a broadcast", async () => {
  await using platform = await startPlatformProgram();
  const { mqtt, pop } = platform.ready;
  await using simulate = startIotb([...SIMULATE, DEVICES_4, "-h", mqtt, "-L", "4"]);
  await simulate.printed(/online 4\/4/);
  const hostile: readonly Uint8Array[] = [
    randomBytes(4_096),
    Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0x10, 0x0c, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 0x04, 0x02, 0x00, 0x3c, 0x00, 0x00),
    Uint8Array.of(0x30, 0x05, 0x00, 0x01, 0x61, 0x62, 0x63),
    Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Buffer.from("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nAction=PubBroadcast"),
    Buffer.from("POST / HTTP/9.9\r\n\r\n"),
    new Uint8Array(0),
  ];
  const ports = [mqtt, pop].map((url) => Number(new URL(url).port));
  const sockets = ports.flatMap((port) =>
    hostile.map((bytes) => {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      socket.write(bytes);
      return socket;
    }),
  );
  await Promise.all(sockets.map((socket) => socket.readyState === "open" || once(socket, "connect")));
  const sent = await runIotb([...BROADCAST, "--endpoint", pop]);
  assert.equal(sent.code, 0, sent.stderr);
  const { code, stdout } = await simulate.ended;
  for (const socket of sockets) socket.destroy();
  assert.equal(code, 0);
  assert.equal(stdout.trimEnd().split("\n").length, 4);
  assert.equal((await platform.program.interrupt()).code, 130);
});
