import assert from "node:assert/strict";
import { test } from "node:test";
import { mustFail } from "../support/e2e-failure.js";
import { PRODUCT, startPlatformProgram } from "../support/e2e-platform.js";
import { runIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";

const SECRET = "5ec7e7c0ffee5ec7e7c0ffee5ec7e7c0";
const HEADER = "DeviceName,DeviceSecret,ProductKey";
const ROW = `dk001,${SECRET},${PRODUCT}`;
const NOWHERE = ["--endpoint", "http://127.0.0.1:1"];

test("a bad triplet file is named with line and column, before anything is connected", async () => {
  using scratch = new Scratch();
  const bad: readonly (readonly [string, string, string, RegExp])[] = [
    ["a missing column", `DeviceName,Secret\ndk001,${SECRET}\n`, "1:1", /no column DeviceSecret, ProductKey/],
    ["a bad row", `${HEADER}\n${ROW}\nd,${SECRET},${PRODUCT}\n`, "3:1", /the device name is not 4 to 32/],
    ["a row cut short", `${HEADER}\n${ROW}\ndk002,${SECRET}\n`, "3:7", /2 of 3 fields/],
    [
      "an illegal secret",
      `${HEADER}\ndk001,${SECRET} x,${PRODUCT}\n`,
      "2:7",
      /the device secret is empty or holds blanks/,
    ],
    ["a duplicate", `${HEADER}\n${ROW}\n${ROW}\n`, "3:1", /dk001 of product g6palBDnzyT is on line 2 already/],
    ["an empty file", "", "1:1", /the file is empty/],
    ["no device", `${HEADER}\n`, "1:1", /no device/],
    ["no header", `${ROW}\n`, "1:1", /no column/],
  ];
  for (const [name, content, place, why] of bad) {
    const file = scratch.write("devices.csv", content);
    const error = new RegExp(`devices\\.csv:${place}: .*${why.source}`);
    for (const command of [["devices", "simulate", "-h", "mqtt://127.0.0.1:1"], ["platform"]]) {
      const { stderr } = await mustFail([...command, "--devices", file], { code: 2, error, hint: /./ });
      assert.ok(!stderr.includes(SECRET), `${name}: ${stderr}`);
    }
    const checked = await runIotb(["devices", "check", file]);
    assert.equal(checked.code, 2, name);
    assert.match(checked.stdout, error);
    assert.ok(!(checked.stdout + checked.stderr).includes(SECRET), name);
  }
});

test("a BOM, CRLF, another order of columns and extra columns are accepted", async () => {
  using scratch = new Scratch();
  const file = scratch.write(
    "devices.csv",
    `\ufeffproductkey,Note,DEVICENAME,DeviceSecret\r\n${PRODUCT},hall,dk001,${SECRET}\r\n\r\n`,
  );
  const { code, stdout } = await runIotb(["devices", "check", file]);
  assert.equal(code, 0);
  assert.match(stdout, /^1 good device of product g6palBDnzyT, no problem$/m);
});

test("a device config that is not JSON shows its line, the secret masked", async () => {
  using scratch = new Scratch();
  const file = scratch.write("device.json", `{\n  "productKey": "${PRODUCT}",\n  deviceSecret: "${SECRET}",\n}\n`);
  const wanted = {
    code: 2,
    error: /device\.json:3:3: a key needs double quotes: deviceSecret: "\*\*\*"/,
    hint: /keys/,
  };
  for (const args of [
    ["devices", "connect", file],
    ["devices", "simulate", "--devices", file],
  ]) {
    const { stderr } = await mustFail(args, wanted);
    assert.ok(!stderr.includes(SECRET));
  }
});

test("a bad message is refused before any call", async () => {
  using scratch = new Scratch();
  const to = ["--product-key", PRODUCT, ...NOWHERE];
  const json = scratch.write("not.json", '{\n  "volume": 80,\n}\n');
  await mustFail(["broadcast", json, ...to], { code: 2, error: /not\.json:2:15: not JSON: /, hint: /--raw/ });
  await mustFail(["broadcast", "-m", "volume up", ...to], { code: 2, error: /--message:1:1: not JSON/, hint: /--raw/ });
  const long = scratch.write("long.json", `"${"x".repeat(65_535)}"`);
  await mustFail(["broadcast", long, ...to], { code: 2, error: /longer than 65,536 bytes/, hint: /64 KB/ });
  await mustFail(["broadcast", long, "--raw", ...to], { code: 2, error: /longer than 65,536 bytes/ });
  await mustFail(["broadcast", scratch.write("empty", ""), ...to], { code: 2, error: /the message is empty/ });
  await mustFail(["broadcast", "-", ...to], { code: 2, error: /\(stdin\): the message is empty/ });
  await mustFail(["broadcast", scratch.at("none"), ...to], { code: 2, error: /none: no such file/ });
  await mustFail(["broadcast", scratch.path, ...to], { code: 2, error: /it is a directory/ });
  await mustFail(["broadcast", ...to], { code: 2, error: /no message to send/, hint: /payload file/ });
});

test("a message that may not be read is refused", {
  skip: process.getuid?.() === 0 ? "root reads everything" : false,
}, async () => {
  using scratch = new Scratch();
  const file = scratch.write("closed.json", "{}");
  scratch.forbid("closed.json");
  const args = ["broadcast", file, "--product-key", PRODUCT, ...NOWHERE];
  await mustFail(args, { code: 2, error: /closed\.json: permission denied/ });
});

test("exactly 65,536 bytes are sent, and with --raw what is not JSON", async () => {
  using scratch = new Scratch();
  await using platform = await startPlatformProgram();
  const to = ["--product-key", PRODUCT, "--endpoint", platform.ready.pop, "--json"];
  const longest = await runIotb(["broadcast", scratch.write("longest.json", `"${"x".repeat(65_534)}"`), ...to]);
  assert.equal(longest.code, 0, longest.stderr);
  assert.equal(Reflect.get(JSON.parse(longest.stdout) as object, "bytes"), 65_536);
  const raw = await runIotb(["broadcast", scratch.write("raw", Uint8Array.of(0xff, 0, 0xfe)), "--raw", ...to]);
  assert.equal(raw.code, 0, raw.stderr);
  assert.equal(Reflect.get(JSON.parse(raw.stdout) as object, "bytes"), 3);
});

test("a config file with a secret, an unknown key or no JSON is refused with its place", async () => {
  using scratch = new Scratch();
  const bad: readonly (readonly [string, RegExp])[] = [
    [`{\n  "access-key": "id:${SECRET}"\n}`, /config\.json:2:3: "access-key" is a secret/],
    [`{ "deviceSecret": "${SECRET}" }`, /config\.json:1:3: "deviceSecret" is a secret/],
    ['{ "drian": "5s" }', /config\.json:1:3: "drian" is not the name of a flag/],
    ['{ "count": {} }', /config\.json:1:3: "count" is not a text/],
    ["[]", /config\.json:1:1: not a JSON object/],
    ['{ "count": 4, }', /config\.json:1:13: a comma/],
  ];
  for (const [content, error] of bad) {
    const file = scratch.write("config.json", content);
    const { stderr } = await mustFail(["platform", "--config", file], { code: 2, error, hint: /./ });
    assert.ok(!stderr.includes(SECRET), stderr);
  }
  await mustFail(["platform", "--config", scratch.at("none.json")], { code: 2, error: /none\.json: no such file/ });
  const wrong = scratch.write("config.json", '{ "mqtt-port": 70000 }');
  await mustFail(["platform", "--config", wrong], { code: 2, error: /"mqtt-port" in .*config\.json: "70000" is not/ });
});

test("a recording that cannot be written fails before anything is connected", async () => {
  using scratch = new Scratch();
  await using platform = await startPlatformProgram();
  const { mqtt, pop } = platform.ready;
  const file = scratch.write("devices.csv", `${HEADER}\n${ROW}\n`);
  const simulate = ["devices", "simulate", "--devices", file, "-h", mqtt, "--receipts"];
  const missing = { code: 2, error: /none\/receipts\.ndjson: no such file/, hint: /mkdir -p/ };
  await mustFail([...simulate, scratch.at("none", "receipts.ndjson")], missing);
  await mustFail([...simulate, scratch.path], { code: 2, error: /it is a directory/ });
  await mustFail([...simulate, "/proc/version"], { code: 2, error: /\/proc\/version: / });
  const log = ["broadcast", "-m", "1", "--product-key", PRODUCT, "--endpoint", pop, "--log"];
  await mustFail([...log, scratch.at("none", "sent.ndjson")], { code: 2, error: /none\/sent\.ndjson: no such file/ });
  const { stderr } = await platform.program.interrupt();
  assert.match(stderr, /stopped after 0 logins, 0 broadcasts/);
});
