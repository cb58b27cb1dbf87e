import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseTriplets } from "../../src/protocol/triplet-csv.js";
import { type CliRun, runCli, startCli } from "../support/cli-run.js";
import { makeTempDir } from "../support/cli-temp-dir.js";
import { httpCall } from "../support/http-call.js";
import { recordConnectionsTo, recordedConnections } from "../support/recorded-connections.js";

const CANARY = "CANARYkeyOfARealAccount";
const CLIENT = fileURLToPath(new URL("../support/aliyun-like-client.js", import.meta.url));
const node = (script: string): string[] => [process.execPath, "--input-type=module", "-e", script];

/** Runs `iotb exec` with temporary files in a directory of its own, and tells what is left there. */
const runExec = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun & { readonly left: readonly string[] }> => {
  await using dir = await makeTempDir();
  const run = await runCli(["exec", ...args], { env: { TMPDIR: dirname(dir.path("x")), ...env } });
  return { ...run, left: await readdir(dirname(dir.path("x"))) };
};

describe("iotb exec", () => {
  it("gives the command what it needs and cleans up behind it", async () => {
    const script = `import { readFileSync, statSync } from "node:fs";
      const { env } = process;
      const mode = (path) => (statSync(path).mode & 0o777).toString(8);
      const { dirname } = await import("node:path");
      console.log(JSON.stringify({ env, csv: readFileSync(env.IOTB_DEVICES, "utf8"), file: mode(env.IOTB_DEVICES), dir: mode(dirname(env.IOTB_DEVICES)) }));`;
    const { code, stdout, stderr, left } = await runExec(["-c", "3", "--", ...node(script)]);
    assert.equal(code, 0, stderr);
    const { env, csv, file, dir } = JSON.parse(stdout);
    assert.deepEqual([file, dir], ["600", "700"]);
    const { triplets, problems } = parseTriplets(csv);
    assert.deepEqual([triplets.length, problems], [3, []]);
    assert.match(env.IOTB_ENDPOINT, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(env.IOTB_HOST, /^mqtt:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(
      [env.IOTB_PRODUCT_KEY, env.IOTB_INSTANCE_ID, env.ALIBABA_CLOUD_ACCESS_KEY_ID],
      [triplets[0]?.productKey, "iot-local", "iotb-local"],
    );
    assert.match(stderr, /^local platform ready: 3 devices/);
    assert.deepEqual(left, []);
    await assert.rejects(httpCall(env.IOTB_ENDPOINT), "the platform is gone");
  });

  it("knows the devices of a file", async () => {
    const script =
      "const { readFileSync } = await import('node:fs'); console.log(readFileSync(process.env.IOTB_DEVICES, 'utf8'))";
    const { stdout } = await runExec(["--devices", "fixtures/devices-4.csv", "--quiet", "--", ...node(script)]);
    const wanted = await readFile("fixtures/devices-4.csv");
    assert.deepEqual(parseTriplets(stdout).triplets, parseTriplets(wanted).triplets);
  });

  it("lets iotb itself run inside, without a flag", async () => {
    const inner = `${process.execPath} bin/iotb.js measure --json --quiet`;
    const { code, stdout, stderr } = await runExec(["-c", "5", "--quiet", "--", "sh", "-c", inner]);
    assert.equal(code, 0, stderr);
    const { verdict, fleet, total } = JSON.parse(stdout);
    assert.deepEqual([verdict, fleet.online, total.delivered], ["pass", 5, 5]);
  });

  it("passes everything after the command to it, with and without dashes", async () => {
    const script = "console.log(JSON.stringify(process.argv.slice(1)))";
    for (const dashes of [["--"], []]) {
      const words = [process.execPath, "-e", script, "--", "--json", "-c", "-h", "--devices"];
      const { code, stdout } = await runExec(["--quiet", ...dashes, ...words]);
      assert.deepEqual([code, JSON.parse(stdout)], [0, ["--json", "-c", "-h", "--devices"]]);
    }
  });

  it("hands its standard input on", async () => {
    const { stdout } = await runCli(["exec", "--quiet", "--", "cat"], { stdin: "a line\n" });
    assert.equal(stdout, "a line\n");
  });

  for (const [name, command, wanted] of [
    ["the command's own", ["sh", "-c", "exit 42"], 42],
    ["the command's own, also one of iotb's", ["sh", "-c", "exit 6"], 6],
    ["that of a signal, as in a shell", ["sh", "-c", "kill -KILL $$"], 137],
    ["127 for a command that is not there", ["no-such-command-of-iotb"], 127],
    ["126 for what cannot be executed", ["./package.json"], 126],
  ] as const) {
    it(`exits with ${name}`, async () => {
      const { code, stdout, left } = await runExec(["-c", "1", "--quiet", "--", ...command]);
      assert.deepEqual([code, stdout, left], [wanted, "", []]);
    });
  }

  it("exits with 125 where the platform does not start", async () => {
    const args = ["--devices", "/nowhere/d.csv", "--", "sh", "-c", "echo ran"];
    const plain = await runExec(args);
    assert.deepEqual([plain.code, plain.stdout], [125, ""]);
    assert.match(plain.stderr, /^error: \/nowhere\/d\.csv: no such file/);
    const json = await runExec(["--json", ...args]);
    const { schema, exit } = JSON.parse(json.stdout);
    assert.deepEqual([json.code, schema, exit], [125, "iotb.error/1", 125]);
  });

  it("refuses to guess", async () => {
    assert.equal((await runExec([])).code, 2);
    assert.equal((await runExec(["-c", "1", "--devices", "x.csv", "--", "true"])).code, 2);
    const typed = await runExec(["-c", "2", "--quiet", "--", "sh", "-c", "wc -l < $IOTB_DEVICES"], {
      IOTB_DEVICES: "x",
    });
    assert.deepEqual([typed.code, typed.stdout.trim()], [0, "3"]);
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    it(`hands ${signal} on, waits for the command and removes what it wrote`, async () => {
      await using dir = await makeTempDir();
      const tmp = dir.path("tmp");
      await mkdir(tmp);
      const script = `process.on(${JSON.stringify(signal)}, () => { console.log("got it"); clearInterval(alive); process.exitCode = 9; });
        const alive = setInterval(() => {}, 1000); console.log("ready");`;
      const child = startCli(["exec", "-c", "1", "--quiet", "--", ...node(script)], { TMPDIR: tmp });
      let out = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        out += text;
        if (text.includes("ready")) child.kill(signal);
      });
      child.stderr?.resume();
      const [code] = await once(child, "close");
      assert.deepEqual([code, out, await readdir(tmp)], [9, "ready\ngot it\n", []]);
    });
  }
});

describe("iotb exec keeps a command away from real accounts", () => {
  /** A home and an environment full of keys that must not be used. */
  const prepare = async (home: string): Promise<Record<string, string>> => {
    await mkdir(join(home, ".aliyun"), { recursive: true });
    await mkdir(join(home, ".alibabacloud"), { recursive: true });
    const profile = { mode: "AK", access_key_id: CANARY, access_key_secret: CANARY, region_id: "cn-shanghai" };
    const profiles = ["default", "live"].map((name) => ({ name, ...profile }));
    await writeFile(join(home, ".aliyun", "config.json"), JSON.stringify({ current: "default", profiles }));
    const ini = `[default]\ntype=access_key\naccess_key_id=${CANARY}\naccess_key_secret=${CANARY}\n`;
    await writeFile(join(home, ".alibabacloud", "credentials"), ini);
    const names = ["ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN", "PROFILE", "CREDENTIALS_URI", "ENDPOINT"];
    const families = ["ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", ""];
    const canaries = families.flatMap((family) => names.map((name) => [`${family}${name}`, CANARY]));
    return {
      HOME: home,
      ...Object.fromEntries(canaries),
      PROFILE: "default",
      ENDPOINT: "unused",
      CREDENTIALS_URI: "unused",
      IOTB_PROFILE: "live",
      IOTB_REGION: "cn-shanghai",
      IOTB_ENDPOINT: "https://iot.cn-shanghai.aliyuncs.com",
      IOTB_INSTANCE_ID: "iot-live",
      IOTB_PRODUCT_KEY: "livePk",
      IOTB_HOST: "iot-live.mqtt.iothub.aliyuncs.com",
      IOTB_ACCESS_KEY: `${CANARY}:${CANARY}`,
    };
  };

  const run = async (command: readonly string[]) => {
    await using dir = await makeTempDir();
    const connections = dir.path("connections");
    const env = { ...(await prepare(dir.path("home"))), NODE_OPTIONS: recordConnectionsTo(connections) };
    const done = await runCli(["exec", "-c", "2", "--quiet", "--", ...command], { env });
    return { ...done, connections: await recordedConnections(connections) };
  };

  it("a client that searches as the vendor's tools do finds the local platform", async () => {
    const { code, stdout, stderr, connections } = await run([process.execPath, CLIENT]);
    assert.equal(code, 0, stderr);
    const { keys, id, endpoint, product } = JSON.parse(stdout);
    assert.deepEqual([keys, id, product], ["ALIBABA_CLOUD_ACCESS_KEY_ID", "iotb-local", "g6palBDnzyT"]);
    assert.deepEqual([...new Set(connections)], [new URL(endpoint).host]);
  });

  const vendorSearch = `import credentials from "@alicloud/credentials";
    const found = await new credentials.default().getCredential();
    console.log(found.accessKeyId, found.providerName);`;
  const hasVendorSearch = existsSync("node_modules/@alicloud/credentials") || process.env["IOTB_REQUIRE_PEERS"] === "1";

  it("the vendor's own search for credentials finds the local platform's", { skip: !hasVendorSearch }, async () => {
    const { code, stdout, stderr, connections } = await run(node(vendorSearch));
    assert.deepEqual([code, stdout, connections], [0, "iotb-local default/env\n", []], stderr);
  });

  it("nor does it find others when the environment's are taken away", { skip: !hasVendorSearch }, async () => {
    const unset = "unset ALIBABA_CLOUD_ACCESS_KEY_ID ALIBABA_CLOUD_ACCESS_KEY_SECRET;";
    const { code, stdout, connections } = await run(["sh", "-c", `${unset} exec "$0" "$@"`, ...node(vendorSearch)]);
    // with nothing to go by, its last step calls an address that is the word "undefined": a fault of that library
    const elsewhere = connections.filter((place) => place !== "undefined:443");
    assert.deepEqual([code, stdout, elsewhere], [1, "", []]);
  });

  it("a client that ignores the environment's keys finds none", async () => {
    const { code, stdout, connections } = await run([process.execPath, CLIENT, "--without-environment"]);
    assert.deepEqual([code, JSON.parse(stdout), connections], [0, { keys: null }, []]);
  });

  it("iotb inside broadcasts to the local platform", async () => {
    const inner = [process.execPath, "bin/iotb.js", "broadcast", "-m", "{}", "--verbose"];
    const { code, stdout, stderr, connections } = await run(inner);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^accepted {2}message \d{19}/);
    assert.match(stderr, /^credentials = the environment$/m);
    assert.ok(connections.length > 0 && connections.every((one) => one.startsWith("127.0.0.1:")), connections.join());
  });

  it("iotb inside refuses a profile that is asked for", async () => {
    const inner = [process.execPath, "bin/iotb.js", "broadcast", "-m", "{}", "--profile", "live"];
    const { code, stderr, connections } = await run(inner);
    assert.deepEqual([code, connections], [3, []]);
    assert.match(stderr, /ALIBABA_CLOUD_IGNORE_PROFILE forbids/);
  });

  it("no key of the account is left in the environment", async () => {
    const { stdout } = await run(["env"]);
    const lines = stdout.split("\n").filter((line) => line.includes(CANARY));
    assert.deepEqual(lines, []);
  });

  it("the watch itself works: without exec the client goes for the account's keys", async () => {
    await using dir = await makeTempDir();
    await using home = await makeTempDir();
    const env = {
      ...(await prepare(home.path("h"))),
      IOTB_ENDPOINT: "http://127.0.0.1:1",
      ALIBABA_CLOUD_ENDPOINT: "http://127.0.0.1:1",
    };
    const { spawnSync } = await import("node:child_process");
    const file = dir.path("c");
    spawnSync(process.execPath, [CLIENT], { env: { ...env, NODE_OPTIONS: recordConnectionsTo(file) } });
    assert.deepEqual(await recordedConnections(file), ["127.0.0.1:1"]);
    assert.equal((await stat(file)).isFile(), true);
  });
});
