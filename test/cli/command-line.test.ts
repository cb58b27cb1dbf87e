import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keptCommandLine } from "../../src/cli/command-line.js";
import { anyText, optional, repeated, toggle } from "../../src/cli/flag.js";
import { resolveFlags } from "../../src/cli/resolve-flags.js";

const FLAGS = {
  local: toggle({ name: "local", help: "" }),
  thresholds: repeated({ name: "threshold", argument: "E", help: "", read: anyText }),
  receipts: repeated({ name: "receipts", argument: "FILE", help: "", variadic: true, read: anyText }),
  broker: optional({ name: "broker", argument: "URL", help: "", read: anyText }),
  password: optional({ name: "password", argument: "P", help: "", secret: true, read: anyText }),
  drain: optional({ name: "drain", argument: "D", help: "", read: anyText }),
};

const kept = (given: Readonly<Record<string, readonly string[]>>, env: Record<string, string> = {}) =>
  keptCommandLine(
    "devices measure",
    ["payload.json"],
    FLAGS,
    resolveFlags(FLAGS, { given: new Map(Object.entries(given)), env, config: new Map(), configName: "" }),
  );

describe("a command line that is kept", () => {
  it("is what was typed, value by value", () => {
    const { words } = kept({ local: ["true"], threshold: ["p99 < 1s", "missing"], receipts: ["a b", "c"] });
    assert.deepEqual(words, [
      ...["iotb", "devices", "measure", "payload.json", "--local"],
      ...["--threshold", "p99 < 1s", "--threshold", "missing", "--receipts", "a b", "c"],
    ]);
  });

  it("holds no secret: neither a secret flag's value nor a password in a URL", () => {
    const { words, origins } = kept({ password: ["hunter2"], broker: ["mqtt://me:hunter2@host/?sign=hunter2"] });
    assert.deepEqual(words.slice(4), ["--broker", "***@host/?…", "--password", "***"]);
    assert.doesNotMatch(origins.join("\n"), /hunter2/);
  });

  it("leaves what the environment said to the origins", () => {
    const { words, origins } = kept({}, { IOTB_DRAIN: "2s", IOTB_PASSWORD: "hunter2" });
    assert.deepEqual(words, ["iotb", "devices", "measure", "payload.json"]);
    assert.deepEqual(origins, ["password = *** (IOTB_PASSWORD)", "drain = 2s (IOTB_DRAIN)"]);
  });
});
