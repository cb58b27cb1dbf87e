import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anyText, choice, optional, repeated, toggle, withDefault } from "../../src/cli/flag.js";
import { explainOrigins, resolveFlags } from "../../src/cli/resolve-flags.js";
import { parseDuration } from "../../src/domain/units.js";
import { failsWith } from "../support/cli-fails-with.js";

const FLAGS = {
  drain: withDefault("10s", { name: "drain", argument: "D", help: "", read: (text) => parseDuration(text) }),
  hosts: repeated({ name: "host", argument: "H", help: "", read: anyText }),
  dryRun: toggle({ name: "dry-run", help: "" }),
  engine: optional({ name: "engine", argument: "a|b", help: "", read: choice("a", "b") }),
  accessKey: optional({
    name: "access-key",
    argument: "ID:SECRET",
    help: "",
    secret: true,
    read: choice("id:hunter2"),
  }),
};

type Texts = Readonly<Record<string, readonly string[]>>;

const resolve = (given: Texts, env: Record<string, string>, config: Texts) =>
  resolveFlags(FLAGS, {
    given: new Map(Object.entries(given)),
    env,
    config: new Map(Object.entries(config)),
    configName: "c.json",
  });

describe("resolveFlags", () => {
  it("takes defaults", () => {
    const { values } = resolve({}, {}, {});
    assert.deepEqual(values, { drain: 10_000_000, hosts: [], dryRun: false, engine: null, accessKey: null });
  });

  it("lets a flag beat the environment, that the config file, that the default", () => {
    const all = [{ drain: ["1s"] }, { IOTB_DRAIN: "2s" }, { drain: ["3s"] }] as const;
    assert.equal(resolve(...all).values.drain, 1_000_000);
    assert.equal(resolve({}, all[1], all[2]).values.drain, 2_000_000);
    assert.equal(resolve({}, {}, all[2]).values.drain, 3_000_000);
    assert.equal(resolve({}, { IOTB_DRAIN: "" }, {}).origins.drain.source, "default");
  });

  it("keeps every one of a repeated flag, and the last of another", () => {
    const { values } = resolve({ host: ["a", "b"], engine: ["a", "b"] }, {}, {});
    assert.deepEqual([values.hosts, values.engine], [["a", "b"], "b"]);
  });

  it("reads switches from the environment", () => {
    assert.equal(resolve({}, { IOTB_DRY_RUN: "1" }, {}).values.dryRun, true);
    assert.equal(resolve({}, { IOTB_DRY_RUN: "no" }, {}).values.dryRun, false);
    assert.throws(
      () => resolve({}, { IOTB_DRY_RUN: "maybe" }, {}),
      failsWith("usage", /^IOTB_DRY_RUN: "maybe" is neither/),
    );
  });

  it("names the place of a bad value", () => {
    assert.throws(() => resolve({ drain: ["x"] }, {}, {}), failsWith("usage", /^--drain: "x" is not a duration/));
    assert.throws(() => resolve({}, { IOTB_DRAIN: "x" }, {}), failsWith("usage", /^IOTB_DRAIN: /));
    assert.throws(
      () => resolve({}, {}, { engine: ["c"] }),
      failsWith("usage", /^"engine" in c\.json: "c" is none of a, b/),
    );
  });

  it("never tells a secret", () => {
    assert.throws(
      () => resolve({ "access-key": ["hunter3"] }, {}, {}),
      (thrown) => {
        assert.ok(!String(thrown).includes("hunter3"));
        return failsWith("usage", /^--access-key: it does not have the form ID:SECRET/)(thrown);
      },
    );
    const lines = explainOrigins(FLAGS, resolve({}, { IOTB_ACCESS_KEY: "id:hunter2", IOTB_ENGINE: "b" }, {}));
    assert.deepEqual(lines, [
      "drain = 10s (default)",
      "engine = b (IOTB_ENGINE)",
      "access-key = *** (IOTB_ACCESS_KEY)",
    ]);
  });
});
