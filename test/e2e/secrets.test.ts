import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { test } from "node:test";
import { Canaries } from "../support/e2e-canaries.js";
import { descendantsOf } from "../support/e2e-descendants.js";
import { PAYLOAD, PRODUCT, startPlatformProgram } from "../support/e2e-platform.js";
import { type Ended, runIotb, startIotb } from "../support/e2e-process.js";
import { Scratch } from "../support/e2e-scratch.js";
import { connack, ScriptedPeer } from "../support/mqtt-scripted-peer.js";
import { startPopScriptedServer } from "../support/pop-scripted-server.js";

const KEY_ID = "LTAI5tCanaryKeyId";

/** The ways in which every command is run. */
const MODES = [[], ["--verbose"], ["--json", "--verbose"]] as const;

/** The reports that a run can be written as. */
const REPORTS = ["html", "junit", "markdown", "prometheus", "csv", "hdr"] as const;

/** A folder with canaries in every kind of file that may hold a secret, and in the environment. */
class Stage implements Disposable {
  readonly scratch = new Scratch();
  readonly canaries = new Canaries();
  readonly permitted = ["devices.csv", "wrong.csv", "bad.csv", "config.json", "bad-config.json", "flags.json"];
  readonly accessKeySecret = this.canaries.add("the AccessKey secret", "CanaryAccessKeySecret/+=0001");
  readonly env: Readonly<Record<string, string>>;

  /** A local platform knows no security token: with one, its answer is a refusal. */
  constructor({ withToken = true } = {}) {
    const secrets = [1, 2, 3, 4].map((i) =>
      this.canaries.add(`DeviceSecret ${i}`, `canary${i}c0ffee5ec7e7c0ffee5ec7e7c0`),
    );
    const token = this.canaries.add("the security token", "CanarySecurityToken/+=0001");
    const rows = secrets.map((secret, i) => `dk00${i + 1},${secret},${PRODUCT}`);
    const header = "DeviceName,DeviceSecret,ProductKey";
    this.scratch.write("devices.csv", `${[header, ...rows].join("\n")}\n`);
    const wrong = this.canaries.add("a wrong DeviceSecret", "canary5c0ffee5ec7e7c0ffee5ec7e7c0");
    this.scratch.write("wrong.csv", `${header}\ndk001,${wrong},${PRODUCT}\n`);
    this.scratch.write(
      "bad.csv",
      `${header}\ndk001,${secrets[0]}\nx,"${secrets[1]}",${PRODUCT}\ndk002,"${secrets[2]}\n`,
    );
    const config = { productKey: PRODUCT, deviceName: "dk001", deviceSecret: secrets[0], host: "127.0.0.1" };
    this.scratch.write("config.json", JSON.stringify(config));
    this.scratch.write("bad-config.json", `{ deviceSecret: '${secrets[0]}', "deviceName": "dk001" }`);
    this.scratch.write("flags.json", JSON.stringify({ "access-key": `id:${this.accessKeySecret}` }));
    mkdirSync(this.scratch.at(".aliyun"));
    const profileSecret = this.canaries.add("a profile's secret", "CanaryProfileSecret/+=0001");
    const lab = { name: "lab", mode: "AK", access_key_id: KEY_ID, access_key_secret: profileSecret };
    const bad = { name: "bad", mode: "AK", access_key_id: KEY_ID, access_key_secret: `${profileSecret} with a blank` };
    this.scratch.write(".aliyun/config.json", JSON.stringify({ current: "lab", profiles: [lab, bad] }));
    this.permitted.push(".aliyun/config.json");
    this.env = {
      HOME: this.scratch.path,
      ALIBABA_CLOUD_ACCESS_KEY_ID: KEY_ID,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: this.accessKeySecret,
      ...(withToken ? { ALIBABA_CLOUD_SECURITY_TOKEN: token } : {}),
      IOTB_ACCESS_KEY: `${KEY_ID}:${this.accessKeySecret}`,
    };
  }

