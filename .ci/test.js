// Runs the compiled tests: Node 20's `--test` takes no globs, so the files are listed here. Arguments narrow the list by a part of a path.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
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
  const run = spawnSync(process.execPath, ["--test", "--enable-source-maps", ...files], { stdio: "inherit" });
  process.exitCode = run.status ?? 1;
}
