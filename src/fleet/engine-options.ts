import type { DeviceSink } from "../app/ports.js";
import type { DeviceTriplet } from "../domain/device.js";
import type { Clock } from "../domain/time.js";
import type { SignMethod } from "../protocol/mqtt-credentials.js";
import type { MqttEndpoint } from "../protocol/mqtt-endpoint.js";

/** Whom a device trusts and how it shows itself over TLS. The files' contents, not their names; all PEM. */
export type TlsTrust = {
  /** Trusted roots in place of the default ones (see `trustedRoots`). */
  readonly ca?: readonly (string | Buffer)[];
  /** Files of roots that are added to the default ones: what `NODE_EXTRA_CA_CERTS` names. */
  readonly extraCaFiles?: readonly string[];
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Accept any certificate: the connection is encrypted, the server unproven. */
  readonly insecure: boolean;
};

/** How devices log in: with a signature of their triplet, or to a plain broker, all with the same name and password. */
export type DeviceLogin =
  | { readonly kind: "triplet"; readonly sign: SignMethod }
  | {
      readonly kind: "plain";
      /** Client ids are this and the device's name: another run's devices are not kicked off. */
      readonly clientIdPrefix: string;
      /** Null: the CONNECT holds neither, or no password. */
      readonly username: string | null;
      readonly password: string | null;
    };

/** What a device engine is made from. Device numbers are indexes of `devices`. */
export type EngineOptions = {
  readonly devices: readonly DeviceTriplet[];
  /** How many devices the whole fleet has, where these are a part of it. */
  readonly fleet?: number;
  /** Device i uses endpoint i mod n; at least one. */
  readonly endpoints: readonly MqttEndpoint[];
  readonly login: DeviceLogin;
  /** 0 turns pings off. [MQTT-3.1.2-23] */
  readonly keepaliveSeconds: number;
  /** The moment within each second of the clock at which pings go out, 0 to 1: several processes have each their own. */
  readonly pingPhase?: number;
  /** The filters a device subscribes to before it counts as online; templates already resolved. */
  readonly subscriptions: (device: DeviceTriplet) => readonly string[];
  /** The QoS asked for in subscriptions. The platform ignores it: delivery QoS is the publisher's. */
  readonly qos: 0 | 1;
  /** Source addresses: device i uses i mod n; empty leaves the choice to the system. */
  readonly localAddresses: readonly string[];
  readonly tls: TlsTrust;
  /** From `open` to online, subscriptions included. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly sink: DeviceSink;
};

/** The endpoint of a device. */
export const endpointOf = ({ endpoints }: EngineOptions, device: number): MqttEndpoint => {
  const endpoint = endpoints[device % endpoints.length];
  if (endpoint === undefined) throw new RangeError("an engine needs at least one endpoint");
  return endpoint;
};

/** The triplet of a device. Throws RangeError for a number that no device has. */
export const tripletOf = ({ devices }: EngineOptions, device: number): DeviceTriplet => {
  const triplet = devices[device];
  if (triplet === undefined) throw new RangeError(`no device ${device} among ${devices.length}`);
  return triplet;
};
