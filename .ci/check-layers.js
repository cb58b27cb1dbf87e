// Proves that the linter's layer rules bite: in a folder of its own, each layer gets a file with imports that must be refused and
// imports that must pass, and the linter must refuse exactly the former. A rule that is lost, or that is too wide, fails here.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ADAPTERS = ["broker", "cloud", "fleet", "platform", "calibration", "backplane", "files", "report"];
/** What fleet and platform share beneath MQTT. */
const TCP = "../tcp/some-file.js";
const inLayer = (layer) => `../${layer}/some-file.js`;
const PORTS = "../app/ports.js";
const NOT_PORTS = "../app/measure-fanout.js";

/** By the file that imports: what it may import and what it may not. */
const RULES = {
  "domain/probe.ts": {
    may: ["./errors.js", "hdr-histogram-js"],
    mayNot: [...["protocol", "app", "cli", ...ADAPTERS].map(inLayer), TCP, "node:fs", "node:net", "mqtt", "commander"],
  },
  "protocol/probe.ts": {
    may: [inLayer("domain"), "node:crypto", "node:net", "mqtt-packet", "csv-parse/sync"],
    mayNot: [...["app", "cli", ...ADAPTERS].map(inLayer), TCP, "node:fs", "node:http", "mqtt", "@alicloud/pop-core"],
  },
  "app/probe.ts": {
    may: [inLayer("domain"), inLayer("protocol"), "./ports.js"],
    mayNot: [
      ...["cli", ...ADAPTERS].map(inLayer),
      TCP,
      "node:net",
      "node:fs/promises",
      "node:child_process",
      "mqtt",
      "chalk",
    ],
  },
  ...Object.fromEntries(
    ["broker", "cloud", "fleet", "files", "report"].map((layer) => [
      `${layer}/probe.ts`,
      {
        may: [inLayer("domain"), inLayer("protocol"), PORTS, ...(layer === "fleet" ? [TCP] : [])],
        mayNot: [
          NOT_PORTS,
          ...(layer === "fleet" ? [] : [TCP]),
          inLayer("cli"),
          ...ADAPTERS.filter((other) => other !== layer).map(inLayer),
        ],
      },
    ]),
  ),
  "backplane/probe.ts": {
    may: [inLayer("domain"), "node:child_process"],
    mayNot: [...["protocol", "app", "cli", ...ADAPTERS.filter((other) => other !== "backplane")].map(inLayer), "mqtt"],
  },
  "platform/probe.ts": {
    may: [inLayer("domain"), inLayer("protocol"), inLayer("backplane"), TCP, "mqtt-packet", "node:net"],
    mayNot: [
      ...["app", "cli", "broker", "cloud", "fleet", "calibration", "files", "report"].map(inLayer),
      "mqtt",
      "@alicloud/pop-core",
    ],
  },
  "tcp/probe.ts": {
    may: ["node:net", "node:util"],
    mayNot: [...["domain", "protocol", "app", "cli", ...ADAPTERS].map(inLayer), "mqtt", "mqtt-packet"],
  },
  "calibration/probe.ts": {
    may: [inLayer("domain"), inLayer("protocol"), "node:net"],
    mayNot: [
      ...["app", "cli", ...ADAPTERS.filter((other) => other !== "calibration")].map(inLayer),
      "mqtt",
      "mqtt-packet",
    ],
  },
  "cli/probe.ts": {
    may: [...["domain", "protocol", "app", "files", "report"].map(inLayer), "commander"],
    mayNot: [...["broker", "cloud", "fleet", "platform", "calibration", "backplane"].map(inLayer), TCP],
  },
  "cli/commands/probe.ts": { may: [], mayNot: ["../../cloud/pop-client.js", "../../fleet/lean-engine.js"] },
  "cli/compose/probe.ts": { may: ["../../cloud/pop-client.js", "../../backplane/process-pool.js"], mayNot: [] },
  "cli/processes/probe.ts": { may: ["../../fleet/lean-engine.js", "../../platform/local-platform.js"], mayNot: [] },
};

/** A file that imports each of these, one a line. */
const sourceOf = (imports) => imports.map((from, i) => `import * as m${i} from "${from}";\n`).join("");

const folder = mkdtempSync(join(tmpdir(), "iotb-layers-"));
try {
  copyFileSync("biome.json", join(folder, "biome.json"));
  for (const [file, { may, mayNot }] of Object.entries(RULES)) {
    const path = join(folder, "src", file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, sourceOf([...mayNot, ...may]));
  }
  const biome = resolve("node_modules/@biomejs/biome/bin/biome");
  const args = ["lint", "--vcs-enabled=false", "--max-diagnostics=none"];
  const run = spawnSync(process.execPath, [biome, ...args, "--reporter=json", "."], { cwd: folder, encoding: "utf8" });
  const refused = new Set(
    JSON.parse(run.stdout)
      .diagnostics.filter(({ category }) => category === "lint/style/noRestrictedImports")
      .map(({ location }) => `${location.path}:${location.start.line}`),
  );
  const faults = Object.entries(RULES).flatMap(([file, { may, mayNot }]) =>
    [...mayNot, ...may].flatMap((from, i) => {
      const is = refused.has(`src/${file}:${i + 1}`);
      const should = i < mayNot.length;
      return is === should ? [] : [`src/${file} ${should ? "may import" : "may not import"} ${from}\n`];
    }),
  );
  const count = Object.values(RULES).reduce((sum, { may, mayNot }) => sum + may.length + mayNot.length, 0);
  process.stdout.write(
    faults.length === 0 ? `layers hold: ${count} imports judged as they should be\n` : faults.join(""),
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
