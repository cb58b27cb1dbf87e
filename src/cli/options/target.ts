import { IotbError } from "../../domain/errors.js";
import { isAlibabaHost } from "../../domain/target-host.js";
import { parseWhole } from "../../domain/units.js";
import { isProductKey } from "../../protocol/device-name.js";
import { type MqttEndpoint, parseMqttEndpoint } from "../../protocol/mqtt-endpoint.js";
import { anyText, choice, optional, repeated, toggle, under, withDefault } from "../flag.js";
import { farthest, type HostScope, scopeOf } from "../host-scope.js";
import { isWeaker, type Resolved } from "../resolve-flags.js";

/** A product key, or `usage`. */
export const readProductKey = (text: string): string => {
  if (!isProductKey(text))
    throw new IotbError("usage", `${JSON.stringify(text)} is not a product key: letters and digits`);
  return text;
};

/** A name that becomes part of a host name: nothing in it may lead to another host. */
const hostLabel = (text: string): string => {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(text))
    throw new IotbError("usage", `${JSON.stringify(text)} is not letters, digits, - and _`);
  return text;
};

/** Where to talk to: the flags of every command that talks to a platform. */
export const TARGET_FLAGS = under("Target:", {
  local: toggle({
    name: "local",
    help: "a local platform, never the cloud: measure starts its own, others use the running iotb platform",
  }),
  endpoint: optional({
    name: "endpoint",
    argument: "URL",
    help: "POP API endpoint; plain http only on loopback",
    shownDefault: "https://iot.<region>.aliyuncs.com",
    read: readEndpoint,
  }),
  region: optional({
    name: "region",
    argument: "ID",
    help: "the platform's region",
    shownDefault: "the profile's, else cn-shanghai",
    read: hostLabel,
  }),
  instanceId: optional({
    name: "instance-id",
    argument: "ID",
    help: "the platform's instance; needed where it has an id",
    read: hostLabel,
  }),
  productKey: optional({
    name: "product-key",
    argument: "PK",
    help: "product",
    shownDefault: "the devices', where they are all of one",
    read: readProductKey,
  }),
  profile: optional({
    name: "profile",
    argument: "NAME",
    help: "credentials profile of ~/.aliyun/config.json",
    read: anyText,
  }),
  hosts: repeated({
    name: "host",
    short: "h",
    argument: "HOST|URL",
    help: "MQTT endpoint: a host or a mqtt://, mqtts://, ws://, wss:// URL; repeatable, or a comma list",
    read: (text) => text.split(",").map(anyText),
  }),
  port: optional({
    name: "port",
    short: "p",
    argument: "N",
    help: "MQTT port",
    read: (text) => parseWhole(text, 1, 65_535),
  }),
  quota: withDefault("auto", {
    name: "quota",
    argument: "auto|real|off",
    help: "wait as the documented API quotas want it; auto: for *.aliyuncs.com only; real makes the platform of measure --local keep them",
    read: choice("auto", "real", "off"),
  }),
});

/** Trust and identity of TLS connections. */
export const TLS_FLAGS = under("TLS:", {
  ca: optional({
    name: "ca",
    argument: "FILE",
    help: "PEM file of root certificates to trust, for MQTT and the API",
    read: anyText,
  }),
  cert: optional({ name: "cert", argument: "FILE", help: "PEM file of a client certificate, for MQTT", read: anyText }),
  key: optional({ name: "key", argument: "FILE", help: "PEM file of its private key", read: anyText }),
  insecure: toggle({ name: "insecure", help: "do not check the MQTT server's certificate" }),
});

/** The flags above, as a command includes them. */
export const TARGET_AND_TLS_FLAGS = { ...TARGET_FLAGS, ...TLS_FLAGS };

/** Where to talk to, as flags say it; null is worked out from a profile, from the triplets or from the region. */
export type TargetOptions = {
  readonly local: boolean;
  readonly endpoint: URL | null;
  readonly region: string | null;
  readonly instanceId: string | null;
  readonly productKey: string | null;
  readonly profile: string | null;
  /** Device i uses endpoint i mod n; empty where none was named. */
  readonly mqtt: readonly MqttEndpoint[];
  /** The port where endpoints are named by something else, a device config say. */
  readonly mqttPort: number | null;
  readonly quota: "auto" | "real" | "off";
  readonly tls: TlsOptions;
  /** Where API calls go and where devices connect: two places, and each may be the cloud without the other. */
  readonly apiReach: Reach;
  readonly mqttReach: Reach;
  /** Set where devices connect to a plain broker, which `mqtt` then names. */
  readonly broker: BrokerOptions | null;
};

