import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { accountsOf, documentOf, type Finished, iotb, resultOf, startIotb } from "../support/measure-cli.js";
import { type BroadcastFate, type ProxiedBroadcast, startMqttProxy } from "../support/measure-mqtt-proxy.js";
import { type MeasureStage, nameOf, startStage } from "../support/measure-platform-stage.js";
import { PRODUCT } from "../support/platform-start.js";

const COUNT = 6;
const DRAIN = ["--drain", "500ms", "--json"];

type Line = Readonly<Record<string, unknown>>;
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
const textOf = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

describe("a recorded run", { timeout: 240_000 }, () => {
  let stage: MeasureStage;
  let script: (broadcast: ProxiedBroadcast) => BroadcastFate;
  let cut: string;
  let lost: string;
  let receiptsFile: string;
  let logFile: string;
  let receipts: Line[];

  before(async () => {
    stage = await startStage(COUNT);
    cut = nameOf(stage.devices, 2);
    lost = nameOf(stage.devices, 4);
    // the first broadcast: one device is cut off, another misses it; the second: all that are left get it
    script = ({ deviceName, nth }) => {
      if (nth > 1) return "pass";
      return deviceName === cut ? "cut" : deviceName === lost ? "drop" : "pass";
    };
    receiptsFile = join(stage.dir, "receipts.ndjson");
    logFile = join(stage.dir, "sent.ndjson");
    await using proxy = await startMqttProxy(stage.mqtt, script);
    const fleet = ["--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url }), "--reconnect", "off"];
    await using simulation = startIotb([
      ...["devices", "simulate", ...fleet, "--receipts", receiptsFile],
      ...["--limit", String(COUNT - 2 + COUNT - 1), "--json"],
    ]);
    await simulation.saw("stderr", new RegExp(`online ${COUNT}/${COUNT}`));
    const calls = ["--endpoint", stage.pop, "--product-key", PRODUCT, "--count", "2", "-I", "700ms", "--log", logFile];
    const sent = await iotb(["broadcast", stage.payloadFile, ...calls, "--json"]);
    assert.equal(sent.code, 0, sent.stderr);
    const simulated = await simulation.ended;
    assert.equal(simulated.code, 0, simulated.stderr);
    assert.equal(documentOf(simulated)["receipts"], COUNT - 2 + COUNT - 1);
    receipts = linesOf(await readFile(receiptsFile, "utf8"));
  });
  after(() => stage[Symbol.asyncDispose]());

  const measure = async (files: readonly string[], ...flags: string[]) => {
    const finished = await iotb(["measure", "--receipts", ...files, "--log", logFile, ...DRAIN, ...flags]);
    return { ...finished, result: resultOf(finished) };
  };
  const write = (name: string, lines: readonly Line[]) => stage.write(name, textOf(lines));
  const without = (...schemas: string[]) => receipts.filter(({ schema }) => !schemas.includes(String(schema)));

  it("has the account of a live one: the same counts, the same names", async () => {
    await using proxy = await startMqttProxy(stage.mqtt, script);
    const fleet = ["--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url })];
    const live = await iotb(["measure", stage.payloadFile, ...fleet, "--broadcasts", "2", ...DRAIN]);
    const { code, result } = await measure([receiptsFile]);
    assert.deepEqual([code, live.code], [6, 6]);
    assert.deepEqual(accountsOf(result), accountsOf(resultOf(live)));
    const [first, second] = accountsOf(result);
    assert.deepEqual([first?.missing, first?.excused], [[lost], [cut]]);
    assert.deepEqual(
      [first?.counts.expected, first?.counts.delivered, second?.counts.expected, second?.counts.delivered],
      [COUNT, COUNT - 2, COUNT - 1, COUNT - 1],
    );
    assert.equal(result.target.kind, "recorded");
    assert.equal(result.generator, null);
    assert.ok((result.clock?.uncertaintyMs ?? 1) < 0.01, "one boot, one clock");
    const p50 = result.total.latencyMs.p50 ?? 0;
    assert.ok(p50 > 0 && p50 < 10_000, `p50 ${p50}`);
  });

  it("takes the default drain too: devices that the recorder itself took offline are not excused", async () => {
    const finished = await iotb(["measure", "--receipts", receiptsFile, "--log", logFile, "--json"]);
    assert.deepEqual(accountsOf(resultOf(finished)), accountsOf((await measure([receiptsFile])).result));
  });

  it("expects the rows of --devices where it has no presence lines, and excuses nobody", async () => {
    const file = await write("no-presence.ndjson", without("iotb.presence/1"));
    const { code, result } = await measure([file], "--devices", stage.devicesFile);
    assert.equal(code, 6);
    assert.deepEqual(
      result.broadcasts.map(({ expected, delivered, missing, excused }) => [expected, delivered, missing, excused]),
      [
        [COUNT, COUNT - 2, 2, null],
        [COUNT, COUNT - 1, 1, null],
      ],
    );
    assert.deepEqual(
      result.broadcasts.map(({ missingDevices }) => missingDevices.toSorted()),
      [[cut, lost].toSorted(), [cut]],
    );
    assert.match(result.warnings.join("\n"), /no presence lines/);
    const names = await stage.write("names.txt", `${stage.devices.map(({ deviceName }) => deviceName).join("\n")}\n`);
    const named = await measure([file], "--expected", names);
    assert.deepEqual(accountsOf(named.result), accountsOf(result));
  });

  it("proves nothing without presence lines and without --devices", async () => {
    const file = await write("nobody.ndjson", without("iotb.presence/1"));
    const { code, result } = await measure([file]);
    assert.equal(code, 7);
    assert.equal(result.verdict, "invalid");
    const { expected, missing, excused, coverageMs } = result.total;
    assert.deepEqual([expected, missing, excused, coverageMs.p50], [null, null, null, null]);
    assert.match(result.causes.join("\n"), /no expected set/);
  });

  it("warns where the recording was cut", async () => {
    const noEnd = await write("no-end.ndjson", without("iotb.end/1"));
    const half = await stage.write("half.ndjson", `${textOf(without("iotb.end/1"))}{"schema":"iotb.rece`);
    const whole = await measure([receiptsFile]);
    assert.doesNotMatch(whole.result.warnings.join("\n"), /cut/);
    for (const file of [noEnd, half]) {
      const { result } = await measure([file]);
      assert.match(result.warnings.join("\n"), /recording was cut/);
      assert.deepEqual(accountsOf(result), accountsOf(whole.result));
    }
  });

  it("of another boot has no latency that a threshold may be held to, unless told how far the clocks may be apart", async () => {
    const file = await write(
      "other-boot.ndjson",
      receipts.map((line) => (line["schema"] === "iotb.clock/1" ? { ...line, bootId: "another-boot" } : line)),
    );
    const plain = await measure([file]);
    assert.equal(plain.code, 6, "the account needs no clock");
    assert.equal(plain.result.clock?.uncertaintyMs, null);
    assert.deepEqual(accountsOf(plain.result), accountsOf((await measure([receiptsFile])).result));
    const threshold = ["--threshold", "p50<10s"];
    const unsure = await measure([file], ...threshold);
    assert.deepEqual([unsure.code, unsure.result.verdict], [7, "invalid"]);
    assert.match(unsure.result.causes.join("\n"), /--clock-uncertainty/);
    const told = await measure([file], ...threshold, "--clock-uncertainty", "50ms");
    assert.deepEqual([told.code, told.result.clock?.uncertaintyMs], [6, 50]);
    assert.deepEqual(
      told.result.thresholds.map(({ pass }) => pass),
      [true],
    );
    const near = await measure([file], ...threshold, "--clock-uncertainty", "20s");
    assert.equal(near.code, 7, "nearer to the limit than the clocks are certain");
  });

  it("may be in several files, in any order", async () => {
    const half = (keep: (name: string) => boolean) => {
      const kept = without("iotb.end/1").filter(
        ({ deviceName }) => deviceName === undefined || keep(String(deviceName)),
      );
      const count = (schema: string) => kept.filter((line) => line["schema"] === schema).length;
      return [
        ...kept,
        { schema: "iotb.end/1", presences: count("iotb.presence/1"), receipts: count("iotb.receipt/1") },
      ];
    };
    const own = new Set(stage.devices.slice(0, 3).map(({ deviceName }) => deviceName));
    const left = await write(
      "left.ndjson",
      half((name) => own.has(name)),
    );
    const right = await write(
      "right.ndjson",
      half((name) => !own.has(name)),
    );
    const whole = await measure([receiptsFile]);
    for (const files of [
      [left, right],
      [right, left],
    ]) {
      const { code, result } = await measure(files);
      assert.equal(code, 6);
      assert.deepEqual(accountsOf(result), accountsOf(whole.result));
      assert.deepEqual(result.total.latencyMs, whole.result.total.latencyMs);
      assert.deepEqual(result.warnings, []);
    }
  });

  it("may come by stdin", async () => {
    const args = ["measure", "--receipts", "-", "--log", logFile, ...DRAIN];
    const finished = await iotb(args, { input: textOf(receipts) });
    assert.equal(finished.code, 6, finished.stderr);
    assert.deepEqual(accountsOf(resultOf(finished)), accountsOf((await measure([receiptsFile])).result));
  });

  it("may be packed by gzip, beside files that are not, and is cut where a packed one is", async () => {
    const whole = await measure([receiptsFile]);
    const packed = gzipSync(textOf(receipts));
    const file = join(stage.dir, "receipts.ndjson.gz");
    await writeFile(file, packed);
    const { code, stderr, result } = await measure([file], "--verbose");
    assert.deepEqual([code, result], [6, whole.result]);
    assert.match(stderr, new RegExp(`^read ${receipts.length} lines in \\d+ ms$`, "m"));
    // the same lines twice: every receipt is a duplicate, and nothing else changes
    const twice = await measure([file, receiptsFile]);
    assert.deepEqual(
      twice.result.broadcasts.map(({ missing, duplicates, delivered }) => [missing, duplicates - delivered]),
      whole.result.broadcasts.map(({ missing }) => [missing, 0]),
    );
    await writeFile(file, packed.subarray(0, packed.length - 30));
    assert.match((await measure([file])).result.warnings.join("\n"), /recording was cut/);
    await writeFile(file, Buffer.concat([packed.subarray(0, 60), Buffer.alloc(40, 7), packed.subarray(100)]));
    const damaged = await iotb(["measure", "--receipts", file, "--log", logFile, "--json"]);
    assert.deepEqual([damaged.code, documentOf(damaged)["code"]], [2, "bad-input-file"]);
  });

  it("is told in words too", async () => {
    const { code, stdout } = await iotb(["measure", "--receipts", receiptsFile, "--log", logFile]);
    assert.equal(code, 6);
    assert.match(stdout, new RegExp(`^missing +${lost}$`, "m"));
    assert.match(stdout, new RegExp(`^excused +${cut}$`, "m"));
    assert.match(stdout, /^verdict +FAIL$/m);
  });

  it("with a bad line ends with exit code 2, the file and the line", async () => {
    const [clock] = receipts;
    const bad = async (name: string, line: string): Promise<Finished> => {
      const file = await stage.write(name, `${JSON.stringify(clock)}\n${line}\n`);
      return await iotb(["measure", "--receipts", file, "--log", logFile, "--json"]);
    };
    for (const [name, line] of [
      ["not-json.ndjson", "{"],
      ["no-object.ndjson", "[1]"],
      ["no-key.ndjson", '{"schema":"iotb.receipt/1","messageId":null}'],
      [
        "bad-id.ndjson",
        JSON.stringify({ ...receipts.find((one) => one["schema"] === "iotb.receipt/1"), messageId: 7 }),
      ],
    ] as const) {
      const finished = await bad(name, line);
      const { code, message } = documentOf(finished);
      assert.deepEqual([finished.code, code], [2, "bad-input-file"]);
      assert.ok(String(message).includes(`${name}:2`), String(message));
    }
  });

  it("needs calls: a log without any is invalid, no log at all is exit code 2", async () => {
    const [clock] = receipts;
    const empty = await stage.write("empty.ndjson", `${JSON.stringify(clock)}\n`);
    const finished = await iotb(["measure", "--receipts", receiptsFile, "--log", empty, "--json"]);
    assert.equal(finished.code, 7);
    assert.equal((await iotb(["measure", "--receipts", receiptsFile])).code, 2);
  });
});
