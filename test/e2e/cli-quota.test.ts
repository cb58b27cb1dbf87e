import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { runCli, startCli } from "../support/cli-run.js";

const PRODUCT = "g6palBDnzyT";
const KEYS = { ALIBABA_CLOUD_ACCESS_KEY_ID: "iotb-local", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "iotb-local" };

/** A platform process with the fixtures' devices, its API's address, and its end. */
const startPlatform = async (quota: "off" | "real") => {
  const ports = ["--mqtt-port", "0", "--pop-port", "0"];
  const child = startCli(["platform", "--devices", "fixtures/devices-4.csv", ...ports, "--quota", quota, "--json"]);
  const closed = once(child, "close");
  assert.ok(child.stdout);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return {
    pop: (JSON.parse(line) as { pop: string }).pop,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGINT");
      await closed;
    },
  };
};

describe("--quota of iotb platform", () => {
  for (const [quota, code] of [
    ["real", 4],
    ["off", 0],
  ] as const) {
    it(`${quota}: a second broadcast within a minute exits ${code}`, async () => {
      await using platform = await startPlatform(quota);
      const broadcast = [
        "broadcast",
        "-m",
        "{}",
        "--product-key",
        PRODUCT,
        "--endpoint",
        platform.pop,
        "--quota",
        "off",
      ];
      const first = await runCli(broadcast, { env: KEYS });
      assert.equal(first.code, 0, first.stderr);
      const second = await runCli(broadcast, { env: KEYS });
      assert.equal(second.code, code, second.stderr);
      if (code === 4) assert.match(second.stderr, /Throttling\.User/);
    });
  }
});

describe("--quota real of iotb measure --local", () => {
  it("connects no faster than an account may, and is not throttled", async () => {
    const run = await runCli(["measure", "--local", "--quota", "real", "-c", "600", "--broadcasts", "1", "--json"]);
    assert.equal(run.code, 0, run.stderr);
    const { fleet, verdict } = JSON.parse(run.stdout) as { fleet: { online: number }; verdict: string };
    assert.deepEqual([fleet.online, verdict], [600, "pass"]);
  });
});
