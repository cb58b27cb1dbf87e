import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { runCli } from "../support/cli-run.js";

const dataUrl = (script: string): string => `data:text/javascript,${encodeURIComponent(script)}`;

describe("help", () => {
  const helps: [string[], RegExp][] = [
    [[], /Usage: iotb /],
    [["-h"], /Usage: iotb /],
    [["--help"], /Usage: iotb /],
    [["devices"], /Usage: iotb devices /],
    [["devices", "-h"], /Usage: iotb devices /],
    [["devices", "check", "-h"], /Usage: iotb devices check /],
    [["measure", "-h", "-p", "1883"], /Usage: iotb measure /],
    [["measure", "-h"], /-h, --host <HOST\|URL>/],
    [["broadcast", "--help"], /-m, --message/],
    [["help", "platform"], /Usage: iotb platform /],
  ];
  for (const [args, wanted] of helps) {
    it(`iotb ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, wanted);
    });
  }

  it("shows three examples without a command", async () => {
    const { stdout } = await runCli([]);
    assert.equal(stdout.match(/^ {2}iotb /gm)?.length, 3);
  });

  it("loads no MQTT, no API client and no histogram", () => {
    const hooks = `import { writeSync } from "node:fs";
      export const resolve = async (specifier, context, next) => {
        const found = await next(specifier, context);
        writeSync(2, found.url + "\\n");
        return found;
      };`;
    const register = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(hooks))});`;
    const run = spawnSync(process.execPath, ["--import", dataUrl(register), "bin/iotb.js", "--help"], {
      encoding: "utf8",
    });
    assert.deepEqual([run.status, run.stdout.startsWith("Usage: iotb")], [0, true]);
    assert.match(run.stderr, /node_modules\/commander/, "the list of loaded modules is there");
    assert.doesNotMatch(run.stderr, /node_modules\/(?:mqtt|@alicloud|hdr-histogram|cli-progress)/);
  });

  it("prints the version alone", async () => {
    const { code, stdout } = await runCli(["--version"]);
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\S*\n$/);
  });
});

describe("a wrong command line", () => {
  const wrong: [string[], RegExp, RegExp][] = [
    [["measre"], /unknown command 'measre'/, /measure/],
    [["devices", "chekc", "x"], /unknown command 'chekc'/, /check/],
    [["broadcast", "--lokal"], /unknown option '--lokal'/, /--local/],
    [["devices", "check"], /missing required argument 'file'/, /--help/],
    [["devices", "check", "a", "b"], /too many arguments/, /--help/],
    [["devices", "check", "-h", "x"], /no -h HOST/, /--help/],
    [["measure", "--host"], /argument missing/, /--help/],
    [["measure", "--drain", "soon", "--local"], /--drain: "soon" is not a duration/, /500ms/],
    [["broadcast"], /no message to send/, /payload file/],
    [["broadcast", "p.json", "--local", "-h", "x.example"], /--local and --host contradict/, /one of the two/],
    [["broadcast", "p.json", "--endpoint", "http://iot.example"], /plain http is allowed on loopback only/, /https/],
    [["broadcast", "p.json", "-m", "x"], /one message/, /one of the two/],
    [["measure", "--local", "-R", "5", "-i", "5"], /say the same/, /.*/],
    [["measure"], /no devices to measure with/, /--devices/],
    [["devices", "simulate"], /no devices to simulate/, /generate/],
    [["platform", "--mqtt-port", "7", "--pop-port", "7"], /both 7/, /0 for any free one/],
    [["platform", "--access-key", "hunter2"], /--access-key: it does not have the form ID:SECRET/, /.*/],
  ];
  for (const [args, error, hint] of wrong) {
    it(`iotb ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual([code, stdout], [2, ""]);
      const [first = "", second = ""] = stderr.split("\n");
      assert.match(first, /^error: /);
      assert.match(first, error);
      assert.match(second, hint);
      assert.ok(stderr.trimEnd().split("\n").length <= 3, stderr);
      assert.ok(!stderr.includes("hunter2"));
    });
  }

  it("is a document with --json", async () => {
    for (const [args, env] of [
      [["measure", "--json", "--lokal"], {}],
      [["measure", "--lokal"], { IOTB_JSON: "true" }],
    ] as const) {
      const { code, stdout, stderr } = await runCli(args, { env });
      assert.deepEqual([code, stderr], [2, ""]);
      assert.deepEqual(JSON.parse(stdout), {
        schema: "iotb.error/1",
        code: "usage",
        exit: 2,
        message: "unknown option '--lokal'",
        hint: "Did you mean --local?",
        requestId: null,
      });
    }
  });

  it("names the variable or the file that is wrong", async () => {
    const { stderr } = await runCli(["measure", "--local"], { env: { IOTB_LINGER: "x" } });
    assert.match(stderr, /^error: IOTB_LINGER: "x" is not a duration/);
  });

  it("has a stack with --verbose only", async () => {
    assert.doesNotMatch((await runCli(["broadcast"])).stderr, /\n {4}at /);
    assert.match((await runCli(["broadcast", "--verbose"])).stderr, /\n {4}at /);
  });
});
