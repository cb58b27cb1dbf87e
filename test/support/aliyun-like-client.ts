// A program as a user may have it: it looks for keys where the vendor's tools do, then asks the API for a product.
// Its own search, not iotb's: environment first, as the SDKs; then the files of the home directory, unless they are switched off.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import RPCClient from "@alicloud/pop-core";

type Keys = { readonly accessKeyId: string; readonly accessKeySecret: string; readonly from: string };

const { env } = process;
const off = (name: string): boolean => env[name]?.toLowerCase() === "true";

const fromEnvironment = (): Keys | null => {
  for (const family of ["ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", ""]) {
    const accessKeyId = env[`${family}ACCESS_KEY_ID`];
    const accessKeySecret = env[`${family}ACCESS_KEY_SECRET`];
    if (accessKeyId && accessKeySecret) return { accessKeyId, accessKeySecret, from: `${family}ACCESS_KEY_ID` };
  }
  return null;
};

const fromCliProfile = async (): Promise<Keys | null> => {
  if (off("ALIBABA_CLOUD_IGNORE_PROFILE") || off("ALIBABA_CLOUD_CLI_PROFILE_DISABLED")) return null;
  const text = await readFile(join(env["HOME"] ?? "", ".aliyun", "config.json"), "utf8").catch(() => null);
  if (text === null) return null;
  const { profiles } = JSON.parse(text) as { profiles: { access_key_id: string; access_key_secret: string }[] };
  const [first] = profiles;
  return first ? { accessKeyId: first.access_key_id, accessKeySecret: first.access_key_secret, from: "profile" } : null;
};

const fromCredentialsFile = async (): Promise<Keys | null> => {
  const path = env["ALIBABA_CLOUD_CREDENTIALS_FILE"] ?? join(env["HOME"] ?? "", ".alibabacloud", "credentials");
  const text = await readFile(path, "utf8").catch(() => "");
  const id = /^access_key_id\s*=\s*(\S+)/m.exec(text)?.[1];
  const secret = /^access_key_secret\s*=\s*(\S+)/m.exec(text)?.[1];
  return id && secret ? { accessKeyId: id, accessKeySecret: secret, from: "credentials file" } : null;
};

// as the aliyun CLI the profile comes first where it is allowed; without keys in the environment the SDKs' files follow
const keys =
  (await fromCliProfile()) ??
  (process.argv.includes("--without-environment") ? null : fromEnvironment()) ??
  (await fromCredentialsFile());
if (keys === null) {
  process.stdout.write(`${JSON.stringify({ keys: null })}\n`);
} else {
  const { from, ...pair } = keys;
  const endpoint = env["ALIBABA_CLOUD_ENDPOINT"] ?? env["IOTB_ENDPOINT"] ?? "https://iot.cn-shanghai.aliyuncs.com";
  const client = new RPCClient({ ...pair, endpoint, apiVersion: "2018-01-20" });
  const answer = await client.request<{ Data: { ProductKey: string } }>("QueryProduct", {
    ProductKey: env["IOTB_PRODUCT_KEY"],
    IotInstanceId: env["IOTB_INSTANCE_ID"],
  });
  const product = answer.Data.ProductKey;
  process.stdout.write(`${JSON.stringify({ keys: from, id: pair.accessKeyId, endpoint, product })}\n`);
}
