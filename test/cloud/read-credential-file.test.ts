import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readCredentialFile } from "../../src/cloud/read-credential-file.js";

test("a file is read with its mode; a missing one is null; a folder or a giant is an error without its content", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "iotb-credentials-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "config.json");
  assert.equal(await readCredentialFile(path), null);
  assert.equal(await readCredentialFile(join(folder, "none", "config.json")), null);
  await writeFile(path, "{}");
  await chmod(path, 0o640);
  const mode = process.platform === "win32" ? null : 0o640;
  assert.deepEqual(await readCredentialFile(path), { text: "{}", mode });
  assert.equal(await readCredentialFile(join(path, "below")), null);
  await assert.rejects(readCredentialFile(folder), { code: "bad-input-file" });
  await writeFile(path, "S".repeat(1024 * 1024 + 1));
  await assert.rejects(readCredentialFile(path), { code: "bad-input-file", message: /too long/ });
});
