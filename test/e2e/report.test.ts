import assert from "node:assert/strict";
import { appendFile, readFile, rm } from "node:fs/promises";
import { test } from "node:test";
import { RUN_FILES } from "../../src/domain/run-record.js";
import { runCli } from "../support/cli-run.js";
import { makeTempDir } from "../support/cli-temp-dir.js";
import { assertKeepsTo } from "../support/json-schema.js";
import { numberedDevice, recordedRun, writeRun } from "../support/recorded-run.js";
import { fullBroadcast, lossyBroadcast } from "../support/rendered-runs.js";
import { parseXml } from "../support/xml-parse.js";

const part = (number: number) =>
  recordedRun([lossyBroadcast("1"), fullBroadcast("2", 20)], {
    log: `part ${number}`,
    thresholds: ["max<1s"],
    allowExcused: "50%",
    addressOf: (device) => numberedDevice(100 * number + device),
  });

test("a run is shown again in words, and judged as it was", async () => {
  await using dir = await makeTempDir();
  const run = await writeRun(
    dir.path("run"),
    recordedRun([fullBroadcast("1"), fullBroadcast("2")], { thresholds: ["p99<1s"] }),
  );
  const { code, stdout, stderr } = await runCli(["report", run]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^fleet +10\/10 online, 10 a second/);
  assert.match(stdout, /\n1 +1 +2,000\/2,000 /);
  assert.match(stdout, /account +expected 4,000 = delivered 4,000/);
  assert.match(stdout, /threshold +p99<1s +observed \S+ +met\nverdict +PASS/);
  const failed = await writeRun(dir.path("failed"), recordedRun([lossyBroadcast("1")]));
  assert.equal((await runCli(["report", failed])).code, 6);
});

test("directories are merged: the counts add up, and the document is measure's", async () => {
  await using dir = await makeTempDir();
  const runs = await Promise.all([1, 2, 3].map((number) => writeRun(dir.path(`part-${number}`), part(number))));
  const { code, stdout } = await runCli(["report", ...runs, "--json"]);
  assert.equal(code, 6);
  const { schema, verdict, total, broadcasts, causes } = JSON.parse(stdout);
  assert.deepEqual([schema, verdict, total.expected, total.delivered], ["iotb.measure/1", "fail", 69, 63]);
  assert.deepEqual(broadcasts[0].missingDevices, ["d000101", "d000201", "d000301"]);
  assert.deepEqual(causes, ["missing: 3 of 69 expected deliveries"]);
});

test("a threshold given to report holds instead of the runs' own", async () => {
  await using dir = await makeTempDir();
  const runs = await Promise.all(
    ["p99<1s", "p50<1s"].map((threshold, i) =>
      writeRun(dir.path(String(i)), recordedRun([fullBroadcast(String(i))], { thresholds: [threshold] })),
    ),
  );
  const unlike = await runCli(["report", ...runs]);
  assert.equal(unlike.code, 2);
  assert.match(unlike.stderr, /judged by unlike thresholds\n.*--threshold/);
  assert.equal((await runCli(["report", ...runs, "--threshold", "p99<1s"])).code, 0);
  assert.equal((await runCli(["report", ...runs, "--threshold", "p99<1ms"])).code, 99);
});

