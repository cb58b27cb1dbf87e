#!/usr/bin/env node
import { existsSync } from "node:fs";

const LEAST_NODE = [20, 19];
const entry = new URL("../dist/src/cli/main.js", import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
  process.stderr.write(
    `error: iotb needs Node.js ${LEAST_NODE.join(".")} or later: this is ${process.versions.node}\nhint: install Node.js 24\n`,
  );
  process.exitCode = 2;
} else if (!existsSync(entry)) {
  process.stderr.write("error: iotb is not built: dist is missing\nhint: run npm ci, or npm run build\n");
  process.exitCode = 2;
} else {
  // what the libraries below print with DEBUG set holds signatures and passwords
  delete process.env.DEBUG;
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2), process.env, {
    // A getter: standard input is opened only by a command that reads it.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    leave: (code) => process.exit(code),
  });
}
