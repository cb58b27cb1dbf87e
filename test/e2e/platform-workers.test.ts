import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import type { FaultReport } from "../../src/platform/faults/fault-ledger.js";
import { descendantsOf } from "../support/e2e-descendants.js";
import { startPlatformProgram } from "../support/e2e-platform.js";
import { runIotb, startIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";
import { httpCall } from "../support/http-call.js";
import { isRunning } from "../support/measure-cli.js";

/** What the ready line says of workers. */
type Ready = {
  readonly mqtt: string;
  readonly mqttEndpoints: string[];
  readonly mqttsEndpoints: string[];
  readonly wsEndpoints: string[];
  readonly workerPids: number[];
  readonly pop: string;
  readonly ca: string | null;
};

const generate = async (scratch: Scratch, count: number): Promise<string> => {
  const devices = scratch.at("devices.csv");
  assert.equal((await runIotb(["devices", "generate", "-c", String(count), "--output", devices])).code, 0);
  return devices;
};

const startWith = async (devices: string, args: readonly string[]) => {
  const platform = await startPlatformProgram({ devices, args });
  return Object.assign(platform, { workers: platform.ready as unknown as Ready });
};

/** A measurement of the devices over all endpoints of a platform. */
const measure = async ({ mqttEndpoints, pop }: Ready, devices: string, more: readonly string[]) => {
  const target = ["-h", mqttEndpoints.join(","), "--endpoint", pop, "--devices", devices];
  const { code, stdout, stderr } = await runIotb(["measure", "--json", ...target, ...more]);
  assert.notEqual(stdout, "", stderr);
  return { code, result: JSON.parse(stdout) as MeasureResult };
};

describe("iotb platform --workers", { timeout: 240_000 }, () => {
  it("has an endpoint a worker, of each kind; a measurement over all of them finds everybody", async () => {
    using scratch = new Scratch();
    const devices = await generate(scratch, 30);
    await using platform = await startWith(devices, ["--workers", "3", "--mqtts-port", "0", "--ws-port", "0"]);
    const ready = platform.workers;
    assert.equal(new Set(ready.mqttEndpoints).size, 3);
    assert.equal(ready.mqtt, ready.mqttEndpoints[0]);
    const secrets = scratch.read("devices.csv").match(/[0-9a-f]{32}/g) ?? [];
    const visible = descendantsOf(platform.program.pid).map((child) => child.commandLine + child.environment);
    assert.deepEqual([secrets.length, visible.length], [30, 3]);
    for (const text of visible) assert.ok(!secrets.some((secret) => text.includes(secret)));
    assert.deepEqual([ready.mqttsEndpoints.length, ready.wsEndpoints.length, ready.workerPids.length], [3, 3, 3]);
    const { code, result } = await measure(ready, devices, ["--broadcasts", "2", "--workers", "2"]);
    assert.deepEqual([code, result.total.delivered, result.total.missing], [0, 60, 0]);
    const others: [endpoints: string[], flags: string[]][] = [
      [ready.mqttsEndpoints, ["--ca", ready.ca ?? ""]],
      [ready.wsEndpoints, []],
    ];
    for (const [mqttEndpoints, flags] of others) {
      const run = await measure({ ...ready, mqttEndpoints }, devices, flags);
      assert.deepEqual([run.code, run.result.total.delivered], [0, 30]);
    }
    const { stderr } = await platform.program.interrupt();
    assert.match(stderr, /stopped after 90 logins, 4 broadcasts, 120 deliveries/);
    for (const pid of ready.workerPids) assert.equal(isRunning(pid), false);
  });

  it("takes the ports after the given one, and leaves nothing running where one is in use", async () => {
    await using taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    const args = ["platform", "--devices", "fixtures/devices-4.csv", "--pop-port", "0", "--workers", "3"];
    await using program = startIotb([...args, "--mqtt-port", String(port - 1)]);
    const { code, stderr } = await program.ended;
    assert.equal(code, 2);
    assert.match(stderr, /cannot listen on 127\.0\.0\.1:\d+: the port is in use/);
    assert.deepEqual(descendantsOf(program.pid), []);
  });

  const wrong: [args: string[], why: RegExp][] = [
    [["--mqtt-port", "1883", "--pop-port", "1885", "--workers", "3"], /both take port 1885 with 3 workers/],
    [["--mqtt-port", "65534", "--workers", "3"], /need the ports 65534 to 65536/],
    [["--workers", "0"], /--workers/],
  ];
  for (const [args, why] of wrong) {
    it(`refuses ${args.join(" ")}`, async () => {
      const { code, stderr } = await runIotb(["platform", ...args]);
      assert.equal(code, 2);
      assert.match(stderr, why);
    });
  }

  it("ends with a clear error, and whole, when a worker is killed", async () => {
    await using platform = await startWith("fixtures/devices-4.csv", ["--workers", "3"]);
    const pids = platform.workers.workerPids;
    process.kill(pids[1] ?? -1, "SIGKILL");
    const { code, stdout, stderr } = await platform.program.ended;
    assert.equal(code, 7);
    assert.match(stdout + stderr, new RegExp(`worker 1 of the local platform, pid ${pids[1]}, ended \\(SIGKILL\\)`));
    for (const pid of pids) assert.equal(isRunning(pid), false);
  });

  it("leaves no worker when the hub itself is killed", async () => {
    await using platform = await startWith("fixtures/devices-4.csv", ["--workers", "2"]);
    platform.program.child.kill("SIGKILL");
    const { code } = await platform.program.ended; // when its stderr is closed, which its workers hold, too
    assert.equal(code, null);
  });

  it("keeps what happened at every worker", async () => {
    using scratch = new Scratch();
    const devices = await generate(scratch, 12);
    const state = scratch.at("state");
    await using platform = await startWith(devices, ["--workers", "3", "--export-on-exit", state]);
    await measure(platform.workers, devices, []);
    await platform.program.interrupt();
    const lines = (await readFile(`${state}/details.ndjson`, "utf8")).trim().split("\n");
    const active = lines.map((line) => (JSON.parse(line) as { activatedAt?: number }).activatedAt ?? 0);
    assert.deepEqual([active.length, active.filter((at) => at > 0).length], [12, 12]);
  });
});

describe("faults over several workers", { timeout: 240_000 }, () => {
  const rehearse = async (faults: string, workers: number, broadcasts = "2") => {
    using scratch = new Scratch();
    const devices = scratch.at("devices.csv");
    const rows = Array.from({ length: 40 }, (_, i) => `dk${1000 + i},${"0123456789abcdef".repeat(2)},pk1`);
    scratch.write("devices.csv", ["DeviceName,DeviceSecret,ProductKey", ...rows, ""].join("\n"));
    const flags = ["--workers", String(workers), "--fault", faults, "--fault-seed", "7"];
    await using platform = await startWith(devices, flags);
    const run = await measure(platform.workers, devices, ["--broadcasts", broadcasts, "--drain", "700ms"]);
    const { text } = await httpCall(`${platform.workers.pop}/_iotb/faults`);
    return { ...run, ledger: JSON.parse(text) as FaultReport };
  };

  const namesOf = ({ entries }: FaultReport, kind: string, number: number) =>
    entries
      .filter((entry) => entry.kind === kind && entry.number === number)
      .flatMap((entry) => entry.devices.map((device) => device.split("/")[1]));

  it("the account names those of the ledger, which is that of one process", async () => {
    const faults = "drop=3,duplicate=2,corrupt=1,stray=2,delay=1:20ms,refuse=4";
    const several = await rehearse(faults, 3);
    assert.equal(several.code, 6);
    for (const [i, broadcast] of several.result.broadcasts.entries()) {
      const { ledger } = several;
      assert.deepEqual([...broadcast.missingDevices].sort(), namesOf(ledger, "drop", i + 1));
      assert.deepEqual([...broadcast.duplicateDevices].sort(), namesOf(ledger, "duplicate", i + 1));
      assert.deepEqual([...broadcast.strayDevices].sort(), namesOf(ledger, "stray", i + 1));
      const { missing, duplicates, strays, corrupt } = broadcast;
      assert.deepEqual([missing, duplicates, strays, corrupt], [3, 2, 2, 1]);
    }
    assert.equal(several.ledger.counts["refuse"], 4);
    assert.deepEqual((await rehearse(faults, 1)).ledger, several.ledger);
  });

  it("half-open devices stay so, and others are cut off by name", async () => {
    const { result, ledger } = await rehearse("half-open=2,disconnect=1", 3);
    assert.deepEqual(ledger.counts, { disconnect: 2, "half-open": 4 });
    const [first, second] = result.broadcasts;
    assert.deepEqual([...(first?.missingDevices ?? [])].sort(), namesOf(ledger, "half-open", 1));
    assert.deepEqual([first?.excused, second?.missing], [1, 4]);
  });

  it("a lost answer is lost once", async () => {
    const { code, ledger } = await rehearse("api-lost", 3, "1");
    assert.deepEqual([code, ledger.counts], [8, { "api-lost": 1 }]);
  });
});

describe("several platform workers elsewhere", { timeout: 240_000 }, () => {
  it("measure --local uses them, each device at its own", async () => {
    const env = { IOTB_PLATFORM_WORKERS: "3" };
    const args = ["measure", "--local", "-c", "60", "--workers", "2", "--broadcasts", "3", "--json", "--verbose"];
    await using program = startIotb(args, { env });
    const { code, stdout, stderr } = await program.ended;
    const result = JSON.parse(stdout) as MeasureResult;
    assert.deepEqual([code, result.total.delivered, result.target.hosts.length], [0, 180, 3], stderr);
    for (let worker = 0; worker < 3; worker++) assert.match(stderr, new RegExp(`worker ${worker}: pid \\d+`));
    assert.deepEqual(descendantsOf(program.pid), []);
  });

  it("measure --local refuses a number of them that is none", async () => {
    const { code, stderr } = await runIotb(["measure", "--local"], { env: { IOTB_PLATFORM_WORKERS: "many" } });
    assert.equal(code, 2);
    assert.match(stderr, /IOTB_PLATFORM_WORKERS/);
  });

  it("a worker that is killed makes a run of measure --local invalid, and ends everything", async () => {
    const args = ["measure", "--local", "-c", "20", "--broadcasts", "500", "--linger", "50ms", "--verbose"];
    await using program = startIotb(args, { env: { IOTB_PLATFORM_WORKERS: "2" } });
    const [, pid] = await program.printed(/local platform's worker 1: pid (\d+)/);
    await program.printed(/^1 +\d{19} +20\/20/m);
    process.kill(Number(pid), "SIGKILL");
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 7, stdout + stderr);
    assert.match(
      stdout + stderr,
      /the local platform ended during the run \(worker 1 of the local platform, pid \d+, ended \(SIGKILL\)\): 20 of 20 devices were online at the most/,
    );
  });

  it("iotb exec hands all endpoints to its command, and iotb inside uses them", async () => {
    const inner = `echo "$IOTB_HOST"; exec ${process.execPath} bin/iotb.js measure --json --quiet`;
    const { code, stdout, stderr } = await runIotb(["exec", "-c", "12", "--workers", "3", "--", "sh", "-c", inner]);
    assert.equal(code, 0, stderr);
    const [hosts = "", ...document] = stdout.split("\n");
    assert.equal(hosts.split(",").length, 3);
    assert.equal((JSON.parse(document.join("\n")) as MeasureResult).total.delivered, 12);
  });
});
