import type { CliProfile } from "./cli-profile.js";

/** A profile without anything in it. */
export const EMPTY_PROFILE: CliProfile = {
  name: "",
  mode: "",
  accessKeyId: "",
  accessKeySecret: "",
  securityToken: "",
  regionId: "",
};

/** The variables that choose a profile, the first one set counts, as in the `aliyun` CLI. */
export const PROFILE_VARIABLES = ["ALIBABACLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"] as const;

/** The prefixes of one variable's names, in the order of the `aliyun` CLI. */
const FAMILIES = ["ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALICLOUD_", ""] as const;

/** The first text that is not blank, trimmed, or an empty text. */
export const firstOf = (...texts: readonly (string | undefined)[]): string =>
  texts.map((text) => text?.trim() ?? "").find((text) => text !== "") ?? "";

/** Keys and region as the environment has them; empty texts where it has none. */
export const environmentKeys = (
  env: Readonly<Record<string, string | undefined>>,
): Pick<CliProfile, "accessKeyId" | "accessKeySecret" | "securityToken" | "regionId"> => {
  const find = (name: string): string => firstOf(...FAMILIES.map((family) => env[family + name]));
  return {
    accessKeyId: find("ACCESS_KEY_ID"),
    accessKeySecret: find("ACCESS_KEY_SECRET"),
    securityToken: find("SECURITY_TOKEN"),
    regionId: firstOf(find("REGION_ID"), env["REGION"]),
  };
};