  /** Runs a command in every mode and looks for canaries in all it prints. `%` becomes the mode's number, for what must be new. */
  async run(line: string, codes: readonly number[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    for (const [i, mode] of MODES.entries()) {
      const args = [...line.replaceAll("%", `${i}`).split(" "), ...mode];
      const ended = await runIotb(args, { env: { ...this.env, ...env }, cwd: this.scratch.path });
      this.check(args, ended, codes);
    }
  }

  check(args: readonly string[], ended: Ended, codes: readonly number[]): void {
    assert.ok(codes.includes(ended.code ?? -1), `iotb ${args.join(" ")}: exit ${ended.code}\n${ended.stderr}`);
    this.canaries.assertQuiet(args, ended);
  }

  startPlatform() {
    const devices = this.scratch.at("devices.csv");
    return startPlatformProgram({ devices, accessKey: `${KEY_ID}:${this.accessKeySecret}`, args: ["--verbose"] });
  }

  [Symbol.dispose](): void {
    this.scratch[Symbol.dispose]();
  }
}

test("no secret in any output or file of commands that succeed", async () => {
  using stage = new Stage({ withToken: false });
  await using platform = await stage.startPlatform();
  const { mqtt, pop } = platform.ready;
  const to = `--endpoint ${pop} --product-key ${PRODUCT}`;
  const fleet = `--devices devices.csv -h ${mqtt}`;
  await stage.run(`broadcast ${PAYLOAD} ${to} --log sent.ndjson`, [0]);
  await stage.run(`broadcast ${PAYLOAD} ${to} --dry-run`, [0]);
  await stage.run(`devices simulate ${fleet} -d 10ms --receipts receipts.ndjson --payload`, [0]);
  await stage.run(`devices simulate ${fleet} -d 10ms --engine mqttjs --sign hmacsha1`, [0]);
  await stage.run(`devices connect --devices devices.csv --name dk001 -h ${mqtt} -d 10ms`, [0]);
  await stage.run("devices check devices.csv", [0]);
  await stage.run(`measure ${PAYLOAD} ${fleet} ${to} --drain 1s`, [0]);
  await stage.run(`measure ${fleet} ${to} --dry-run`, [0]);
  const reports = (prefix: string) => REPORTS.map((kind) => `--${kind} ${prefix}-%.${kind}`).join(" ");
  await stage.run(`measure ${PAYLOAD} ${fleet} ${to} --drain 1s --out run-% ${reports("live")}`, [0]);
  await stage.run(`report run-% ${reports("again")}`, [0]);
  const ended = await platform.program.interrupt();
  stage.check(["platform", "--verbose"], ended, [130]);
  assert.ok(existsSync(stage.scratch.at("sent.ndjson")) && existsSync(stage.scratch.at("receipts.ndjson")));
  const written = stage.scratch.everything().map(({ name }) => name);
  for (const kind of REPORTS) assert.ok(["live", "again"].every((prefix) => written.includes(`${prefix}-2.${kind}`)));
  assert.ok(written.some((name) => name.startsWith("run-2/") && name.endsWith(".gz")));
  stage.canaries.assertNotWritten(stage.scratch, stage.permitted);
});

test("no secret in any error", async () => {
  using stage = new Stage();
  await using platform = await stage.startPlatform();
  const { mqtt, pop } = platform.ready;
  const runs: Parameters<Stage["run"]>[] = [];
  runs.push([`broadcast ${PAYLOAD} --endpoint ${pop} --product-key ${PRODUCT}`, [3]]);
  const nowhere = "--endpoint http://127.0.0.1:1 --product-key pk1";
  for (const file of ["bad.csv", "bad-config.json"]) {
    runs.push([`devices check ${file}`, [2]]);
    runs.push([`devices simulate --devices ${file} -h ${mqtt}`, [2]]);
    runs.push([`devices connect ${file}`, [2]]);
    runs.push([`platform --devices ${file}`, [2]]);
    runs.push([`broadcast ${file} ${nowhere}`, [2]]);
    runs.push([`measure ${file} --devices devices.csv -h ${mqtt} ${nowhere}`, [2]]);
  }
  runs.push(["platform --config flags.json", [2]]);
  runs.push(["platform --config config.json", [2]]);
  runs.push(["platform --bind 0.0.0.0 --mqtt-port x", [2]]);
  runs.push(["platform --mqtt-port 0", [2], { IOTB_ACCESS_KEY: `:${stage.accessKeySecret}` }]);
  runs.push([`devices simulate --devices wrong.csv -h ${mqtt}`, [5]]);
  runs.push([`devices connect --devices wrong.csv -h ${mqtt}`, [5]]);
  runs.push([`broadcast ${PAYLOAD} ${nowhere}`, [3]]);
  runs.push([`broadcast ${PAYLOAD} --endpoint ${pop} --product-key ${PRODUCT} --profile lab`, [3]]);
  runs.push([`broadcast ${PAYLOAD} --endpoint ${pop} --product-key ${PRODUCT} --profile bad`, [3]]);
  runs.push([
    `broadcast ${PAYLOAD} --endpoint ${pop} --product-key ${PRODUCT}`,
    [3],
    {
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: stage.canaries.add("a wrong AccessKey secret", "CanaryWrongSecret0001"),
    },
  ]);
  runs.push([`broadcast ${PAYLOAD} --endpoint https://u:${stage.accessKeySecret}@127.0.0.1 --product-key pk1`, [2]]);
  runs.push([`broadcast ${PAYLOAD} --endpoint http://127.0.0.1/?s=${stage.accessKeySecret} --product-key pk1`, [2]]);
  runs.push([`devices simulate --devices devices.csv -h mqtt://u:${stage.accessKeySecret}@127.0.0.1`, [2]]);
  runs.push([`devices simulate --devices devices.csv -h u:${stage.accessKeySecret}@127.0.0.1`, [2]]);
  runs.push([`platform --acces-key=id:${stage.accessKeySecret}`, [2]]);
  // most of them wait for something to be given up: a few at a time
  const next = async () => {
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) await stage.run(...run);
  };
  await Promise.all(Array.from({ length: 4 }, next));
  stage.canaries.assertNotWritten(stage.scratch, stage.permitted);
});

