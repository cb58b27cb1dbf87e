// Runs the compiled tests: Node 20's `--test` takes no globs, so the files are listed here. Arguments narrow the list by a part of a path.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

const wanted = process.argv.slice(2);
// the sources are listed, not the output: what is compiled of a deleted test is no test
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("dist/test", name.replace(/\.ts$/, ".js")))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no test file under test/ matches ${wanted.join(" ")}; run npm run build first\n`);
  process.exitCode = 1;
} else {
  // Node 24 writes its "spec" report everywhere; programs read the summary of "tap"
  const reporter = process.stdout.isTTY ? "spec" : "tap";
  // half of the time of the test files, two at a time on two cores, is waiting; by default Node would run one at a time there
  const atOnce = availableParallelism() + 1;
  // a process of Node 20 to 24 may hang for ever at its end while V8 compiles in another thread (nodejs/node#54918): rare for one
  // process, less so for hundreds of test files; one that hangs fails by the timeout
  const unhangable = ["--no-concurrent-recompilation", "--test-timeout=600000"];
  const args = [
    "--test",
    ...unhangable,
    `--test-concurrency=${atOnce}`,
    `--test-reporter=${reporter}`,
    "--enable-source-maps",
    ...files,
  ];
  const run = spawnSync(process.execPath, args, { stdio: "inherit" });
  process.exitCode = run.status ?? 1;
}
