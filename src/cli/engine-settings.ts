import type { MqttEndpoint } from "../protocol/mqtt-endpoint.js";
import type { CommandContext } from "./command.js";
import type { FleetOptions } from "./options/fleet.js";
import type { TlsOptions } from "./options/target.js";
import { readPem } from "./pem-file.js";
import type { ShardEngine } from "./processes/fleet-shard.js";

/** How long one connection attempt may take, ms. The platform itself gives a CONNECT 10 s. */
const CONNECT_ATTEMPT_MS = 10_000;

/** Reads the TLS files. Throws `bad-input-file`. */
export const readTrust = async (
  { caFile, certFile, keyFile, insecure }: TlsOptions,
  env: CommandContext["env"],
): Promise<ShardEngine["options"]["tls"]> => {
  const extra = env["NODE_EXTRA_CA_CERTS"];
  return {
    insecure,
    ...(caFile === null ? {} : { ca: [await readPem(caFile)] }),
    ...(certFile === null ? {} : { cert: await readPem(certFile) }),
    ...(keyFile === null ? {} : { key: await readPem(keyFile) }),
    ...(extra ? { extraCaFiles: [extra] } : {}),
  };
};

/** The engine of a fleet's processes; WebSocket endpoints take MQTT.js, and it says so. */
export const engineFor = async (
  { output, env }: CommandContext,
  fleet: Pick<FleetOptions, "engine" | "keepaliveSeconds" | "qos" | "sign" | "sourceAddresses" | "topics">,
  endpoints: readonly MqttEndpoint[],
  tls: TlsOptions,
): Promise<ShardEngine> => {
  const web = endpoints.some(({ protocol }) => protocol === "ws" || protocol === "wss");
  if (web && fleet.engine === "lean") output.note("WebSocket: the MQTT.js engine is used (--engine mqttjs)");
  if (tls.insecure) output.note("--insecure: the server's certificate is not checked");
  return {
    name: web ? "mqttjs" : fleet.engine,
    subscriptions: fleet.topics,
    options: {
      endpoints,
      sign: fleet.sign,
      keepaliveSeconds: fleet.keepaliveSeconds,
      qos: fleet.qos,
      localAddresses: fleet.sourceAddresses,
      tls: await readTrust(tls, env),
      connectTimeoutMs: CONNECT_ATTEMPT_MS,
    },
  };
};