test("no signature or token that a hostile API says back", async () => {
  using stage = new Stage();
  await using api = await startPopScriptedServer((response, { form }) => {
    const { Signature = "", SecurityToken = "" } = form;
    stage.canaries.add("a Signature", Signature);
    response.writeHead(400, { "content-type": "application/json" });
    const body = String(new URLSearchParams(form));
    const Message = `signature ${Signature} ${encodeURIComponent(Signature)} token ${SecurityToken} in ${body}`;
    response.end(JSON.stringify({ Code: `Bad.${Signature}`, Message, RequestId: Signature, HostId: body }));
  });
  const to = `--endpoint ${api.endpoint} --product-key ${PRODUCT}`;
  const before = stage.canaries.count;
  await stage.run(`broadcast ${PAYLOAD} ${to}`, [3]);
  await stage.run(`broadcast ${PAYLOAD} ${to} --confirm-product ${PRODUCT}`, [3], { IOTB_GUARD_LOOPBACK: "1" });
  const simulate = `devices simulate --devices devices.csv -h mqtt://127.0.0.1:1 ${to}`;
  await stage.run(simulate, [2, 3], { IOTB_GUARD_LOOPBACK: "1" });
  assert.ok(stage.canaries.count > before, "signatures were seen by the API");
});

test("no password of a plain broker in an output, an argument or an environment", {
  skip: existsSync("/proc/self/environ") ? false : "there is no /proc",
}, async () => {
  using stage = new Stage();
  const password = stage.canaries.add("a broker's password", "CanaryBrokerPassword/+=0001");
  stage.scratch.write("password", `${password}\n`);
  const ways = [
    { line: " --password-file password", env: {} },
    { line: ` -P ${password}`, env: {} },
    { line: "", env: { IOTB_PASSWORD: password } },
  ];
  for (const { line, env } of ways) {
    await using peer = await ScriptedPeer.start();
    const broker = `measure --broker mqtt://127.0.0.1:${peer.port} -u fleet${line} --verbose`;
    await using program = startIotb([...broker.split(" "), "-c", "1"], {
      env: { ...stage.env, ...env },
      cwd: stage.scratch.path,
    });
    const connection = await peer.connection();
    assert.equal(String((await connection.login()).password), password);
    const children = descendantsOf(program.pid);
    assert.equal(children.length, 1);
    for (const { pid, commandLine, environment } of children) {
      stage.canaries.assertAbsent(`the arguments of ${pid}`, commandLine);
      stage.canaries.assertAbsent(`the environment of ${pid}`, environment);
    }
    connection.send(connack(4));
    stage.check([broker], await program.ended, [5]);
  }
  await stage.run(`measure --broker mqtt://fleet:${password}@127.0.0.1 -c 1`, [2]);
  await stage.run(`measure --broker wss://127.0.0.1/mqtt?password=${password} -c 1`, [2]);
  await stage.run(`devices simulate --broker mqtt://127.0.0.1:1 -c 1 -t a -P ${password}`, [2]);
  await stage.run(`measure --local -P ${password}`, [2]);
  stage.scratch.write("broker.json", JSON.stringify({ password }));
  await stage.run("measure --local --config broker.json", [2]);
  stage.canaries.assertNotWritten(stage.scratch, [...stage.permitted, "password", "broker.json"]);
});

