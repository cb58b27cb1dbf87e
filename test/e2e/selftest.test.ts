import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import type { SelftestResult } from "../../src/domain/selftest-result.js";
import { createDeliveryFaults } from "../../src/platform/faults/delivery-faults.js";
import { FaultLedger } from "../../src/platform/faults/fault-ledger.js";
import { parseFaults } from "../../src/protocol/fault-spec.js";
import { runCli, startCli } from "../support/cli-run.js";
import { MutatedCopy } from "../support/mutated-copy.js";

const SMALL = ["-c", "40", "--broadcasts", "1", "--drain", "1s", "--seed", "11"];

const schema = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync("docs/schemas/iotb.selftest-1.schema.json", "utf8")),
);

const checked = (stdout: string): SelftestResult => {
  const result = JSON.parse(stdout) as SelftestResult;
  assert.ok(schema(result), JSON.stringify(schema.errors));
  return result;
};

/** What does not depend on how fast things went. */
const timeless = (result: SelftestResult) => ({
  ...result,
  seconds: 0,
  rounds: result.rounds.map((round) => ({ ...round, seconds: 0 })),
});

describe("iotb selftest", { concurrency: 2 }, () => {
  it("finds exactly what is done, alone and together, and can be repeated", async () => {
    const args = ["selftest", "--json", ...SMALL, "--faults", "none,drop,duplicate", "--jobs", "3"];
    const one = await runCli(args);
    const result = checked(one.stdout);
    assert.deepEqual([one.code, result.ok, result.total.falselyAccused, result.total.overlooked], [0, true, 0, 0]);
    assert.equal(result.total.found, result.total.injected);
    assert.equal(result.total.injected, 2 + 2 + 4);
    const ends = Object.fromEntries(result.rounds.map(({ name, observed }) => [name, observed.exit]));
    assert.deepEqual(ends, { none: 0, drop: 6, duplicate: 0, "drop + duplicate": 6 });
    const again = await runCli([...args.slice(0, -1), "1"]);
    assert.deepEqual(timeless(checked(again.stdout)), timeless(result));
  });

  it("knows what becomes of a run whose call goes wrong", async () => {
    const calls = "api-slow,api-lost,api-5xx,api-throttle,api-wrong-id";
    const { code, stdout } = await runCli(["selftest", "--json", ...SMALL, "--faults", calls, "--jobs", "3"]);
    const { ok, rounds } = checked(stdout);
    assert.deepEqual([code, ok], [0, true], stdout);
    assert.deepEqual(Object.fromEntries(rounds.map(({ name, observed }) => [name, observed.exit])), {
      "api-slow": 0,
      "api-lost": 8,
      "api-5xx": 3,
      "api-throttle": 4,
      "api-wrong-id": 6,
    });
  });

  it("takes no offence at what is late, out of order or refused once", async () => {
    const late = "reorder,delay,tail,refuse";
    const { code, stdout } = await runCli([
      "selftest",
      ...SMALL,
      "--broadcasts",
      "2",
      "--combinations",
      "0",
      "--faults",
      late,
      "--jobs",
      "3",
    ]);
    assert.equal(code, 0, stdout);
    assert.equal(stdout.match(/pass \(0\) +ok$/gm)?.length, 5, stdout);
    assert.match(stdout, /selftest {3}OK/);
    assert.match(stdout, /again {6}iotb selftest -c 40 .*--faults reorder,delay,tail,refuse --seed 11/);
  });

  it("names the devices of a mismatch, a few or with --verbose all", async () => {
    using copy = new MutatedCopy({
      file: "domain/fanout.js",
      from: "missing: digests.flatMap((digest) => digest.missing),",
      to: "missing: [],",
    });
    const args = ["selftest", ...SMALL, "--faults", "api-wrong-id", "--no-color"];
    const short = await copy.run(args);
    assert.equal(short.code, 6);
    assert.match(short.stdout, /api-wrong-id .* MISMATCH, not fail \(6\)$/m);
    assert.match(
      short.stdout,
      /broadcast 1, missing: 40 by the ledger, 0 by the account; overlooked (g6palBDnzyT\/dk\d+ ){3}and 37 more$/m,
    );
    assert.match(
      short.stdout,
      /this round alone: iotb measure --local -c 40 --broadcasts 1 --fault api-wrong-id=1 --fault-seed \d+$/m,
    );
    const long = await copy.run([...args, "--verbose"]);
    assert.match(long.stdout, /overlooked (g6palBDnzyT\/dk\d+ ?){40}$/m);
    const document = checked((await copy.run([...args, "--json"])).stdout);
    assert.equal(document.rounds[0]?.differences.find(({ what }) => what === "missing")?.overlooked.length, 20);
    assert.equal(document.total.overlooked, 40);
  });

  it("ends with exit 130 where it is interrupted", async () => {
    const child = startCli(["selftest", "-c", "40", "--seed", "1"]);
    const closed = once(child, "close");
    child.stdout?.resume();
    await new Promise<void>((resolve) =>
      child.stderr?.on("data", (text: Buffer) => /seed 1/.test(String(text)) && resolve()),
    );
    child.kill("SIGINT");
    assert.deepEqual(await closed, [130, null]);
  });

  it("refuses what is no fault", async () => {
    const { code, stderr } = await runCli(["selftest", "--faults", "explode"]);
    assert.equal(code, 2);
    assert.match(stderr, /--faults: "explode" is no kind of fault/);
  });
});

describe("measure --local --fault", { concurrency: 2 }, () => {
  const rehearse = async (faults: string, ...more: readonly string[]) => {
    const size = ["-c", "40", "--broadcasts", "1", "--drain", "1s"];
    const { code, stdout } = await runCli(["measure", "--local", "--json", ...size, "--fault", faults, ...more]);
    const result = JSON.parse(stdout) as MeasureResult;
    return { code, result, broadcast: result.broadcasts[0] ?? assert.fail("no broadcast") };
  };

  it("drop=3 exits 6 and names those three devices", async () => {
    const { code, broadcast } = await rehearse("drop=3", "--fault-seed", "4");
    assert.deepEqual([code, broadcast.missing, broadcast.delivered], [6, 3, 37]);
    const devices = Array.from({ length: 40 }, (_, i) => ({
      productKey: "g6palBDnzyT",
      deviceName: `dk${String(i + 1).padStart(3, "0")}`,
    }));
    const victims = createDeliveryFaults(parseFaults("drop=3"), 4, new FaultLedger(4))(devices).keys();
    assert.deepEqual(broadcast.missingDevices, [...victims].map((key) => key.split("/")[1]).sort());
  });

  it("drop=1,duplicate=1 reports both: nothing cancels", async () => {
    const { code, broadcast, result } = await rehearse("drop=1,duplicate=1");
    assert.deepEqual([code, broadcast.missing, broadcast.duplicates], [6, 1, 1]);
    assert.notDeepEqual(broadcast.missingDevices, broadcast.duplicateDevices);
    assert.deepEqual(result.causes, ["missing: 1 of 40 expected deliveries"]);
  });

  it("a platform that disconnects 10 % in the middle does not pass", async () => {
    const { code, result, broadcast } = await rehearse("disconnect=4");
    assert.deepEqual([code, result.verdict, broadcast.excused, broadcast.delivered], [6, "fail", 4, 36]);
  });
});
