// Builds after an install, where the compiler is there. A production install has no compiler and gets `dist` from the package.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const compiler = new URL("../node_modules/typescript/bin/tsc", import.meta.url);
if (existsSync(compiler)) {
  // the second is the script of the report's page, which runs in a browser
  for (const project of ["tsconfig.json", "src/report/html/page"]) {
    const build = spawnSync(process.execPath, [compiler.pathname, "-p", project], { stdio: "inherit" });
    if (build.status !== 0) process.exitCode = build.status ?? 1;
  }
} else {
  process.stderr.write("iotb: no TypeScript here, the build is skipped\n");
}
