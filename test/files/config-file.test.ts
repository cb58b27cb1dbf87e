import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readConfigFile } from "../../src/files/config-file.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

const known = (name: string): boolean => ["drain", "host", "json", "count", "access-key"].includes(name);

describe("readConfigFile", () => {
  it("gives each value as if it had been typed", async () => {
    await using dir = await makeTempDir();
    const path = await dir.write("c.json", '{"drain":"5s","count":7,"json":true,"host":["a","b"]}');
    assert.deepEqual(
      [...(await readConfigFile(path, known))],
      [
        ["drain", ["5s"]],
        ["count", ["7"]],
        ["json", ["true"]],
        ["host", ["a", "b"]],
      ],
    );
  });

  const refused: [string, string, RegExp][] = [
    ["what is not JSON", "{\n drain: 1}", /c\.json:2:2: a key needs double quotes/],
    ["a list", "[]", /not a JSON object/],
    ["an unknown name", '{\n  "drain": 1,\n  "drian": 1 }', /c\.json:3:3: "drian" is not the name of a flag/],
    ["an object", '{"drain":{}}', /"drain" is not a text, a number/],
    ["null", '{"drain":null}', /"drain" is not a text, a number/],
    ["a secret", '{\n"access-key":"a:hunter2"}', /c\.json:2:1: "access-key" is a secret/],
    ["a secret that is no flag", '{"accessKeySecret":"hunter2"}', /is a secret/],
  ];
  for (const [name, text, message] of refused) {
    it(`refuses ${name}`, async () => {
      await using dir = await makeTempDir();
      const path = await dir.write("c.json", text);
      await assert.rejects(readConfigFile(path, known), (thrown) => {
        assert.ok(!String(thrown).includes("hunter2"));
        return failsWith("bad-input-file", message)(thrown);
      });
    });
  }

  it("tells a missing file", () =>
    assert.rejects(readConfigFile("/nowhere.json", known), failsWith("bad-input-file", /no such file/)));
});
