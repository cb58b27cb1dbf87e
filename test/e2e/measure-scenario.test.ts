import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import { takenBy } from "../../src/domain/scenario.js";
import { runIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";
import { iotb, resultOf } from "../support/measure-cli.js";

const FLEET = 60;
const TAKEN = 12;

/** Sixty devices in two processes on a platform of their own, three broadcasts, twelve devices taken for each. */
const measure = async (...flags: readonly string[]) => {
  const fleet = ["-c", String(FLEET), "--workers", "2", "--broadcasts", "3"];
  const finished = await iotb(["measure", "--local", ...fleet, ...flags, "--json"]);
  return { finished, result: resultOf(finished) };
};

/** What must hold of a scenario's run whatever the times were. */
const holds = ({ broadcasts, scenario, total, fleet }: MeasureResult): void => {
  assert.equal(fleet?.online, FLEET);
  assert.deepEqual([scenario?.devices, scenario?.turns.length, broadcasts.length], [TAKEN, 3, 3]);
  broadcasts.forEach(({ messageId, expected, delivered, excused, excusedDevices, latecomers, ...counts }, number) => {
    const isTaken = takenBy({ fleet: FLEET, devices: TAKEN, number });
    const turn = scenario?.turns[number];
    assert.equal(delivered + (excused ?? 0), expected, "the account closes");
    assert.ok((expected ?? 0) >= FLEET - TAKEN && (expected ?? 0) <= FLEET);
    assert.deepEqual(
      [counts.missing, counts.unknown, counts.strays, counts.corrupt, counts.duplicates],
      [0, 0, 0, 0, 0],
      "nobody is accused",
    );
    // devices that `--local` makes are called dk01 to dk60
    for (const name of excusedDevices) assert.ok(isTaken(Number(name.slice(2)) - 1), `${name} was not taken`);
    assert.ok(delivered >= FLEET - TAKEN, "whoever was not taken has it");
    assert.ok((expected ?? 0) + latecomers <= FLEET);
    assert.deepEqual(
      [turn?.messageId, turn?.taken, turn?.excused, turn?.latecomers, turn?.others],
      [messageId, TAKEN, excused, latecomers, 0],
    );
  });
  assert.equal(scenario?.excused, total.excused);
};

suite("scenarios", { timeout: 120_000 }, () => {
  test("a storm before the broadcast: those that it cut off are not expected, and come back", async () => {
    const { finished, result } = await measure("--scenario", "reconnect-storm");
    holds(result);
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual([result.verdict, result.scenario?.atMs], ["pass", -500]);
    for (const { lastMs } of result.scenario?.turns ?? []) assert.ok(lastMs !== null && lastMs >= -500);
    // before each turn but the first the fleet is whole again
    assert.ok((result.fleet?.reconnects ?? 0) >= 2 * TAKEN);
  });

  test("a storm while messages are on their way: the run's own cuts are excused, and a failure only where a limit is given", async () => {
    const flags = ["--scenario", `reconnect-storm:${TAKEN}`, "--scenario-at", "300ms", "--drain", "1500ms"];
    const slow = ["--fault", `delay=${FLEET}:1200ms`];
    const [forgiven, counted] = [
      await measure(...flags, ...slow),
      await measure(...flags, ...slow, "--allow-excused", "0"),
    ];
    for (const { result } of [forgiven, counted]) holds(result);
    assert.deepEqual([forgiven.finished.code, forgiven.result.causes], [0, []]);
    assert.equal(counted.finished.code, counted.result.total.excused === 0 ? 0 : 6);
  });

  test("late joiners: who logs in before the sending is expected, who comes later is at most a latecomer", async () => {
    const { finished, result } = await measure("--scenario", "late-joiners", "--scenario-at", "-10ms");
    holds(result);
    assert.deepEqual([finished.code, result.total.excused], [0, 0], finished.stderr);
    // they left and came back for each broadcast; the last ones may still be on their way
    assert.ok((result.fleet?.reconnects ?? 0) >= 2 * TAKEN);
    const text = await iotb(["measure", "--local", "-c", "20", "--broadcasts", "1", "--scenario", "late-joiners:5"]);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /^scenario {3}late-joiners: for each broadcast 5 devices came back when it was due; /m);
  });

  test("a dry run says what would happen", async () => {
    const { code, stdout } = await runIotb([
      "measure",
      "--local",
      "-c",
      "50",
      "--scenario",
      "reconnect-storm",
      "--dry-run",
    ]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^scenario {8}reconnect-storm: 10 devices lose their connection 500 ms before each broadcast is due$/m,
    );
  });

  test("too many devices, and a host without its operator's word, are refused before anything starts", async () => {
    const many = await runIotb(["measure", "--local", "-c", "5", "--scenario", "late-joiners:6"]);
    assert.equal(many.code, 2);
    assert.match(many.stderr, /--scenario takes 6 devices, and the fleet has 5/);
    using scratch = new Scratch();
    const [devices, body] = [scratch.at("devices.csv"), scratch.write("body.json", "{}")];
    assert.equal((await runIotb(["devices", "generate", "-c", "2", "--output", devices])).code, 0);
    const args = ["measure", "--broker", "mqtt://broker.example.com", "-t", "t", "--devices", devices, body];
    const refused = await runIotb([...args, "--scenario", "reconnect-storm"]);
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, /--scenario against broker\.example\.com needs your word that you operate it/);
  });
});