test("no login signature in an output", async () => {
  using stage = new Stage();
  for (const engine of ["lean", "mqttjs"]) {
    await using peer = await ScriptedPeer.start();
    const host = `mqtt://127.0.0.1:${peer.port}`;
    const args = ["devices", "simulate", "--devices", stage.scratch.at("wrong.csv"), "-h", host, "--verbose"];
    await using program = startIotb([...args, "--engine", engine], { env: stage.env });
    const connection = await peer.connection();
    const { password } = await connection.login();
    stage.canaries.add("a login's password", String(password));
    connection.send(connack(5));
    stage.check(args, await program.ended, [5]);
  }
});

test("generate writes secrets to stdout or a file for the owner alone, and nowhere else", async () => {
  using scratch = new Scratch();
  const args = ["devices", "generate", "-c", "2", "--output", scratch.at("new.csv"), "--verbose"];
  const ended = await runIotb(args);
  assert.equal(ended.code, 0);
  assert.equal(statSync(scratch.at("new.csv")).mode & 0o777, 0o600);
  const canaries = new Canaries();
  for (const secret of scratch.read("new.csv").match(/[0-9a-f]{32}/g) ?? []) canaries.add("a new secret", secret);
  assert.equal(canaries.count, 2);
  canaries.assertQuiet(args, ended);
});

test("no secret in the arguments or the environment of the processes of a measure", {
  skip: existsSync("/proc/self/environ") ? false : "there is no /proc",
}, async () => {
  using stage = new Stage();
  await using platform = await stage.startPlatform();
  const { mqtt, pop } = platform.ready;
  const fleet = ["--devices", stage.scratch.at("devices.csv"), "-h", mqtt, "--workers", "2"];
  const args = ["measure", PAYLOAD, ...fleet, "--endpoint", pop, "--product-key", PRODUCT, "--verbose"];
  await using measure = startIotb([...args, "--broadcasts", "2", "-I", "1h"], { env: stage.env });
  await measure.printed(/fleet process 1: pid \d+/);
  await platform.program.printed(/./);
  const processes = descendantsOf(measure.pid);
  assert.equal(processes.length, 2);
  for (const { pid, commandLine, environment } of processes) {
    assert.match(commandLine, /fleet-shard/);
    assert.notEqual(environment, "");
    stage.canaries.assertAbsent(`the arguments of ${pid}`, commandLine);
    stage.canaries.assertAbsent(`the environment of ${pid}`, environment);
  }
  stage.check(args, await measure.interrupt(), [130]);
});
