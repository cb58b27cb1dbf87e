import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { documentOf, type Finished, iotb } from "../support/measure-cli.js";

const BIN = new URL("../../../bin/iotb.js", import.meta.url).pathname;

/** Runs `iotb` where a process may open so many files. */
const withFiles = async (limit: number, ...args: string[]): Promise<Finished> => {
  const script = `ulimit -n ${limit} && exec "$0" "$@"`;
  const child = spawn("bash", ["-c", script, process.execPath, BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.stderr += chunk));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...text };
};

type Plan = {
  readonly fits: boolean;
  readonly findings: readonly { readonly what: string; readonly status: string; readonly mend: string | null }[];
};
const planOf = (finished: Finished): Plan => documentOf(finished) as unknown as Plan;
const linux = { skip: process.platform === "linux" ? false : "only Linux tells its limits" };

describe("iotb measure --dry-run", { timeout: 240_000 }, () => {
  it("says on one line each what the machine has for it", async () => {
    const { code, stdout, stderr } = await iotb(["measure", "--local", "-c", "50", "--dry-run"]);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const label of ["open files", "platform files", "local ports", "memory", "processes", "connect time"]) {
      assert.match(stdout, new RegExp(`^${label} .*: (ok|not known on this system|works, but slower.*)$`, "m"));
    }
    assert.match(stdout, /^open files +50 needs 1 process of /m);
    assert.match(stdout, /^connect time +about .* at a usual 5,000\/s: ok$/m);
    assert.match(stdout, /^sent +nothing/m);
  });

  it("fits, in the document too", async () => {
    const finished = await iotb(["measure", "--local", "-c", "50", "-R", "10/s", "--dry-run", "--json"]);
    const { fits, findings } = planOf(finished);
    assert.deepEqual([finished.code, fits], [0, true]);
    const kinds = "files platform-files machine-files ports memory tcp-memory processes backlog connect".split(" ");
    assert.deepEqual(
      findings.map(({ what }) => what),
      kinds,
    );
    const connect = findings.find(({ what }) => what === "connect") as unknown as { needed: number };
    assert.equal(connect.needed, 5);
  });

  it("ends with exit code 2 where files are too few, and says what mends it", linux, async () => {
    const args = ["measure", "--local", "-c", "500", "--workers", "2", "--dry-run"];
    const text = await withFiles(300, ...args);
    assert.equal(text.code, 2, text.stderr);
    assert.match(
      text.stdout,
      /^open files .*450 files, and a process may open 300: NOT ENOUGH; mend with: --workers 5 or more, or ulimit -n 450$/m,
    );
    assert.match(text.stdout, /^sent +nothing/m);
    const json = await withFiles(300, ...args, "--json");
    const { fits, findings } = planOf(json);
    assert.deepEqual([json.code, json.stderr, fits], [2, "", false]);
    assert.equal(findings.find(({ what }) => what === "files")?.status, "short");
  });

  it("is not needed for a start to be refused that files cannot hold", linux, async () => {
    const { code, stdout, stderr } = await withFiles(300, "measure", "--local", "-c", "500", "--workers", "1");
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^error: this machine cannot hold the fleet: .* may open 300\nhint: use .*ulimit -n 700/m);
  });
});
