import { randomBytes } from "node:crypto";
import { IotbError } from "../../domain/errors.js";
import { isAlibabaHost } from "../../domain/target-host.js";
import { parseMqttEndpoint } from "../../protocol/mqtt-endpoint.js";
import { isTopicName } from "../../protocol/topics.js";
import { anyText, optional, under } from "../flag.js";
import { scopeOf } from "../host-scope.js";
import { isWeaker, type Origin, type Resolved } from "../resolve-flags.js";
import type { FLEET_FLAGS, FleetOptions } from "./fleet.js";
import { type BrokerOptions, parseTls, type TARGET_AND_TLS_FLAGS, type TargetOptions } from "./target.js";

const SECRET_HINT = "give the name with -u, and the password with --password-file FILE or IOTB_PASSWORD";

/** A plain MQTT broker as the target. */
export const BROKER_FLAGS = under("Plain broker:", {
  broker: optional({
    name: "broker",
    argument: "URL",
    help: "a plain MQTT broker instead of the platform: mqtt://, mqtts://, ws:// or wss://HOST:PORT",
    read: readBroker,
  }),
  username: optional({
    name: "username",
    short: "u",
    argument: "NAME",
    help: "user name that every device logs in with",
    read: mqttText,
  }),
  password: optional({
    name: "password",
    short: "P",
    argument: "TEXT",
    help: "its password; ps shows it: better --password-file FILE or IOTB_PASSWORD",
    read: mqttText,
    secret: true,
  }),
  passwordFile: optional({
    name: "password-file",
    argument: "FILE",
    help: "its password is the first line of this file, which nobody else should be able to read",
    read: anyText,
  }),
});

type BrokerFlags = Resolved<typeof BROKER_FLAGS & typeof TARGET_AND_TLS_FLAGS & Pick<typeof FLEET_FLAGS, "sign">>;

/**
 * The broker that `--broker` names as a target, or null where it is not given or `--local` was said more plainly. Whatever
 * belongs to the platform contradicts it; `others` are the command's own flags of that kind. Throws `usage`.
 */
export const parseBrokerTarget = (flags: BrokerFlags, others: readonly Origin[]): TargetOptions | null => {
  const { values, origins } = flags;
  const { broker, username } = values;
  const named = broker !== null && !(values.local && isWeaker(origins.broker, origins.local));
  if (!named) {
    for (const origin of [origins.username, origins.password, origins.passwordFile]) {
      if (origin.source === "flag") throw new IotbError("usage", `${origin.called} is for --broker URL`);
    }
    return null;
  }
  const { local, hosts, endpoint, region, instanceId, productKey, profile, quota, sign } = origins;
  const platforms = values.local ? [local] : [];
  for (const other of [
    ...platforms,
    hosts,
    endpoint,
    region,
    instanceId,
    productKey,
    profile,
    quota,
    sign,
    ...others,
  ]) {
    if (other.source === "default" || isWeaker(other, origins.broker)) continue;
    throw new IotbError("usage", `${origins.broker.called} and ${other.called} contradict each other`, {
      hint: "a plain broker has no products, signatures, quotas and API: give one of the two",
    });
  }
  const mqtt = parseMqttEndpoint(broker, values.port);
  if (isAlibabaHost(mqtt.host)) {
    throw new IotbError("usage", `${origins.broker.called}: ${mqtt.host} is Alibaba Cloud's and no plain broker`, {
      hint: "name it with --host: then devices sign, and the guards ask the platform first",
    });
  }
  const reach = { scope: scopeOf(mqtt.host), cloud: false };
  return {
    local: false,
    endpoint: null,
    region: null,
    instanceId: null,
    productKey: null,
    profile: null,
    mqtt: [mqtt],
    mqttPort: null,
    quota: "off",
    tls: parseTls(flags),
    apiReach: reach,
    mqttReach: reach,
    broker: { username, password: passwordOf(flags), runId: newRunId() },
  };
};

const passwordOf = ({ values, origins }: BrokerFlags): BrokerOptions["password"] => {
  const { password, passwordFile, username } = values;
  if ((password ?? passwordFile) === null) return null;
  if (username === null) {
    throw new IotbError("usage", "a password without a user name, which no MQTT 3.1.1 login may hold", {
      hint: "add -u NAME",
    }); // [MQTT-3.1.2-22]
  }
  if (password !== null && passwordFile !== null && origins.password.source === origins.passwordFile.source) {
    throw new IotbError(
      "usage",
      `${origins.password.called} and ${origins.passwordFile.called} say the same: give one`,
    );
  }
  const fromFile = password === null || isWeaker(origins.password, origins.passwordFile);
  return fromFile ? { kind: "file", path: passwordFile ?? "" } : { kind: "text", text: password };
};

/** The one topic of a measurement: what `-t` names, or one of the run's own. Throws `usage` for what is no plain name. */
export const brokerTopic = (topics: readonly string[], { runId }: BrokerOptions): string => {
  if (topics.length > 1) {
    throw new IotbError("usage", `--topic is given ${topics.length} times: all devices subscribe to one topic`);
  }
  const topic = topics[0] ?? `iotb/broadcast/${runId}`;
  if (!isTopicName(topic) || topic.startsWith("$") || /%c|\$\{(?:productKey|deviceName)\}/.test(topic)) {
    throw new IotbError("usage", `--topic ${JSON.stringify(topic)}: the broadcast is published to it as it stands`, {
      hint: "give a topic without wildcards and placeholders that does not begin with $",
    });
  }
  return topic;
};

/** Whether flags say which devices a broker gets. Throws `usage` where they do not, or where rows are chosen of no file. */
export const requireBrokerDevices = (
  { devicesFile, count }: FleetOptions,
  { origins }: Resolved<typeof FLEET_FLAGS>,
): void => {
  if (devicesFile !== null) return;
  if (count === null) {
    throw new IotbError("usage", "no devices for the broker", {
      hint: "give -c N to make some up, or --devices FILE for their names",
    });
  }
  for (const origin of [origins.shard, origins.only, origins.startNumber]) {
    if (origin.source === "flag")
      throw new IotbError("usage", `${origin.called} chooses rows: give --devices FILE too`);
  }
};

/** Letters and digits, as every broker takes them in a client id. [MQTT-3.1.3-5] */
const RUN_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
const RUN_ID_LENGTH = 8;

const newRunId = (): string =>
  Array.from(randomBytes(RUN_ID_LENGTH), (byte) => RUN_ID_LETTERS[byte % RUN_ID_LETTERS.length]).join("");

function readBroker(text: string): string {
  // either may hold a secret: the text is not shown
  if (text.includes("@")) {
    throw new IotbError("usage", "a broker URL with a user or a password in it", { hint: SECRET_HINT });
  }
  if (/[?#]/.test(text)) throw new IotbError("usage", "a broker URL with a query in it", { hint: SECRET_HINT });
  if (!text.includes("://")) {
    throw new IotbError("usage", `${JSON.stringify(text)} is not a broker's URL`, {
      hint: "write it like mqtt://127.0.0.1:1883 or mqtts://broker.example.com:8883",
    });
  }
  parseMqttEndpoint(text, null);
  return text;
}

function mqttText(text: string): string {
  if (text.includes("\0") || Buffer.byteLength(anyText(text)) > 0xffff) {
    throw new IotbError("usage", "it is no text of 1 to 65,535 bytes without NUL"); // [MQTT-1.5.3-2]
  }
  return text;
}
