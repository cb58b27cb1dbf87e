import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { rootCertificates } from "node:tls";
import { GLOBALSIGN_ROOT_R1 } from "../../src/fleet/globalsign-root-r1.js";
import { trustedRoots } from "../../src/fleet/tls-roots.js";

test("the shipped root is GlobalSign Root CA R1", () => {
  const { fingerprint256, subject, validTo } = new X509Certificate(GLOBALSIGN_ROOT_R1);
  const wanted = "EB:D4:10:40:E4:BB:3E:C7:42:C9:E3:81:D3:1E:F2:A4:1A:48:B6:68:5C:96:E7:CE:F3:C1:DF:6C:D4:33:1C:99";
  assert.equal(fingerprint256, wanted);
  assert.match(subject, /^CN=GlobalSign Root CA$/m);
  assert.equal(validTo, "Jan 28 12:00:00 2028 GMT");
});

test("the default roots are Node's, the shipped one and the extra files', without those that cannot be read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "iotb-roots-"));
  try {
    const extra = join(folder, "extra.pem");
    await writeFile(extra, "-----BEGIN CERTIFICATE-----\nextra");
    const roots = new Set(await trustedRoots({ insecure: false, extraCaFiles: [extra, join(folder, "missing.pem")] }));
    assert.ok(rootCertificates.every((root) => roots.has(root)));
    assert.ok(roots.has(GLOBALSIGN_ROOT_R1));
    assert.ok(roots.has("-----BEGIN CERTIFICATE-----\nextra"));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("given roots replace the default ones", async () => {
  assert.deepEqual(await trustedRoots({ insecure: false, ca: ["mine"] }), ["mine"]);
});
