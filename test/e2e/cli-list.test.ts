import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runCli } from "../support/cli-run.js";
import { type PopBatchServer, startPopBatchServer } from "../support/pop-batch-server.js";

const target = (server: PopBatchServer): string[] => ["--endpoint", server.endpoint, "--product-key", "pk"];
const register = (server: PopBatchServer, ...more: string[]) =>
  runCli(["devices", "register", ...target(server), ...more]);
const countOf = (server: PopBatchServer, action: string): number =>
  server.actions().filter((one) => one === action).length;

describe("iotb devices list", () => {
  const list = (server: PopBatchServer, ...more: string[]) => runCli(["devices", "list", ...target(server), ...more]);

  it("pages all devices and never shows a secret", async () => {
    await using server = await startPopBatchServer();
    await register(server, "-c", "120");
    const { code, stdout, stderr } = await list(server);
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, 120);
    assert.match(lines[0] ?? "", /^\S+ +UNACTIVE$/);
    assert.match(stderr, /^120 devices of product pk$/m);
    for (const secret of server.made.values()) assert.ok(!(stdout + stderr).includes(secret));
  });

  it("hands the NextToken on", async () => {
    await using server = await startPopBatchServer({ tokens: true });
    await register(server, "-c", "120");
    assert.equal((await list(server, "--quiet")).code, 0);
    const tokens = server.requests.flatMap(({ form }) => (form["Action"] === "QueryDevice" ? [form["NextToken"]] : []));
    assert.deepEqual(tokens, [undefined, "after-1", "after-2"]);
  });

  it("lists those in one state, as NDJSON with --json", async () => {
    await using server = await startPopBatchServer();
    await register(server, "-c", "9");
    const { code, stdout } = await list(server, "--status", "online", "--json");
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual([code, rows.length], [0, 3]);
    assert.deepEqual(Object.keys(rows[0]), ["schema", "productKey", "deviceName", "state", "nickname"]);
    assert.ok(rows.every(({ schema, state }) => schema === "iotb.device/1" && state === "ONLINE"));
    assert.equal(server.requests.at(-1)?.form["Status"], "1");
  });

  it("ends although a server gives a token for ever", async () => {
    await using server = await startPopBatchServer({ tokens: true });
    const { code, stdout } = await list(server);
    assert.deepEqual([code, stdout, countOf(server, "QueryDevice")], [0, "", 1]);
  });

  it("refuses a state that is none", async () => {
    const { code, stderr } = await runCli(["devices", "list", "--status", "melted"]);
    assert.equal(code, 2);
    assert.match(stderr, /none of online, offline, inactive, disabled/);
  });
});
