import { join } from "node:path";
import { IotbError } from "../domain/errors.js";
import { type CliProfile, parseCliConfig } from "./cli-profile.js";
import { EMPTY_PROFILE, environmentKeys, firstOf, PROFILE_VARIABLES } from "./environment-keys.js";
import type { ReadCredentialFile } from "./read-credential-file.js";

/** What the API is called with. `source` and `notes` are for `--verbose` and hold no secret. */
export type Credentials = {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
  readonly regionId?: string;
  readonly source: string;
  readonly notes: readonly string[];
};

/** Where credentials may come from. */
export type CredentialQuery = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--profile`. */
  readonly profile?: string | undefined;
  readonly homeDir: string;
  /** Instead of `.aliyun/config.json` under the home directory. */
  readonly configPath?: string | undefined;
  readonly readFile: ReadCredentialFile;
};

/** The modes whose keys are in the file itself. */
const SUPPORTED_MODES: readonly string[] = ["AK", "StsToken"];

/** What to do where there are no usable keys. */
const SET_KEYS = "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run: aliyun configure";

/**
 * Finds the AccessKey as the `aliyun` CLI does: the profile first, the environment where a field of it is empty, the
 * environment alone where there is no file or where it is told to ignore it. Throws `credentials` or `bad-input-file`.
 */
export const resolveCredentials = async (query: CredentialQuery): Promise<Credentials> => {
  const { profile, notes, place } = await chooseProfile(query);
  if (profile !== null && !SUPPORTED_MODES.includes(profile.mode || "AK"))
    throw new IotbError("credentials", `${place} has mode ${profile.mode}, which iotb cannot use`, {
      hint: `choose a profile of mode AK or StsToken with --profile, or set ALIBABA_CLOUD_IGNORE_PROFILE=TRUE and the keys in the environment`,
    });
  const own = profile ?? EMPTY_PROFILE;
  const environment = environmentKeys(query.env);
  const keyId = firstOf(own.accessKeyId, environment.accessKeyId);
  const secret = firstOf(own.accessKeySecret, environment.accessKeySecret);
  // A token belongs to one key pair: the environment's is not tried on a pair of the profile that is whole without one.
  const wantsToken = own.mode === "StsToken" || own.accessKeyId === "";
  const token = wantsToken ? firstOf(own.securityToken, environment.securityToken) : "";
  const regionId = firstOf(own.regionId, environment.regionId);
  const missing = [keyId === "" ? "AccessKey id" : "", secret === "" ? "AccessKey secret" : ""].filter(Boolean);
  if (own.mode === "StsToken" && token === "") missing.push("security token");
  if (missing.length > 0)
    throw new IotbError(
      "credentials",
      `no ${missing.join(" and no ")} in ${place === "" ? "" : `${place} or `}the environment`,
      {
        hint: SET_KEYS,
      },
    );
  if ([keyId, secret, token].some((text) => /[^\x21-\x7e]/.test(text)))
    throw new IotbError("credentials", "the AccessKey holds blanks or characters that no key has", {
      hint: "check how it was copied: a quote, a line break or a placeholder may have come along",
    });
  const sources = [own.accessKeyId, own.accessKeySecret].map((text) => (text === "" ? "the environment" : place));
  return {
    accessKeyId: keyId,
    accessKeySecret: secret,
    ...(token === "" ? {} : { securityToken: token }),
    ...(regionId === "" ? {} : { regionId }),
    source: [...new Set(sources)].join(" and "),
    notes,
  };
};

type Choice = { readonly profile: CliProfile | null; readonly notes: readonly string[]; readonly place: string };

const chooseProfile = async ({ env, profile, homeDir, configPath, readFile }: CredentialQuery): Promise<Choice> => {
  const path = configPath ?? join(homeDir, ".aliyun", "config.json");
  const ignored = ["ALIBABA_CLOUD_IGNORE_PROFILE", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"].find(
    (name) => env[name]?.trim().toLowerCase() === "true",
  );
  if (ignored !== undefined) {
    if (profile === undefined) return { profile: null, notes: [`${path} is not read: ${ignored} is set`], place: "" };
    throw new IotbError("credentials", `--profile ${profile} asks for a file that ${ignored} forbids to read`, {
      hint: `drop --profile or unset ${ignored}`,
    });
  }
  const file = await readFile(path);
  if (file === null) {
    if (profile === undefined) return { profile: null, notes: [`there is no ${path}`], place: "" };
    throw new IotbError("credentials", `--profile ${profile}: there is no ${path}`, { hint: SET_KEYS });
  }
  const notes =
    file.mode !== null && (file.mode & 0o077) !== 0
      ? [`${path} holds secrets and others may read it: run chmod 600 on it`]
      : [];
  const config = parseCliConfig(path, file.text);
  const asked = profile ?? firstOf(...PROFILE_VARIABLES.map((name) => env[name]));
  const name = firstOf(asked, config.current, "default");
  const chosen = config.profiles.find((one) => one.name === name) ?? null;
  if (chosen !== null) return { profile: chosen, notes, place: `profile ${name} of ${path}` };
  if (asked === "") return { profile: null, notes: [...notes, `${path} has no profile ${name}`], place: "" };
  const names = config.profiles.slice(0, 10).map((one) => one.name);
  throw new IotbError("credentials", `${path} has no profile ${name}`, {
    hint: names.length > 0 ? `it has: ${names.join(", ")}` : SET_KEYS,
  });
};
