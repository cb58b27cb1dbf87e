import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { accountsOf, documentOf, iotb, resultOf } from "../support/measure-cli.js";
import { csvOf, type MeasureStage, startStage } from "../support/measure-platform-stage.js";

const BIN = new URL("../../../bin/iotb.js", import.meta.url).pathname;
const COUNT = 30;
const ACCOUNT = ["--broadcasts", "1", "--linger", "50ms", "--json"];

describe("a fleet whose processes read their own rows", { timeout: 240_000 }, () => {
  let stage: MeasureStage;
  before(async () => {
    stage = await startStage(COUNT);
  });
  after(() => stage[Symbol.asyncDispose]());

  /** The names of the devices that some flags bring online, in the order of their rows. */
  const onlineWith = async (devicesFile: string, ...flags: string[]): Promise<readonly string[]> => {
    const receipts = `${stage.dir}/receipts-${flags.join("").replace(/\W/g, "_")}.ndjson`;
    const fleet = ["devices", "simulate", "--devices", devicesFile, ...stage.target(), ...flags];
    const { code, stderr } = await iotb([...fleet, "-d", "10ms", "--receipts", receipts]);
    assert.equal(code, 0, stderr);
    const lines = (await readFile(receipts, "utf8")).trim().split("\n");
    const presence = lines.map((line) => JSON.parse(line) as { deviceName?: string; state?: string });
    return presence
      .filter(({ state }) => state === "online")
      .map(({ deviceName = "" }) => deviceName)
      .sort();
  };
  const names = (from: number, to: number) => stage.devices.slice(from, to).map(({ deviceName }) => deviceName);

  it("holds every row once, over several processes", async () => {
    for (const workers of ["1", "4", "7"]) {
      assert.deepEqual(await onlineWith(stage.devicesFile, "--workers", workers), names(0, COUNT));
    }
  });

  it("holds the rows that -n, -c and --shard choose", async () => {
    assert.deepEqual(await onlineWith(stage.devicesFile, "-n", "6", "-c", "10", "--workers", "3"), names(5, 15));
    const parts = [];
    for (const shard of ["1/4", "2/4", "3/4", "4/4"]) {
      parts.push(...(await onlineWith(stage.devicesFile, "--shard", shard, "--workers", "2")));
    }
    assert.deepEqual(parts, names(0, COUNT));
  });

  it("holds the devices that --only names, wherever their rows are", async () => {
    const wanted = [2, 3, 4, 11, 28, 29].flatMap((i) => names(i, i + 1));
    const only = await stage.write("only.txt", `${wanted.toReversed().join("\n")}\n`);
    assert.deepEqual(await onlineWith(stage.devicesFile, "--only", only, "--workers", "4"), wanted);
    const firstTwo = await onlineWith(stage.devicesFile, "--only", only, "--shard", "1/3", "--workers", "2");
    assert.deepEqual(firstTwo, wanted.slice(0, 2));
  });

  it("measures the same from a file of any form, and through a pipe", async () => {
    const csv = csvOf(stage.devices);
    const [header = "", ...rest] = csv.split("\n");
    const crlf = await stage.write("crlf.csv", `\ufeff${csv.replaceAll("\n", "\r\n")}`);
    const quoted = await stage.write("quoted.csv", [header.replace(/^\w+/, '"$&"'), ...rest].join("\n"));
    const measure = (file: string) => ["measure", "--devices", file, ...stage.target(), "--workers", "3", ...ACCOUNT];
    for (const file of [stage.devicesFile, crlf, quoted]) {
      const finished = await iotb(measure(file));
      assert.equal(finished.code, 0, finished.stderr);
      assert.equal(accountsOf(resultOf(finished))[0]?.counts.delivered, COUNT);
    }
    // by the name of this process's descriptor: in another process that is another file, or none
    for (const shell of [`cat '${crlf}' | "$0" "$@"`, `exec "$0" "$@" < '${crlf}'`]) {
      const args = ["-c", shell, process.execPath, BIN, ...measure("/dev/stdin")];
      const child = spawn("bash", args, { stdio: ["ignore", "ignore", "inherit"] });
      assert.deepEqual(await once(child, "close"), [0, null], shell);
    }
  });

  it("is its own platform's fleet too", async () => {
    const args = ["measure", "--local", "--devices", stage.devicesFile, "--workers", "4", ...ACCOUNT];
    const finished = await iotb(args);
    assert.equal(finished.code, 0, finished.stderr);
    const { fleet, total } = resultOf(finished);
    assert.deepEqual([fleet?.online, fleet?.processes, total.delivered, total.missing], [COUNT, 4, COUNT, 0]);
  });

  it("is not started where any row is wrong or twice, whichever process would have had it", async () => {
    const rows = csvOf(stage.devices);
    const [first] = names(0, 1);
    const secret = stage.devices[0]?.deviceSecret ?? "";
    const cases: readonly (readonly [string, string, RegExp])[] = [
      [
        "twice",
        `${rows}${rows.split("\n")[1]}\n`,
        new RegExp(`:32:1: device ${first} of product \\w+ is on line 2 already`),
      ],
      ["short", `${rows}dk0999,${secret}\n`, /:32:8: 2 of 3 fields/],
      ["wrong", rows.replace(secret, "s e c"), /:2:\d+: the device secret/],
    ];
    for (const [name, text, why] of cases) {
      const file = await stage.write(`${name}.csv`, text);
      const finished = await iotb(["measure", "--devices", file, ...stage.target(), "--workers", "3", "--json"]);
      const { code, message } = documentOf(finished);
      assert.deepEqual([finished.code, code], [2, "bad-input-file"]);
      assert.match(String(message), why);
      assert.ok(!`${finished.stdout}${finished.stderr}`.includes(secret), "no secret in a message");
    }
  });
});
