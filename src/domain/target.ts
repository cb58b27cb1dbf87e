import { IotbError } from "./errors.js";
import { isAlibabaHost, isLoopbackHost, normalHost } from "./target-host.js";

/** The region that holds where neither a flag, a profile nor the environment names one. */
export const DEFAULT_REGION = "cn-shanghai";

/** One label of a host name that came from a flag or a profile: anything else could turn an address into another host. */
const label = (what: string, flag: string, value: string): string => {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62})$/.test(value)) return value;
  throw new IotbError("usage", `${what} ${JSON.stringify(value)} cannot be part of a host name`, {
    hint: `give ${flag} letters, digits, "-" and "_" only`,
  });
};

/** The API's address in a region. Throws `usage` where the region cannot be one. [Endpoints] */
export const popEndpoint = (region: string): string =>
  `https://iot.${label("the region", "--region", region)}.aliyuncs.com`;

/** Where devices connect by default. */
export type MqttPlace = { readonly instanceId?: string | null; readonly productKey: string; readonly region: string };

/**
 * The platform's MQTT address: the instance's own host, or the product's in a region where an account has no instance id.
 * Throws `usage` where a part cannot be one. [Establish MQTT connections over TCP: endpoints]
 */
export const mqttEndpoint = ({ instanceId, productKey, region }: MqttPlace): string =>
  instanceId
    ? `mqtts://${label("the instance id", "--instance-id", instanceId)}.mqtt.iothub.aliyuncs.com:443`
    : `mqtts://${label("the product key", "--product-key", productKey)}.iot-as-mqtt.${label("the region", "--region", region)}.aliyuncs.com:443`;

/** What the API calls and the devices of one command are aimed at. Hosts are bare names, without scheme and port. */
export type InstanceClaim = {
  readonly mqttHosts: readonly string[];
  readonly instanceId: string | null;
  /** Null where the devices belong to several products. */
  readonly productKey: string | null;
  readonly region: string;
  /** The API's URL. */
  readonly popEndpoint: string;
};

/** What an Alibaba MQTT host says about itself, in lower case, or null. */
const claimOfHost = (host: string): { instanceId: string } | { productKey: string; region: string } | null => {
  const name = normalHost(host);
  const instance = /^([^.]+)\.mqtt\.iothub\.aliyuncs\.com$/.exec(name);
  if (instance) return { instanceId: instance[1] ?? "" };
  const product = /^([^.]+)\.iot-as-mqtt\.([^.]+)\.aliyuncs\.com$/.exec(name);
  return product ? { productKey: product[1] ?? "", region: product[2] ?? "" } : null;
};

/** The host of a URL, or an empty text. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : "");

/** The region in the API's host, which beats `--region`, because it is where calls really go. */
const regionOfPop = (url: string): string | null =>
  /^iot(?:-vpc)?\.([^.]+)\.aliyuncs\.com$/.exec(normalHost(hostOf(url)))?.[1] ?? null;

/** Compares names as host names compare: in any case. */
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Why one MQTT host contradicts the rest, as text and advice, or null. */
const contradiction = (host: string, claim: InstanceClaim): { why: string; hint: string } | null => {
  // The guards ask the API. A local API would wave through devices that connect to the real platform.
  if (isAlibabaHost(host) && isLoopbackHost(hostOf(claim.popEndpoint)))
    return {
      why: "is Alibaba Cloud's, but --endpoint is this machine",
      hint: "aim --host and --endpoint at the same platform",
    };
  const said = claimOfHost(host);
  if (said === null) return null;
  if ("instanceId" in said) {
    if (claim.instanceId === null)
      return {
        why: "belongs to an instance, but no --instance-id is given",
        hint: `add --instance-id ${said.instanceId}`,
      };
    if (same(said.instanceId, claim.instanceId)) return null;
    return {
      why: `is not of instance ${claim.instanceId}`,
      hint: "make --host and --instance-id name the same instance",
    };
  }
  if (claim.instanceId !== null)
    return {
      why: `is of the instance without an id, not of ${claim.instanceId}`,
      hint: "drop --host or --instance-id",
    };
  if (claim.productKey !== null && !same(said.productKey, claim.productKey))
    return {
      why: `is not of product ${claim.productKey}`,
      hint: "make --host and --product-key name the same product",
    };
  const region = regionOfPop(claim.popEndpoint) ?? claim.region;
  if (same(said.region, region)) return null;
  return { why: `is not in region ${region}`, hint: "make --host, --region and --endpoint name the same region" };
};

/**
 * Null, or a `usage` error where an MQTT host of the platform names another instance, product or region than the API calls
 * go to: then a broadcast would reach devices other than those that are watched. Hosts of other brokers say nothing.
 */
export const checkSameInstance = (claim: InstanceClaim): IotbError | null => {
  for (const host of claim.mqttHosts) {
    const found = contradiction(host, claim);
    if (found !== null) return new IotbError("usage", `the MQTT host ${host} ${found.why}`, { hint: found.hint });
  }
  return null;
};
