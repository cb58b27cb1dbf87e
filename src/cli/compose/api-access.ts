import { homedir } from "node:os";
import type { DeviceLister, DeviceMaker, DeviceRegistry, Publisher, RawApi } from "../../app/ports.js";
import { type Credentials, resolveCredentials } from "../../cloud/credentials.js";
import { environmentKeys } from "../../cloud/environment-keys.js";
import { createPopClient } from "../../cloud/pop-client.js";
import { createPopDeviceLister } from "../../cloud/pop-device-lister.js";
import { createPopDeviceMaker } from "../../cloud/pop-device-maker.js";
import { createPopDeviceRegistry } from "../../cloud/pop-device-registry.js";
import { createPopPublisher } from "../../cloud/pop-publisher.js";
import { createRawApi } from "../../cloud/pop-raw-api.js";
import { readCredentialFile } from "../../cloud/read-credential-file.js";
import { DEFAULT_REGION, popEndpoint } from "../../domain/target.js";
import { isLoopbackHost } from "../../domain/target-host.js";
import type { Clock } from "../../domain/time.js";
import { LOCAL_ACCESS_KEY, LOCAL_API_URL } from "../local-platform-defaults.js";
import type { TargetOptions } from "../options/target.js";
import { readPem } from "../pem-file.js";

/** The API side of a target: where calls go, as whom. */
export type ApiAccess = {
  readonly publisher: Publisher;
  readonly registry: DeviceRegistry;
  readonly maker: DeviceMaker;
  readonly lister: DeviceLister;
  readonly raw: RawApi;
  readonly url: string;
  readonly region: string;
  /** Where the keys came from, without them. */
  readonly credentialsSource: string;
  /** What is worth a word about the credentials: a file that others can read. */
  readonly notes: readonly string[];
};

type Env = Readonly<Record<string, string | undefined>>;

/** The published keys of a local platform at `url`, for a platform that this command started or that `--local` names. */
export const openLocalApi = (url: string, instanceId: string | null, clock: Clock): ApiAccess =>
  access(
    url,
    DEFAULT_REGION,
    instanceId,
    clock,
    {
      accessKeyId: LOCAL_ACCESS_KEY.id,
      accessKeySecret: LOCAL_ACCESS_KEY.secret,
      source: "the local platform's published key",
      notes: [],
    },
    null,
  );

/**
 * The API that a target names, with credentials by the `aliyun` CLI's rules. On loopback a profile is used only if it was
 * asked for: without keys in the environment, the local platform's published key serves. Throws `credentials`, `usage`.
 */
export const openApi = async (target: TargetOptions, env: Env, clock: Clock): Promise<ApiAccess> => {
  if (target.local) return openLocalApi(LOCAL_API_URL, target.instanceId, clock);
  const url = target.endpoint?.origin ?? null;
  if (target.endpoint !== null && isLoopbackHost(target.endpoint.hostname) && target.profile === null) {
    const inEnvironment = await fromEnvironment(env);
    if (inEnvironment === null) return openLocalApi(target.endpoint.origin, target.instanceId, clock);
    const region = target.region ?? DEFAULT_REGION;
    return access(target.endpoint.origin, region, target.instanceId, clock, inEnvironment, await readCa(target));
  }
  const credentials = await resolveCredentials({
    env,
    profile: target.profile ?? undefined,
    homeDir: env["HOME"] ?? homedir(),
    readFile: readCredentialFile,
  });
  const region = target.region ?? credentials.regionId ?? DEFAULT_REGION;
  return access(url ?? popEndpoint(region), region, target.instanceId, clock, credentials, await readCa(target));
};

/** The environment's keys, or null where it names none; half a pair is the error it always is. */
const fromEnvironment = async (env: Env): Promise<Credentials | null> => {
  const { accessKeyId, accessKeySecret } = environmentKeys(env);
  if (accessKeyId === "" && accessKeySecret === "") return null;
  const environmentOnly = { ...env, ALIBABA_CLOUD_IGNORE_PROFILE: "TRUE" };
  return resolveCredentials({ env: environmentOnly, homeDir: homedir(), readFile: readCredentialFile });
};

/** The roots that `--ca` names, for the API as for MQTT. */
const readCa = async ({ tls }: TargetOptions): Promise<string | null> =>
  tls.caFile === null ? null : readPem(tls.caFile);

const access = (
  url: string,
  region: string,
  instanceId: string | null,
  clock: Clock,
  keys: Omit<Credentials, "regionId">,
  ca: string | null,
): ApiAccess => {
  const { accessKeyId, accessKeySecret, securityToken } = keys;
  const client = createPopClient({
    endpoint: url,
    accessKeyId,
    accessKeySecret,
    ...(securityToken === undefined ? {} : { securityToken }),
    ...(instanceId === null ? {} : { instanceId }),
    ...(ca === null ? {} : { ca }),
  });
  return {
    publisher: createPopPublisher(client, clock),
    registry: createPopDeviceRegistry(client),
    maker: createPopDeviceMaker(client),
    lister: createPopDeviceLister(client),
    raw: createRawApi({
      endpoint: url,
      accessKeyId,
      accessKeySecret,
      securityToken,
      instanceId: instanceId ?? undefined,
      ca: ca ?? undefined,
    }),
    url,
    region,
    credentialsSource: keys.source,
    notes: keys.notes,
  };
};
