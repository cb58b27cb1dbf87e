import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type CredentialQuery, resolveCredentials } from "../../src/cloud/credentials.js";
import { IotbError } from "../../src/domain/errors.js";
import { everythingIn } from "../support/pop-keys.js";

const PATH = join("/home/u", ".aliyun", "config.json");
const profile = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  mode: "AK",
  access_key_id: `id-${name}`,
  access_key_secret: `secret-${name}`,
  sts_token: "",
  region_id: "cn-beijing",
  ...more,
});
const CONFIG = {
  current: "work",
  profiles: [
    profile("default"),
    profile("work"),
    profile("sts", { mode: "StsToken", sts_token: "token-sts", region_id: "" }),
    profile("sts-without", { mode: "StsToken" }),
    profile("role", { mode: "RamRoleArn" }),
    profile("empty", { access_key_id: "", access_key_secret: "", region_id: "" }),
    profile("half", { access_key_secret: "" }),
    profile("modeless", { mode: "" }),
  ],
};
const KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "id-env",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "secret-env",
  ALIBABA_CLOUD_SECURITY_TOKEN: "token-env",
  ALIBABA_CLOUD_REGION_ID: "eu-central-1",
};

type Given = {
  readonly env?: CredentialQuery["env"];
  readonly profile?: string;
  readonly file?: unknown;
  readonly mode?: number;
};
const resolve = ({ env = {}, profile: name, file = CONFIG, mode = 0o600 }: Given) =>
  resolveCredentials({
    env,
    profile: name,
    homeDir: "/home/u",
    readFile: async (path) => {
      assert.equal(path, PATH);
      return file === null ? null : { text: typeof file === "string" ? file : JSON.stringify(file), mode };
    },
  });

/** Id, secret, token and region, joined, so that a table can be read. */
const found: readonly (readonly [string, Given, string])[] = [
  ["the current profile", {}, "id-work secret-work - cn-beijing"],
  [
    "--profile beats all",
    { profile: "default", env: { ALIBABA_CLOUD_PROFILE: "sts" } },
    "id-default secret-default - cn-beijing",
  ],
  [
    "ALIBABACLOUD_PROFILE beats the other two",
    { env: { ALIBABACLOUD_PROFILE: "default", ALIBABA_CLOUD_PROFILE: "sts", ALICLOUD_PROFILE: "half" } },
    "id-default secret-default - cn-beijing",
  ],
  [
    "ALIBABA_CLOUD_PROFILE beats ALICLOUD_PROFILE",
    { env: { ALIBABA_CLOUD_PROFILE: "default", ALICLOUD_PROFILE: "sts" } },
    "id-default secret-default - cn-beijing",
  ],
  ["ALICLOUD_PROFILE", { env: { ALICLOUD_PROFILE: "default" } }, "id-default secret-default - cn-beijing"],
  ["no current: default", { file: { profiles: CONFIG.profiles } }, "id-default secret-default - cn-beijing"],
  ["no mode means AK", { profile: "modeless" }, "id-modeless secret-modeless - cn-beijing"],
  [
    "a full profile beats the environment, whose token is not mixed in",
    { env: KEYS },
    "id-work secret-work - cn-beijing",
  ],
  ["StsToken, region from the environment", { profile: "sts", env: KEYS }, "id-sts secret-sts token-sts eu-central-1"],
  [
    "StsToken with the environment's token",
    { profile: "sts-without", env: KEYS },
    "id-sts-without secret-sts-without token-env cn-beijing",
  ],
  ["empty fields are filled", { profile: "empty", env: KEYS }, "id-env secret-env token-env eu-central-1"],
  ["one empty field is filled", { profile: "half", env: KEYS }, "id-half secret-env - cn-beijing"],
  ["no file: the environment", { file: null, env: KEYS }, "id-env secret-env token-env eu-central-1"],
  [
    "no file, and the profile named by the environment does not matter",
    { file: null, env: { ...KEYS, ALIBABA_CLOUD_PROFILE: "x" } },
    "id-env secret-env token-env eu-central-1",
  ],
  ["an empty file's object: the environment", { file: {}, env: KEYS }, "id-env secret-env token-env eu-central-1"],
  ["a BOM", { file: `\uFEFF${JSON.stringify(CONFIG)}` }, "id-work secret-work - cn-beijing"],
  [
    "ALIBABACLOUD_ names",
    { file: null, env: { ALIBABACLOUD_ACCESS_KEY_ID: "a", ALIBABACLOUD_ACCESS_KEY_SECRET: "b" } },
    "a b - -",
  ],
  [
    "ALICLOUD_ names",
    { file: null, env: { ALICLOUD_ACCESS_KEY_ID: "a", ALICLOUD_ACCESS_KEY_SECRET: "b", ALICLOUD_REGION_ID: "r" } },
    "a b - r",
  ],
  [
    "bare names, and REGION",
    { file: null, env: { ACCESS_KEY_ID: "a", ACCESS_KEY_SECRET: "b", SECURITY_TOKEN: "t", REGION: "r" } },
    "a b t r",
  ],
  [
    "blanks around a value do not count, an empty value is none",
    { file: null, env: { ALIBABA_CLOUD_ACCESS_KEY_ID: " ", ACCESS_KEY_ID: " a\n", ACCESS_KEY_SECRET: "b" } },
    "a b - -",
  ],
];