/** How a plain broker is used. */
export type BrokerOptions = {
  readonly username: string | null;
  readonly password:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "file"; readonly path: string }
    | null;
  /** Eight letters and digits that no other run has: in client ids, message ids and the default topic. */
  readonly runId: string;
};

/** How far one side of a target reaches. A side that nothing names is the cloud's, unless `local`. */
export type Reach = { readonly scope: HostScope; readonly cloud: boolean };

/** Files are PEM. */
export type TlsOptions = {
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly insecure: boolean;
};

/**
 * The target that flags name. `--local` makes weaker sources' hosts count for nothing and contradicts the others. Throws
 * `usage`, and `guard` for a host of another instance than `--instance-id`.
 */
export const parseTarget = (flags: Resolved<typeof TARGET_AND_TLS_FLAGS>): TargetOptions => {
  const { values } = flags;
  const local = values.local;
  const overruled = local && refuseContradictions(flags);
  const endpoint = overruled ? null : values.endpoint;
  const mqtt = overruled ? [] : values.hosts.flat().map((host) => parseMqttEndpoint(host, values.port));
  const mqttHosts = mqtt.map(({ host }) => host);
  const apiHosts = endpoint === null ? [] : [withoutBrackets(endpoint.hostname)];
  requireInstance(values.instanceId, mqttHosts);
  return {
    local,
    endpoint,
    region: values.region,
    instanceId: values.instanceId,
    productKey: values.productKey,
    profile: values.profile,
    mqtt,
    mqttPort: values.port,
    quota: values.quota,
    tls: parseTls(flags),
    apiReach: reachOf(apiHosts, local),
    mqttReach: reachOf(mqttHosts, local),
    broker: null,
  };
};

/** The TLS files that flags name. Throws `usage` for half a pair. */
export const parseTls = ({ values, origins }: Resolved<typeof TLS_FLAGS>): TlsOptions => {
  if ((values.cert === null) !== (values.key === null)) {
    throw new IotbError(
      "usage",
      `${(values.cert === null ? origins.key : origins.cert).called}: --cert and --key belong together`,
    );
  }
  return { caFile: values.ca, certFile: values.cert, keyFile: values.key, insecure: values.insecure };
};

const reachOf = (hosts: readonly string[], local: boolean): Reach => {
  const unnamed = hosts.length === 0 && !local;
  return {
    scope: unnamed ? "public" : farthest(hosts.map(scopeOf)),
    cloud: unnamed || hosts.some(isAlibabaHost),
  };
};

const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, "");

/** True: what else names a place is weaker than `--local` and counts for nothing. */
const refuseContradictions = ({ origins }: Resolved<typeof TARGET_AND_TLS_FLAGS>): true => {
  for (const other of [origins.endpoint, origins.hosts]) {
    if (other.source === "default" || isWeaker(other, origins.local)) continue;
    throw new IotbError("usage", `${origins.local.called} and ${other.called} contradict each other`, {
      hint: "--local never leaves this machine's local platform: give one of the two",
    });
  }
  return true;
};

const requireInstance = (instanceId: string | null, hosts: readonly string[]): void => {
  if (instanceId === null) return;
  for (const host of hosts) {
    const other = /^([^.]+)\.mqtt\.iothub\.aliyuncs\.com$/i.exec(host)?.[1];
    if (other === undefined || other.toLowerCase() === instanceId.toLowerCase()) continue;
    throw new IotbError("guard", `host ${host} belongs to another instance than ${instanceId}`, {
      hint: "make --host and --instance-id agree, or leave --host out",
    });
  }
};

function readEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const hint = "write it like https://iot.cn-shanghai.aliyuncs.com or http://127.0.0.1:8087";
  // A password may keep a text from being a URL at all, and none is shown.
  if (url?.username || url?.password || text.includes("@"))
    throw new IotbError("usage", "a URL with a user or a password in it", { hint });
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.search !== "" || url.hash !== "") {
    const shown = JSON.stringify(text.replace(/[?#].*$/s, "?…")); // a copied call's query may hold its signature
    throw new IotbError("usage", `${shown} is not an http or https URL`, { hint });
  }
  if (url.protocol === "http:" && scopeOf(withoutBrackets(url.hostname)) !== "loopback") {
    throw new IotbError("usage", `${JSON.stringify(text)}: plain http is allowed on loopback only`, { hint });
  }
  return url;
}
