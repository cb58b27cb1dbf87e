import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import RPCClient from "@alicloud/pop-core";
import { readTripletFile } from "../../src/files/triplet-file.js";
import { runCli, startCli } from "../support/cli-run.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

/** Runs `iotb platform` on free ports, hands its ready line to `work`, and ends it with Ctrl-C. */
const runPlatform = async (
  args: readonly string[],
  work: (ready: { pop: string; devices: number }) => Promise<unknown>,
): Promise<{ code: unknown; stderr: string }> => {
  const child = startCli(["platform", "--mqtt-port", "0", "--pop-port", "0", "--json", ...args]);
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const closed = once(child, "close");
  const [line] = await Promise.race([once(child.stdout ?? child, "data"), closed]);
  if (Buffer.isBuffer(line)) await work(JSON.parse(String(line)));
  child.kill("SIGINT");
  const [code] = await closed;
  return { code, stderr };
};

test("a platform goes on where the one before it stopped", async () => {
  await using dir = await makeTempDir();
  const state = dir.path("state");
  const first = await runPlatform(
    ["--devices", "fixtures/devices-4.csv", "--export-on-exit", state],
    async ({ pop }) => {
      const keys = { accessKeyId: "iotb-local", accessKeySecret: "iotb-local" };
      const client = new RPCClient({ endpoint: pop, apiVersion: "2018-01-20", ...keys });
      await client.request("RegisterDevice", { ProductKey: "g6palBDnzyT", DeviceName: "fifth" });
    },
  );
  assert.equal(first.code, 130);
  assert.match(first.stderr, /state of 5 devices kept in /);
  const { triplets } = await readTripletFile(`${state}/devices.csv`);
  assert.equal(triplets.length, 5);
  let devices = 0;
  await runPlatform(["--import", state, "--export-on-exit", state], async (ready) => {
    devices = ready.devices;
  });
  assert.equal(devices, 5);
});

test("a place that cannot be written to is told before the platform starts", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.path("mine"), "");
  const { code, stderr } = await runCli(["platform", "--export-on-exit", dir.path("")]);
  assert.equal(code, 2);
  assert.match(stderr, /cannot be written to .*: it holds something else, "mine"/);
});

test("a state that cannot be read is told by its place", async () => {
  await using dir = await makeTempDir();
  await dir.write("devices.csv", "DeviceName,DeviceSecret\n");
  const { code, stderr } = await runCli(["platform", "--import", dir.path("")]);
  assert.equal(code, 2);
  assert.match(stderr, /devices\.csv:1:1: no column ProductKey/);
});
