import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

const CHILD = new URL("../../support/fleet-start-child.js", import.meta.url).pathname;
const linux = process.platform === "linux" ? false : "reads /proc";

test("a fleet that can be started half only is stopped, and says how far it came and what ran out", {
  skip: linux,
  timeout: 240_000,
}, async () => {
  const script = 'ulimit -n 256 && exec "$0" "$@"';
  const { stdout } = await promisify(execFile)("bash", ["-c", script, process.execPath, CHILD, "20"]);
  const { code, message, hint, children } = JSON.parse(stdout) as Record<string, string | number>;
  assert.equal(code, "out-of-resources");
  assert.match(`${message}`, /^\d+ of 20 processes of the fleet were started: .*may not open more files \(EMFILE\)$/);
  assert.match(`${hint}`, /--workers.*ulimit -n/);
  assert.equal(children, 0, "none is left");
});