test("every form is written, one of them to standard output", async () => {
  await using dir = await makeTempDir();
  const run = await writeRun(dir.path("run"), part(1));
  const [html, junit, prometheus, csv] = ["page.html", "junit.xml", "iotb.prom", "run.csv"].map(dir.path);
  assert.ok(html && junit && prometheus && csv);
  const flags = ["--html", html, "--junit", junit, "--prometheus", prometheus, "--csv", csv, "--markdown", "-"];
  const { code, stdout, stderr } = await runCli(["report", run, ...flags]);
  assert.equal(code, 6, stderr);
  assert.match(stdout, /^### iotb measure: ❌ fail\n.*<\/details>\n/s);
  assert.equal(parseXml(await readFile(junit, "utf8")).attributes["failures"], "1");
  assert.match(await readFile(prometheus, "utf8"), /^iotb_deliveries_total\{outcome="missing",product_key="pk"\} 1$/m);
  assert.equal((await readFile(csv, "utf8")).split("\r\n").length, 4);
  assert.match(await readFile(html, "utf8"), /^<!doctype html>/i);
});

test("colours stay colours, and what a directory holds is shown with its controls escaped", async () => {
  await using dir = await makeTempDir();
  const run = await writeRun(dir.path("run"), recordedRun([fullBroadcast("1")], { invalid: ["\u001b[31mred"] }));
  const { code, stdout } = await runCli(["report", run], { env: { FORCE_COLOR: "1" } });
  assert.equal(code, 7);
  assert.ok(stdout.includes("\u001b[1mverdict"));
  assert.ok(stdout.includes("\\x1b[31mred"));
  assert.ok(!stdout.includes("\u001b[31mred"));
});

test("directories that are no whole runs are refused", async () => {
  await using dir = await makeTempDir();
  const run = (name: string) => writeRun(dir.path(name), part(1));
  const cut = await run("cut");
  await rm(dir.path(`cut/${RUN_FILES.manifest}`));
  const altered = await run("altered");
  await appendFile(dir.path(`altered/${RUN_FILES.account}`), " ");
  const whole = await run("whole");
  for (const [args, message] of [
    [[dir.path("nowhere")], /nowhere/],
    [[cut], /cut.*manifest\.json/],
    [[altered], /altered.account\.json/],
    [[whole, whole], /are the same run/],
    [[whole, "--json", "--csv", "-"], /contradict each other/],
    [[whole, "--csv", "-", "--junit", "-"], /name the same file: -/],
    [[whole, "--csv", dir.path("none/run.csv")], /none.run\.csv: no such file/],
    [[whole, "--threshold", "p99<"], /not a condition/],
    [[], /missing required argument/],
  ] as const) {
    const { code, stderr, stdout } = await runCli(["report", ...args]);
    assert.equal(code, 2, `${args.join(" ")}: ${stdout}${stderr}`);
    assert.match(`${stderr}${stdout}`, message);
  }
});

test("measure writes the same files of its own run", async () => {
  await using dir = await makeTempDir();
  const [junit, markdown, csv] = ["junit.xml", "run.md", "run.csv"].map(dir.path);
  assert.ok(junit && markdown && csv);
  const local = ["measure", "--local", "-c", "5", "--broadcasts", "1", "--fault", "drop=1", "--drain", "500ms"];
  const { code, stdout, stderr } = await runCli([
    ...local,
    "--json",
    "--junit",
    junit,
    "--markdown",
    markdown,
    "--csv",
    csv,
  ]);
  assert.equal(code, 6, stderr);
  const { broadcasts } = JSON.parse(stdout);
  const [missing] = broadcasts[0].missingDevices;
  assert.ok((await readFile(junit, "utf8")).includes(`missing: ${missing}`));
  assert.ok((await readFile(markdown, "utf8")).includes(`| \`${missing}\` | 1 |`));
  assert.ok((await readFile(csv, "utf8")).includes(`\r\n${broadcasts[0].messageId},false,`));
});

test("measure finds out that a report cannot be written before it connects anybody", async () => {
  await using dir = await makeTempDir();
  const local = ["measure", "--local", "-c", "5", "--junit"];
  const nowhere = await runCli([...local, dir.path("none/junit.xml")]);
  assert.deepEqual([nowhere.code, nowhere.stdout], [2, ""]);
  assert.match(nowhere.stderr, /junit\.xml: no such file\n.*make its directory first/);
  const taken = await runCli([...local, "-"]);
  assert.equal(taken.code, 2);
  assert.match(taken.stderr, /--junit -: standard output is for the result/);
});

test("what measure keeps with --out, report shows as measure did", async () => {
  await using dir = await makeTempDir();
  const out = dir.path("run");
  const junit = [dir.path("measured.xml"), dir.path("reported.xml")] as const;
  const local = [
    "measure",
    "--local",
    "-c",
    "20",
    "--broadcasts",
    "2",
    "--fault",
    "drop=1,duplicate=1",
    "--drain",
    "500ms",
  ];
  const measured = await runCli([...local, "--threshold", "max<60s", "--json", "--out", out, "--junit", junit[0]]);
  assert.equal(measured.code, 6, measured.stderr);
  const reported = await runCli(["report", out, "--json", "--junit", junit[1]]);
  assert.equal(reported.code, 6, reported.stderr);
  assert.deepEqual(JSON.parse(reported.stdout), JSON.parse(measured.stdout));
  const [ofMeasure, ofReport] = await Promise.all(junit.map((path) => readFile(path, "utf8")));
  const withoutHash = (xml = "") => xml.replace(/<property name="run" value="[0-9a-f]+"\/>/, "");
  assert.equal(withoutHash(ofReport), withoutHash(ofMeasure));
  // judged anew by the same rules it comes out the same: what a directory holds is enough
  const anew = await runCli(["report", out, "--json", "--threshold", "max<60s"]);
  assertKeepsTo("measure-1", JSON.parse(reported.stdout), JSON.parse(anew.stdout));
  const { total, verdict, causes } = JSON.parse(anew.stdout);
  const whole = JSON.parse(measured.stdout);
  assert.deepEqual(
    [total.latencyMs, total.coverageMs, total.missing, verdict, causes],
    [whole.total.latencyMs, whole.total.coverageMs, whole.total.missing, whole.verdict, whole.causes],
  );
});

test("recordings of two halves of a fleet, kept apart and merged, are the recording of the whole", async () => {
  await using dir = await makeTempDir();
  const names = ["dev1", "dev2", "dev3", "dev4"];
  const clock = { schema: "iotb.clock/1", bootId: "b", monotonicUs: 0, unixUs: 0 };
  const address = (deviceName: string) => ({ productKey: "pk", deviceName });
  const sent = { topicFullName: null, bytes: 2, payloadSha256: "a".repeat(64), productKey: "pk" };
  const call = {
    schema: "iotb.broadcast/1",
    messageId: "7",
    requestId: "r",
    ...sent,
    dueAtUs: 1000,
    sentAtUs: 1100,
    acceptedAtUs: 1200,
  };
  const log = await dir.write("sent.ndjson", [clock, call].map((line) => `${JSON.stringify(line)}\n`).join(""));
  const record = (file: string, devices: readonly string[]) => {
    const online = devices.map((name) => ({
      schema: "iotb.presence/1",
      ...address(name),
      state: "online",
      atUs: 10,
      reason: null,
      closedBy: null,
    }));
    const got = devices
      .filter((name) => name !== "dev3")
      .map((name) => ({
        schema: "iotb.receipt/1",
        messageId: "7",
        ...address(name),
        topic: `/sys/pk/${name}/broadcast/request/7`,
        receivedAtUs: 5000 + 1000 * names.indexOf(name),
        bytes: 2,
        payloadSha256: sent.payloadSha256,
        qos: 0,
        dup: false,
      }));
    const lines = [clock, ...online, ...got, { schema: "iotb.end/1", receipts: got.length, presences: online.length }];
    return dir.write(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  };
  const keep = async (name: string, devices: readonly string[]): Promise<string> => {
    const out = dir.path(name);
    const receipts = await record(`${name}.ndjson`, devices);
    const { code, stderr } = await runCli(["measure", "--receipts", receipts, "--log", log, "--out", out]);
    assert.equal(code, devices.includes("dev3") ? 6 : 0, stderr);
    return out;
  };
  const half = await keep("half", names.slice(0, 2));
  const other = await keep("other", names.slice(2));
  const whole = await keep("whole", names);
  const merged = await runCli(["report", half, other, "--json"]);
  const alone = await runCli(["report", whole, "--json"]);
  assert.deepEqual([merged.code, alone.code], [6, 6]);
  assert.deepEqual(JSON.parse(merged.stdout), JSON.parse(alone.stdout));
  const overlapping = await runCli(["report", whole, other]);
  assert.match(overlapping.stderr, /both tell of pk\/dev3 in broadcast 7/);
});
