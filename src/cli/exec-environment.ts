import { BROKER_FLAGS } from "./options/broker.js";
import { OUTPUT_FLAGS } from "./options/output.js";
import { TARGET_AND_TLS_FLAGS } from "./options/target.js";
import { envNameOf } from "./resolve-flags.js";

/** What a command needs to know of the local platform that it is run beside. */
export type ExecSurroundings = {
  readonly endpoint: string;
  readonly hosts: readonly string[];
  readonly devicesFile: string;
  /** A file without credentials, to be read instead of the home directory's. */
  readonly noCredentialsFile: string;
  /** Null where the devices are of several products. */
  readonly productKey: string | null;
  readonly instanceId: string;
  readonly accessKey: { readonly id: string; readonly secret: string };
};

/** Whatever begins like this configures an SDK or the `aliyun` CLI: keys, profiles, roles, endpoints, metadata services. */
const VENDOR_PREFIX = /^(?:ALIBABA_?CLOUD|ALICLOUD|ALIYUN)_/i;

/** The names without a prefix that the `aliyun` CLI reads as well. */
const BARE_NAMES = /^(?:ACCESS_KEY_(?:ID|SECRET)|SECURITY_TOKEN|STS_TOKEN|REGION_ID|REGION)$/i;

/** iotb's own variables that say where to talk to, as whom, or hold values of their own. */
const OWN_NAMES: ReadonlySet<string> = new Set(
  [
    ...Object.values({ ...TARGET_AND_TLS_FLAGS, ...BROKER_FLAGS }).map(({ name }) => name),
    OUTPUT_FLAGS.config.name,
    "access-key",
    "devices",
    "count",
  ].map(envNameOf),
);

const isRemoved = (name: string): boolean =>
  VENDOR_PREFIX.test(name) || BARE_NAMES.test(name) || OWN_NAMES.has(name.toUpperCase());

/**
 * The environment of a command that shall reach the local platform and nothing else: everything that could lead an SDK, the
 * `aliyun` CLI or iotb to other keys or another place is taken out, then the local platform's is put in. The home directory's
 * profiles are switched off by name, and the credentials file there is replaced by one without any.
 */
export const execEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  around: ExecSurroundings,
): Readonly<Record<string, string>> => {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !isRemoved(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    IOTB_ENDPOINT: around.endpoint,
    IOTB_HOST: around.hosts.join(","),
    IOTB_DEVICES: around.devicesFile,
    IOTB_INSTANCE_ID: around.instanceId,
    ...(around.productKey === null ? {} : { IOTB_PRODUCT_KEY: around.productKey }),
    ALIBABA_CLOUD_ACCESS_KEY_ID: around.accessKey.id,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: around.accessKey.secret,
    ALIBABA_CLOUD_IGNORE_PROFILE: "TRUE",
    ALIBABA_CLOUD_CLI_PROFILE_DISABLED: "true",
    // These two close the last steps of the SDKs' search, should a command take the keys out of its environment.
    ALIBABA_CLOUD_CREDENTIALS_FILE: around.noCredentialsFile,
    ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true",
  };
};
