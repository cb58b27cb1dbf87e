import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { linkPageScript } from "../../../src/report/html/link-page-script.js";
import { renderHtml } from "../../../src/report/html/render-html.js";
import { sampleRun } from "../../support/report-samples.js";

const HOSTILE = "</script><img src=x onerror=alert(1)><!--";
const hostile = renderHtml(
  sampleRun({ devices: 1300, broadcasts: 2, faults: true, nameOf: (device) => `${HOSTILE}${device}` }),
);

test("the policy allows the page's own script and style by their hashes, and nothing else", () => {
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(hostile) ?? [];
  const hashes = (pattern: RegExp) =>
    [...hostile.matchAll(pattern)].map(
      ([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
    );
  assert.equal(
    policy,
    [
      "default-src 'none'",
      `script-src ${hashes(/<script>([\s\S]*?)<\/script>/g).join(" ")}`,
      `style-src ${hashes(/<style>([\s\S]*?)<\/style>/g).join(" ")}`,
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; "),
  );
});

test("no name can leave the data", () => {
  assert.ok(!hostile.includes("<img"));
  assert.equal(hostile.match(/<script/g)?.length, 3);
  assert.equal(hostile.match(/<\/script>/g)?.length, 3);
  const [, json = ""] = /<script type="application\/json" id="run-data">([\s\S]*?)<\/script>/.exec(hostile) ?? [];
  assert.ok(JSON.parse(json).devices.rows.some(([, name]: string[]) => name?.startsWith(HOSTILE)));
});

test("the licence of the plot library stays, and the same run gives the same page", () => {
  assert.match(hostile, /\/\*! https:\/\/github\.com\/leeoniya\/uPlot/);
  const run = () => renderHtml(sampleRun({ devices: 30, broadcasts: 2, faults: false }));
  assert.equal(run(), run());
});

test("modules are linked into one script; what cannot be linked is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "iotb-link-"));
  try {
    const entry = pathToFileURL(join(folder, "entry.js"));
    writeFileSync(
      join(folder, "a.js"),
      'export const name = "a";\nexport const other = () => name;\n//# sourceMappingURL=a.js.map',
    );
    writeFileSync(join(folder, "b.js"), 'import { name } from "./a.js";\nexport const own = "b" + name;\n');
    writeFileSync(
      entry,
      'import { other as told } from "./a.js";\nimport { own } from "./b.js";\nseen.push(told(), own);\n',
    );
    const seen: string[] = [];
    new Function("seen", linkPageScript(entry))(seen);
    assert.deepEqual(seen, ["a", "ba"]);
    writeFileSync(join(folder, "b.js"), 'import whole from "./a.js";\nexport const own = whole;\n');
    assert.throws(() => linkPageScript(entry), /b\.js cannot be linked/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
