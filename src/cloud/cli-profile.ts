import { IotbError } from "../domain/errors.js";
import { findJsonFault } from "../protocol/json-fault.js";
import { isRecord } from "./pop-answer.js";

/** A profile of the `aliyun` CLI's configuration; empty texts where a field is absent. */
export type CliProfile = {
  readonly name: string;
  readonly mode: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
  readonly regionId: string;
};

/** The `aliyun` CLI's configuration file. */
export type CliConfig = {
  /** The name of the profile that holds where none is chosen. */
  readonly current: string;
  readonly profiles: readonly CliProfile[];
};

/** Reads `~/.aliyun/config.json`. Throws `bad-input-file` with the place of the fault, and never a word of the content. */
export const parseCliConfig = (path: string, content: string): CliConfig => {
  const text = content.replace(/^\uFEFF/, "");
  const fail = (place: string, why: string): IotbError =>
    new IotbError("bad-input-file", `${path}${place}: ${why}`, {
      hint: "correct it, write it anew with: aliyun configure, or set ALIBABA_CLOUD_IGNORE_PROFILE=TRUE to do without it",
    });
  const fault = findJsonFault(text);
  if (fault !== null) throw fail(`:${fault.line}:${fault.column}`, "not valid JSON");
  const config: unknown = JSON.parse(text);
  if (!isRecord(config)) throw fail("", "holds no JSON object");
  const profiles = config["profiles"] ?? [];
  if (!Array.isArray(profiles)) throw fail("", '"profiles" is no list');
  const field = (record: Record<string, unknown>, name: string, where: string): string => {
    const value = record[name] ?? "";
    if (typeof value !== "string") throw fail("", `"${name}"${where} is no text`);
    return value.trim();
  };
  return {
    current: field(config, "current", ""),
    profiles: profiles.map((profile: unknown, i): CliProfile => {
      const where = ` of profile ${i + 1}`;
      if (!isRecord(profile)) throw fail("", `profile ${i + 1} is no object`);
      return {
        name: field(profile, "name", where),
        mode: field(profile, "mode", where),
        accessKeyId: field(profile, "access_key_id", where),
        accessKeySecret: field(profile, "access_key_secret", where),
        securityToken: field(profile, "sts_token", where),
        regionId: field(profile, "region_id", where),
      };
    }),
  };
};
