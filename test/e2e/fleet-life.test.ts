import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { startLocalPlatform } from "../../src/platform/local-platform.js";
import { DEVICES_4 } from "../support/e2e-platform.js";
import { runIotb, startIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";
import { accountsOf, iotb, resultOf } from "../support/measure-cli.js";
import { csvOf } from "../support/measure-platform-stage.js";
import { ScriptedPeer } from "../support/mqtt-scripted-peer.js";
import { triplets } from "../support/platform-start.js";

const SIMULATE = ["devices", "simulate", "--devices", DEVICES_4, "--json"];

/** A platform in this process, for its counters, with the key that the tool takes on this machine. */
const startPlatform = (count: number) =>
  startLocalPlatform({
    devices: triplets(count),
    mqttPort: 0,
    popPort: 0,
    instanceId: "iot-local",
    accessKeys: [{ accessKeyId: "iotb-local", accessKeySecret: "iotb-local" }],
  });

suite("the life of a fleet", { timeout: 240_000 }, () => {
  test("a ramp: one schedule for two processes, and the last device not before its time", async () => {
    await using peer = await ScriptedPeer.start();
    const args = ["-h", `mqtt://127.0.0.1:${peer.port}`, "-R", "4/s", "--ramp", "linear:1s", "--workers", "2"];
    await using simulate = startIotb([...SIMULATE, ...args]);
    for (let i = 0; i < 4; i++) await peer.welcomed();
    await simulate.printed(/online 4\/4/);
    const { code, stdout, stderr } = await simulate.interrupt();
    assert.equal(code, 130, stderr);
    const { online, connectRate } = JSON.parse(stdout) as { online: number; connectRate: number };
    // the fourth is due after 1.25 s; at 4/s without a ramp it would be after 0.75 s
    assert.ok(online === 4 && connectRate <= 3, stdout);
  });

  test("a dry run counts a ramp's slow beginning", async () => {
    const flags = ["-c", "100", "-R", "10/s", "--ramp", "10s", "--dry-run", "--json"];
    const { code, stdout } = await runIotb(["measure", "--local", ...flags]);
    assert.equal(code, 0);
    // half of the rate over 10 s makes 50, and 50 more take 5 s
    assert.equal(Reflect.get(JSON.parse(stdout) as object, "connectSeconds"), 15);
  });

  test("churn: devices disconnect, come back, and are told from those that were stopped", async () => {
    using scratch = new Scratch();
    const file = scratch.at("receipts.ndjson");
    await using peer = await ScriptedPeer.start();
    const args = ["-c", "2", "-h", `mqtt://127.0.0.1:${peer.port}`, "--churn", "2/s", "--receipts", file];
    await using simulate = startIotb([...SIMULATE, ...args]);
    const connections = [await peer.welcomed(), await peer.welcomed()];
    await simulate.printed(/online 2\/2/);
    const parting = await Promise.race(connections.map((connection) => connection.packet()));
    assert.equal(parting.cmd, "disconnect", "it says goodbye");
    await peer.welcomed();
    await peer.welcomed();
    const { code, stdout, stderr } = await simulate.interrupt();
    assert.equal(code, 130, stderr);
    const { reconnects, disconnects } = JSON.parse(stdout) as {
      reconnects: number;
      disconnects: Record<string, number>;
    };
    assert.ok(reconnects >= 1 && (disconnects["churn"] ?? 0) >= 2, stdout);
    const reasons = scratch.records("receipts.ndjson").filter(({ state }) => state === "offline");
    assert.equal(reasons.filter(({ reason }) => reason === "churn").length, disconnects["churn"]);
  });

  test("a broadcast to a fleet that churns: the account closes, nothing is missing, who left is excused", async () => {
    const flags = ["-c", "200", "--churn", "20%/s", "--broadcasts", "4", "--drain", "300ms", "--allow-excused", "100%"];
    const finished = await iotb(["measure", "--local", "--workers", "2", ...flags, "--json"]);
    const result = resultOf(finished);
    assert.equal(finished.code, 0, finished.stderr + finished.stdout);
    assert.equal(result.broadcasts.length, 4);
    for (const { counts } of accountsOf(result)) {
      const { expected, delivered, missing, excused, unknown, strays, corrupt, duplicates } = counts;
      assert.equal(delivered + (excused ?? 0), expected);
      assert.deepEqual([missing, unknown, strays, corrupt, duplicates], [0, 0, 0, 0, 0]);
    }
    assert.ok((result.broadcasts.at(-1)?.expected ?? 200) < 200, "some are away at any moment");
    assert.ok((result.fleet?.reconnects ?? 0) > 0, JSON.stringify(result.fleet));
    assert.equal(result.total.foreign, 0);
  });

  test("telemetry while broadcasts arrive: all of it reaches the platform, and the account is as without", async () => {
    const count = 20;
    for (const engine of ["lean", "mqttjs"]) {
      using scratch = new Scratch();
      const file = scratch.write("devices.csv", csvOf(triplets(count)));
      await using platform = await startPlatform(count);
      const target = ["-h", platform.mqttUrl, "--endpoint", platform.popUrl, "--engine", engine];
      const args = ["--devices", file, ...target, "--publish-every", "100ms", "--broadcasts", "2", "--json"];
      const finished = await iotb(["measure", ...args]);
      const result = resultOf(finished);
      assert.equal(finished.code, 0, finished.stderr + finished.stdout);
      for (const { counts } of accountsOf(result)) {
        assert.deepEqual([counts.delivered, counts.duplicates, counts.strays], [count, 0, 0]);
      }
      // that is the machine's affair, and true where tests run side by side
      const warnings = result.warnings.filter((warning) => !warning.startsWith("the machine's cores were shared"));
      assert.deepEqual([result.total.foreign, result.total.afterSettling, warnings], [0, 0, []]);
      const { upstream, upstreamDropped } = platform.counters();
      assert.ok(upstream > count, `${upstream} within more than a second`);
      assert.deepEqual([result.fleet?.published, upstreamDropped], [upstream, {}]);
    }
  });

  test("telemetry of a fleet that only listens is no receipt, and has no answer", async () => {
    using scratch = new Scratch();
    const count = 4;
    const file = scratch.write("devices.csv", csvOf(triplets(count)));
    await using platform = await startPlatform(count);
    const heard = new Map<string, unknown>();
    const all = new Promise<void>((resolve) => {
      platform.onUpstream((device, topic, body) => {
        heard.set(device.deviceName, [topic, JSON.parse(Buffer.from(body).toString())]);
        if (heard.size === count) resolve();
      });
    });
    const args = [
      "devices",
      "simulate",
      "--devices",
      file,
      "-h",
      platform.mqttUrl,
      "--publish-every",
      "200ms",
      "--json",
    ];
    await using simulate = startIotb(args);
    await all;
    const { stdout } = await simulate.interrupt();
    const { published, receipts } = JSON.parse(stdout) as { published: number; receipts: number };
    assert.ok(published >= count && receipts === 0, stdout);
    const [topic, body] = heard.get("dev_000003") as [string, { method: string }];
    assert.equal(topic, "/sys/a1B2c3D4e5F/dev_000003/thing/event/property/post");
    assert.equal(body.method, "thing.event.property.post");
  });

  test("off this machine churn and telemetry need the operator's word", async () => {
    await using platform = await startPlatform(1);
    using scratch = new Scratch();
    const file = scratch.write("devices.csv", csvOf(triplets(1)));
    const target = ["-h", platform.mqttUrl, "--endpoint", platform.popUrl, "--instance-id", "iot-local"];
    const args = ["devices", "simulate", "--devices", file, ...target, "--json", "-d", "10ms"];
    const env = { IOTB_GUARD_LOOPBACK: "1" };
    for (const flag of [
      ["--churn", "5%/s"],
      ["--publish-every", "1s"],
    ]) {
      const refused = await runIotb([...args, ...flag], { env });
      assert.equal(refused.code, 2, refused.stderr);
      assert.match(refused.stderr + refused.stdout, new RegExp(`${flag[0]} against 127.0.0.1 needs your word`));
      const allowed = await runIotb([...args, ...flag, "--i-operate", "127.0.0.1"], { env });
      assert.equal(allowed.code, 0, allowed.stderr);
    }
    assert.equal(platform.counters().upstreamDropped["rate-limit"], undefined);
  });
});
