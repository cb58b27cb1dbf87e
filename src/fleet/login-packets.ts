import { generate } from "mqtt-packet";
import { plainClientId, signConnect } from "../protocol/mqtt-credentials.js";
import { isTls } from "../protocol/mqtt-endpoint.js";
import { isTopicFilter } from "../protocol/topics.js";
import { type EngineOptions, endpointOf, tripletOf } from "./engine-options.js";

/** Topic filters in one SUBSCRIBE. [Limits: subscriptions per packet] */
export const MAX_FILTERS_PER_PACKET = 8;

/** What a device's CONNECT holds; name and password are absent where a plain broker is given none. */
export type LoginFields = { readonly clientId: string; readonly username?: string; readonly password?: string };

/** A device's login. A triplet is signed now: base client id, timestamp, securemode 2 on TLS and 3 otherwise. */
export const loginOf = (options: EngineOptions, device: number): LoginFields => {
  const { login } = options;
  const triplet = tripletOf(options, device);
  if (login.kind === "triplet") {
    return signConnect(triplet, {
      method: login.sign,
      secureMode: isTls(endpointOf(options, device)) ? 2 : 3,
      timestamp: String(Date.now()),
    });
  }
  const { clientIdPrefix, username, password } = login;
  return {
    clientId: plainClientId(clientIdPrefix, triplet),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
  };
};

/** A device's CONNECT, clean session, no will. */
export const encodeConnect = (options: EngineOptions, device: number): Buffer => {
  const { password, ...login } = loginOf(options, device);
  return generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    keepalive: options.keepaliveSeconds,
    ...login,
    ...(password === undefined ? {} : { password: Buffer.from(password) }),
  });
};

/** The filters a device subscribes to, or null if one of them is malformed. */
export const wantedFilters = (options: EngineOptions, device: number): readonly string[] | null => {
  const filters = options.subscriptions(tripletOf(options, device));
  return filters.every((filter) => isTopicFilter(filter) && Buffer.byteLength(filter) <= 0xffff) ? filters : null;
};

/** The number of SUBSCRIBE packets that so many filters take. */
export const subscribeCount = (filters: readonly string[]): number =>
  Math.ceil(filters.length / MAX_FILTERS_PER_PACKET);

/** The filters of the nth SUBSCRIBE, n from 1. */
export const filtersOf = (filters: readonly string[], nth: number): readonly string[] =>
  filters.slice((nth - 1) * MAX_FILTERS_PER_PACKET, nth * MAX_FILTERS_PER_PACKET);

/** The nth SUBSCRIBE, n from 1; its packet id is n. */
export const encodeSubscribe = (filters: readonly string[], nth: number, qos: 0 | 1): Buffer =>
  generate({
    cmd: "subscribe",
    messageId: nth,
    subscriptions: filtersOf(filters, nth).map((topic) => ({ topic, qos })),
  });
