import assert from "node:assert/strict";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { describe, it } from "node:test";
import { parseTriplets } from "../../src/protocol/triplet-csv.js";
import { runCli, startCli } from "../support/cli-run.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

const SECRET = "0123456789abcdef0123456789abcdef";
const HEADER = "DeviceName,DeviceSecret,ProductKey";

describe("iotb devices check", () => {
  it("finds the fixtures good", async () => {
    const csv = await runCli(["devices", "check", "fixtures/devices-4.csv"]);
    assert.deepEqual(csv, { code: 0, stdout: "4 good devices of product g6palBDnzyT, no problem\n", stderr: "" });
    const config = await runCli(["devices", "check", "fixtures/iot-device-config.json"]);
    assert.deepEqual([config.code, config.stdout], [0, "1 good device of product g6palBDnzyT, no problem\n"]);
  });

  const bad: [string, string, RegExp][] = [
    [
      "a missing column",
      `DeviceName,ProductKey\ndk001,pk\n`,
      /d\.csv:1:1: no column DeviceSecret \(the header has: DeviceName, ProductKey\)/,
    ],
    ["a bad row", `${HEADER}\ndk001,${SECRET}\n`, /d\.csv:2:7: 2 of 3 fields/],
    [
      "a duplicate",
      `${HEADER}\ndk001,${SECRET},pk\ndk001,${SECRET},pk\n`,
      /d\.csv:3:1: device dk001 of product pk is on line 2 already/,
    ],
    ["an empty file", "", /d\.csv:1:1: the file is empty/],
    ["a bad row after a BOM", `\ufeff${HEADER}\r\nd\u001bk,${SECRET},pk\r\n`, /d\.csv:2:1: the device name/],
  ];
  for (const [name, text, wanted] of bad) {
    it(`reports ${name}`, async () => {
      await using dir = await makeTempDir();
      const path = await dir.write("d.csv", text);
      const { code, stdout, stderr } = await runCli(["devices", "check", path]);
      assert.equal(code, 2);
      assert.match(stdout, wanted);
      assert.ok(!(stdout + stderr).includes(SECRET));
    });
  }

  it("accepts a BOM and CRLF", async () => {
    await using dir = await makeTempDir();
    const path = await dir.write("d.csv", `\ufeff${HEADER}\r\ndk001,${SECRET},pk\r\n`);
    assert.equal((await runCli(["devices", "check", path])).code, 0);
  });

  it("prints one document with --json", async () => {
    await using dir = await makeTempDir();
    const path = await dir.write("d.csv", `${HEADER}\ndk001,${SECRET},pk\nx,${SECRET},pk\n`);
    const { code, stdout, stderr } = await runCli(["devices", "check", path, "--json"]);
    assert.deepEqual([code, stderr], [2, ""]);
    assert.deepEqual(JSON.parse(stdout), {
      schema: "iotb.check/1",
      file: path,
      devices: 1,
      productKeys: ["pk"],
      problemCount: 1,
      problems: [{ line: 3, column: 1, why: "the device name is not 4 to 32 letters, digits or _ - @ . :" }],
    });
  });

  it("shows where a config is not JSON, without its secret", async () => {
    await using dir = await makeTempDir();
    const path = await dir.write("c.json", `{\n  productKey: "pk", deviceSecret: "${SECRET}"\n}`);
    const { code, stdout, stderr } = await runCli(["devices", "check", path, "--verbose"]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(
      stderr,
      /^error: .*c\.json:2:3: a key needs double quotes: productKey: "pk", deviceSecret: "\*\*\*"\nhint: keys/,
    );
    assert.ok(!stderr.includes(SECRET));
  });

  it("has a document for a missing file", async () => {
    const { code, stdout } = await runCli(["devices", "check", "/nowhere/d.csv", "--json"]);
    const { code: name, exit, message }: Record<string, unknown> = JSON.parse(stdout);
    assert.deepEqual([code, name, exit, message], [2, "bad-input-file", 2, "/nowhere/d.csv: no such file"]);
  });
});

describe("iotb devices generate", () => {
  it("prints triplets that it can read", async () => {
    const { code, stdout, stderr } = await runCli([
      "devices",
      "generate",
      "-c",
      "12",
      "--product-key",
      "pk1",
      "--prefix",
      "lamp-",
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
    const { triplets, problems } = parseTriplets(stdout);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      [triplets.length, triplets[0]?.deviceName, triplets[11]?.deviceName],
      [12, "lamp-001", "lamp-012"],
    );
    assert.ok(
      triplets.every(({ productKey, deviceSecret }) => productKey === "pk1" && /^[0-9a-f]{32}$/.test(deviceSecret)),
    );
    assert.equal(new Set(triplets.map(({ deviceSecret }) => deviceSecret)).size, 12);
  });

  it("pads names to the width of the greatest", async () => {
    const { triplets } = parseTriplets((await runCli(["devices", "generate", "-c", "2500"])).stdout);
    assert.deepEqual([triplets[0]?.deviceName, triplets[2499]?.deviceName], ["dk0001", "dk2500"]);
  });

  it("writes a new file for its owner alone, and tells no secret", async () => {
    await using dir = await makeTempDir();
    const path = dir.path("d.csv");
    const first = await runCli(["devices", "generate", "-c", "4", "--output", path, "--json"]);
    assert.deepEqual([first.code, (await stat(path)).mode & 0o777], [0, 0o600]);
    assert.deepEqual(JSON.parse(first.stdout), {
      schema: "iotb.generate/1",
      count: 4,
      productKey: "g6palBDnzyT",
      first: "dk001",
      last: "dk004",
      file: path,
    });
    const second = await runCli(["devices", "generate", "-c", "4", "--output", path]);
    assert.deepEqual([second.code, second.stdout], [2, ""]);
    assert.match(second.stderr, /it exists already/);
  });

  it("ends quietly when its reader goes away", async () => {
    const child = startCli(["devices", "generate", "-c", "500000"]);
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdout?.once("data", () => child.stdout?.destroy());
    const [code] = await once(child, "close");
    assert.deepEqual([code, stderr], [0, ""]);
  });

  it("stops at Ctrl-C with 130", async () => {
    const child = startCli(["devices", "generate", "-c", "10000000"]);
    child.stderr?.resume();
    child.stdout?.once("data", () => child.kill("SIGINT"));
    child.stdout?.resume();
    const [code] = await once(child, "close");
    assert.equal(code, 130);
  });

  it("leaves no half of a file at Ctrl-C", async () => {
    await using dir = await makeTempDir();
    const child = startCli(["devices", "generate", "-c", "10000000", "--output", dir.path("d.csv")]);
    while ((await stat(dir.path("d.csv")).catch(() => null)) === null) await new Promise(setImmediate);
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    assert.equal(code, 130);
    await assert.rejects(stat(dir.path("d.csv")));
  });

  for (const [name, args] of [
    ["no count", []],
    ["a count of 0", ["-c", "0"]],
    ["a bad prefix", ["-c", "1", "--prefix", "a b"]],
    ["--json without a file", ["-c", "1", "--json"]],
  ] as const) {
    it(`refuses ${name}`, async () => assert.equal((await runCli(["devices", "generate", ...args])).code, 2));
  }
});

describe("values from elsewhere", () => {
  it("a config file is beaten by the environment, and both are explained", async () => {
    await using dir = await makeTempDir();
    const config = await dir.write("c.json", '{"count": 3, "prefix": "conf-", "host": "10.0.0.1"}');
    const args = ["devices", "generate", "--config", config, "--verbose"];
    const { code, stdout, stderr } = await runCli(args, { env: { IOTB_PREFIX: "env-" } });
    assert.equal(code, 0);
    assert.deepEqual(
      parseTriplets(stdout).triplets.map(({ deviceName }) => deviceName),
      ["env-001", "env-002", "env-003"],
    );
    assert.match(stderr, /^count = 3 \("count" in .*c\.json\)$/m);
    assert.match(stderr, /^prefix = env- \(IOTB_PREFIX\)$/m);
  });

  it("refuses secrets and unknown names in a config file", async () => {
    await using dir = await makeTempDir();
    for (const [text, message] of [
      ['{\n "access-key": "a:hunter2"}', /c\.json:2:2: "access-key" is a secret/],
      ['{"cuont": 3}', /c\.json:1:2: "cuont" is not the name of a flag/],
    ] as const) {
      const config = await dir.write("c.json", text);
      const { code, stderr } = await runCli(["devices", "generate", "--config", config]);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.ok(!stderr.includes("hunter2"));
    }
  });
});
