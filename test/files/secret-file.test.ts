import assert from "node:assert/strict";
import { chmod, readFile, stat, symlink } from "node:fs/promises";
import { describe, it } from "node:test";
import { writeSecretFile } from "../../src/files/secret-file.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

describe("writeSecretFile", () => {
  it("writes a file for its owner alone", async () => {
    await using dir = await makeTempDir();
    await writeSecretFile(dir.path("s"), ["a", "b"]);
    assert.equal(await readFile(dir.path("s"), "utf8"), "ab");
    assert.equal((await stat(dir.path("s"))).mode & 0o777, 0o600);
  });

  it("never writes over a file, nor through a link", async () => {
    await using dir = await makeTempDir();
    const old = await dir.write("old", "precious");
    await chmod(old, 0o644);
    await symlink(dir.path("nowhere"), dir.path("link"));
    await assert.rejects(writeSecretFile(old, ["x"]), failsWith("output-failed", /old: it exists already/));
    await assert.rejects(
      writeSecretFile(dir.path("link"), ["x"]),
      failsWith("output-failed", /link: it exists already/),
    );
    assert.equal(await readFile(old, "utf8"), "precious");
    await assert.rejects(stat(dir.path("nowhere")));
  });

  it("leaves nothing behind when it fails", async () => {
    await using dir = await makeTempDir();
    const failing = function* (): Generator<string> {
      yield "half a secret";
      throw new Error("no more");
    };
    await assert.rejects(writeSecretFile(dir.path("s"), failing()), failsWith("output-failed", /no more/));
    await assert.rejects(stat(dir.path("s")));
  });

  it("writes to a device file", () => writeSecretFile("/dev/null", ["a"]));
  it("tells a full disk", () =>
    assert.rejects(writeSecretFile("/dev/full", ["a"]), failsWith("output-failed", /no space/)));
});