for (const [name, given, expected] of found) {
  test(`credentials: ${name}`, async () => {
    const { accessKeyId, accessKeySecret, securityToken = "-", regionId = "-", source, notes } = await resolve(given);
    assert.equal([accessKeyId, accessKeySecret, securityToken, regionId].join(" "), expected);
    for (const secret of [accessKeySecret, securityToken])
      if (secret.length > 1) assert.ok(!`${source} ${notes.join(" ")}`.includes(secret));
  });
}

test("the file is not read where it is ignored, and --profile then contradicts", async () => {
  for (const name of ["ALIBABA_CLOUD_IGNORE_PROFILE", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"]) {
    const query = { env: { ...KEYS, [name]: "TRUE" }, homeDir: "/home/u", readFile: () => assert.fail("read") };
    assert.equal((await resolveCredentials(query)).accessKeyId, "id-env");
    await assert.rejects(resolveCredentials({ ...query, profile: "work" }), { code: "credentials" });
  }
});

test("where they came from is said", async () => {
  assert.equal((await resolve({})).source, `profile work of ${PATH}`);
  assert.equal((await resolve({ file: null, env: KEYS })).source, "the environment");
  assert.equal((await resolve({ profile: "half", env: KEYS })).source, `profile half of ${PATH} and the environment`);
});

test("a file that others may read is noted", async () => {
  assert.deepEqual((await resolve({ mode: 0o600 })).notes, []);
  for (const mode of [0o644, 0o640, 0o602]) assert.match((await resolve({ mode })).notes.join(), /chmod 600/);
});

const failing: readonly (readonly [string, Given, string, RegExp, RegExp])[] = [
  ["another mode", { profile: "role", env: KEYS }, "credentials", /mode RamRoleArn/, /AK or StsToken.*IGNORE_PROFILE/],
  ["an unknown --profile", { profile: "nope" }, "credentials", /no profile nope/, /it has: default, work/],
  [
    "an unknown profile of the environment",
    { env: { ...KEYS, ALIBABA_CLOUD_PROFILE: "nope" } },
    "credentials",
    /no profile nope/,
    /it has/,
  ],
  [
    "--profile and no file",
    { profile: "work", file: null, env: KEYS },
    "credentials",
    /there is no /,
    /aliyun configure/,
  ],
  [
    "nothing anywhere",
    { file: null },
    "credentials",
    /no AccessKey id and no AccessKey secret in the environment/,
    /ALIBABA_CLOUD_ACCESS_KEY_ID/,
  ],
  [
    "half a pair",
    { profile: "half" },
    "credentials",
    /no AccessKey secret in profile half/,
    /ALIBABA_CLOUD_ACCESS_KEY_SECRET/,
  ],
  ["StsToken without a token", { profile: "sts-without" }, "credentials", /no security token/, /aliyun configure/],
  [
    "a key with a blank inside",
    { file: null, env: { ACCESS_KEY_ID: "a b", ACCESS_KEY_SECRET: "SECRET-1" } },
    "credentials",
    /blanks/,
    /copied/,
  ],
  [
    "malformed JSON",
    { file: '{\n "profiles": [{"access_key_secret": "SECRET-1" "x": 1}]}' },
    "bad-input-file",
    /config\.json:2:48: not valid JSON/,
    /aliyun configure/,
  ],
  [
    "an unfinished text",
    { file: '{"access_key_secret": "SECRET-1' },
    "bad-input-file",
    /config\.json:1:23: not valid JSON/,
    /correct/,
  ],
  [
    "an unquoted secret",
    { file: '{"access_key_secret": SECRET-1}' },
    "bad-input-file",
    /config\.json:1:23: not valid JSON/,
    /correct/,
  ],
  ["no object", { file: '["SECRET-1"]' }, "bad-input-file", /no JSON object/, /correct/],
  [
    "profiles are no list",
    { file: { profiles: { a: "SECRET-1" } } },
    "bad-input-file",
    /"profiles" is no list/,
    /correct/,
  ],
  [
    "a profile is no object",
    { file: { profiles: ["SECRET-1"] } },
    "bad-input-file",
    /profile 1 is no object/,
    /correct/,
  ],
  [
    "a field is no text",
    { file: { profiles: [profile("a", { access_key_secret: ["SECRET-1"] })] } },
    "bad-input-file",
    /"access_key_secret" of profile 1 is no text/,
    /correct/,
  ],
];

for (const [name, given, code, message, hint] of failing) {
  test(`no credentials: ${name}`, async () => {
    const error: unknown = await resolve(given).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof IotbError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.match(error.hint ?? "", hint);
    assert.doesNotMatch(everythingIn(error), /SECRET-1|secret-(work|half|env|role)|token-/);
  });
}
