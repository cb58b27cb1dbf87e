import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import type { FaultReport } from "../../src/platform/faults/fault-ledger.js";
import { startPlatformProgram } from "../support/e2e-platform.js";
import { runIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";

/** Asks for the ledger, under any Host header. */
const ledger = (url: string, host?: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const call = request(`${url}/_iotb/faults`, { headers }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (text: string) => {
        body += text;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    call.on("error", reject);
    call.end();
  });

const reportOf = async (url: string): Promise<FaultReport> => JSON.parse((await ledger(url)).body) as FaultReport;

/** Runs a measurement of 40 devices against a platform with faults; answers its result and the platform's own account. */
const rehearse = async (faults: string, seed: string, broadcasts = "2", more: readonly string[] = []) => {
  using scratch = new Scratch();
  const devices = scratch.at("devices.csv");
  assert.equal((await runIotb(["devices", "generate", "-c", "40", "--output", devices])).code, 0);
  await using platform = await startPlatformProgram({ devices, args: ["--fault", faults, "--fault-seed", seed] });
  const { mqtt, pop } = platform.ready;
  const target = ["-h", mqtt, "--endpoint", pop, "--devices", devices];
  const run = ["measure", "--json", ...target, "--broadcasts", broadcasts, "--drain", "700ms", ...more];
  const { code, stdout } = await runIotb(run);
  return { code, result: JSON.parse(stdout) as MeasureResult, faults: await reportOf(pop) };
};

const devicesOf = ({ entries }: FaultReport, kind: string, number: number) =>
  entries
    .filter((entry) => entry.kind === kind && entry.number === number)
    .flatMap((entry) => entry.devices.map((device) => device.split("/")[1]));

test("the account names exactly the devices that the platform's ledger names", async () => {
  const { code, result, faults } = await rehearse("drop=3,duplicate=2,corrupt=1,stray=2", "7");
  assert.equal(code, 6);
  assert.deepEqual(faults.counts, { corrupt: 2, drop: 6, duplicate: 4, stray: 4 });
  for (const [i, broadcast] of result.broadcasts.entries()) {
    assert.deepEqual([...broadcast.missingDevices].sort(), devicesOf(faults, "drop", i + 1));
    assert.deepEqual([...broadcast.duplicateDevices].sort(), devicesOf(faults, "duplicate", i + 1));
    assert.deepEqual([...broadcast.strayDevices].sort(), devicesOf(faults, "stray", i + 1));
    const { missing, duplicates, strays, corrupt } = broadcast;
    assert.deepEqual([missing, duplicates, strays, corrupt], [3, 2, 2, 1]);
  }
});

test("devices cut off in the middle are excused, by name", async () => {
  const { code, result, faults } = await rehearse("disconnect=4", "3", "1");
  assert.equal(code, 6);
  assert.equal(result.total.excused, 4);
  assert.deepEqual([...(result.broadcasts[0]?.excusedDevices ?? [])].sort(), devicesOf(faults, "disconnect", 1));
});

test("two platforms with the same seed and faults keep the same ledger, another seed another one", async () => {
  const faults = "drop=3,delay=2:50ms,refuse=2,tail=1:10ms";
  const one = await rehearse(faults, "11", "1");
  const two = await rehearse(faults, "11", "1");
  const other = await rehearse(faults, "12", "1");
  assert.equal(one.result.total.missing, 3);
  assert.deepEqual(one.faults, two.faults);
  assert.notDeepEqual(one.faults.entries, other.faults.entries);
});

for (const [fault, exit, calls] of [
  ["api-lost", 8, 1],
  ["api-5xx", 3, 1],
  ["api-throttle", 4, 1],
] as const) {
  test(`${fault}: the call is not repeated, exit ${exit}`, async () => {
    const { code, result, faults } = await rehearse(fault, "1", "3");
    assert.equal(code, exit);
    assert.equal(result.verdict, "error");
    assert.deepEqual(faults.counts, { [fault]: calls });
  });
}

test("a wrong message id in the answer is no delivery: its receipts are foreign", async () => {
  const { code, result } = await rehearse("api-wrong-id", "1", "1");
  assert.equal(code, 6);
  const { delivered, missing, foreign } = result.total;
  assert.deepEqual([delivered, missing, foreign], [0, 40, 40]);
});

test("the ledger is for this machine and for callers that mean it", async () => {
  await using platform = await startPlatformProgram({ args: ["--fault", "drop"] });
  const { pop } = platform.ready;
  assert.equal((await ledger(pop)).status, 200);
  for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example"]) {
    assert.equal((await ledger(pop, host)).status, 404, host);
  }
  await using sound = await startPlatformProgram();
  assert.equal((await ledger(sound.ready.pop)).status, 404, "a sound platform has no ledger");
});

test("faults are for local platforms, and a fault that is none is told", async () => {
  const remote = await runIotb(["measure", "--fault", "drop", "--devices", "x.csv", "-h", "127.0.0.1"]);
  assert.equal(remote.code, 2);
  assert.match(remote.stderr, /only a local platform/);
  const unknown = await runIotb(["measure", "--local", "--fault", "explode=1"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /--fault: "explode=1" is no fault/);
});
