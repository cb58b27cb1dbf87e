import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { execEnvironment } from "../../src/cli/exec-environment.js";

const AROUND = {
  endpoint: "http://127.0.0.1:4711",
  hosts: ["mqtt://127.0.0.1:4712", "mqtt://127.0.0.1:4713"],
  devicesFile: "/tmp/x/devices.csv",
  noCredentialsFile: "/tmp/x/none",
  productKey: "pk",
  instanceId: "iot-local",
  accessKey: { id: "iotb-local", secret: "iotb-local" },
};

test("what leads to the local platform is there, and nothing that leads elsewhere", () => {
  const env = execEnvironment({ PATH: "/bin", HOME: "/home/me", IOTB_QUIET: "1", IOTB_LOCAL: "1" }, AROUND);
  assert.deepEqual(env, {
    PATH: "/bin",
    HOME: "/home/me",
    IOTB_QUIET: "1",
    IOTB_ENDPOINT: "http://127.0.0.1:4711",
    IOTB_HOST: "mqtt://127.0.0.1:4712,mqtt://127.0.0.1:4713",
    IOTB_DEVICES: "/tmp/x/devices.csv",
    IOTB_INSTANCE_ID: "iot-local",
    IOTB_PRODUCT_KEY: "pk",
    ALIBABA_CLOUD_ACCESS_KEY_ID: "iotb-local",
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: "iotb-local",
    ALIBABA_CLOUD_IGNORE_PROFILE: "TRUE",
    ALIBABA_CLOUD_CLI_PROFILE_DISABLED: "true",
    ALIBABA_CLOUD_CREDENTIALS_FILE: "/tmp/x/none",
    ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true",
  });
});

test("devices of several products name none, not even one that was there before", () => {
  const env = execEnvironment({ IOTB_PRODUCT_KEY: "live" }, { ...AROUND, productKey: null });
  assert.equal("IOTB_PRODUCT_KEY" in env, false);
});

const family = fc.constantFrom("ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", "ALIYUN_", "alibaba_cloud_");
const rest = fc.stringMatching(/^[A-Z_]{1,24}$/);
const bare = fc.constantFrom("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN", "REGION_ID", "REGION");
const own = fc
  .constantFrom("PROFILE", "REGION", "PORT", "CONFIG", "ACCESS_KEY", "CA", "INSECURE")
  .map((n) => `IOTB_${n}`);

test("no value of a variable that configures a client survives", () => {
  const name = fc.oneof(
    fc.tuple(family, rest).map((parts) => parts.join("")),
    bare,
    own,
  );
  fc.assert(
    fc.property(fc.array(name), (names) => {
      const env = execEnvironment(Object.fromEntries(names.map((one) => [one, "canary"])), AROUND);
      assert.ok(!Object.values(env).includes("canary"));
    }),
  );
});
