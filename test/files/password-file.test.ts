import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod } from "node:fs/promises";
import { describe, it } from "node:test";
import { readPasswordFile } from "../../src/files/password-file.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

describe("readPasswordFile", () => {
  for (const [text, password] of [
    ["secret", "secret"],
    ["secret\n", "secret"],
    ["secret\r\nsecond\n", "secret"],
    [" with blanks \n", " with blanks "],
    ["pässwörd €\n", "pässwörd €"],
    ["x".repeat(0xffff), "x".repeat(0xffff)],
  ] as const) {
    it(`takes the first line of ${JSON.stringify(text.slice(0, 20))}`, async () => {
      await using dir = await makeTempDir();
      const file = await dir.write("p", text);
      await chmod(file, 0o600);
      assert.deepEqual(await readPasswordFile(file), { password, note: null });
    });
  }

  it("says a word about a file that others can read", async () => {
    await using dir = await makeTempDir();
    const file = await dir.write("p", "secret\n");
    await chmod(file, 0o640);
    assert.match((await readPasswordFile(file)).note ?? "", /can be read by others: chmod 600/);
  });

  it("reads a pipe", async () => {
    await using dir = await makeTempDir();
    const pipe = dir.path("pipe");
    execFileSync("mkfifo", [pipe]);
    const read = readPasswordFile(pipe);
    execFileSync("sh", ["-c", 'printf "secret\\n" > "$0"', pipe]);
    assert.deepEqual(await read, { password: "secret", note: null });
  });

  for (const [what, text, why] of [
    ["an empty file", "", /first line is empty/],
    ["an empty first line", "\nsecret\n", /first line is empty/],
    ["a line that no CONNECT can hold", "x".repeat(0x10000), /longer than an MQTT password/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await using dir = await makeTempDir();
      await assert.rejects(readPasswordFile(await dir.write("p", text)), failsWith("bad-input-file", why));
    });
  }

  it("refuses what is no file", async () => {
    await using dir = await makeTempDir();
    await assert.rejects(readPasswordFile(dir.path("none")), failsWith("bad-input-file", /none: no such file/));
    await assert.rejects(readPasswordFile(dir.path(".")), failsWith("bad-input-file", /directory/));
  });
});
