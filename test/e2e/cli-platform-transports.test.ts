import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { connectPacket5, openWith, settle } from "../support/platform-device.js";
import { nth } from "../support/platform-start.js";

const devices = readFileSync("fixtures/devices-4.csv", "utf8")
  .trim()
  .split(/\r?\n/)
  .slice(1)
  .map((row) => {
    const [deviceName = "", deviceSecret = "", productKey = ""] = row.split(",");
    return { deviceName, deviceSecret, productKey };
  });

test("iotb platform listens with TLS and over WebSocket, and takes its authority's file away again", async () => {
  const ports = ["--mqtt-port", "0", "--mqtts-port", "0", "--ws-port", "0", "--pop-port", "0"];
  const args = ["bin/iotb.js", "platform", "--devices", "fixtures/devices-4.csv", ...ports, "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const ready = JSON.parse(line.toString()) as { mqtts: string; ws: string; ca: string };
    const ca = readFileSync(ready.ca, "utf8");
    for (const [i, url] of [ready.mqtts, ready.ws].entries()) {
      await using device = (await openWith(url, connectPacket5(nth(devices, i)), ca)).device;
      await settle(device);
    }
    child.kill("SIGINT");
    await ended;
    assert.ok(!existsSync(ready.ca));
  } finally {
    child.kill();
    await ended;
  }
});

test("two servers on one port are a mistake of the command line", async () => {
  const args = ["bin/iotb.js", "platform", "--mqtts-port", "4000", "--ws-port", "4000"];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  const [code] = await once(child, "exit");
  assert.equal(code, 2);
});
