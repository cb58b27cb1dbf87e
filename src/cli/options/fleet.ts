import { isIP } from "node:net";
import { IotbError } from "../../domain/errors.js";
import type { Micros } from "../../domain/time.js";
import { parseDuration, parseShare, parseWhole, type Share } from "../../domain/units.js";
import { SIGN_METHODS, type SignMethod } from "../../protocol/mqtt-credentials.js";
import { isTopicFilter } from "../../protocol/topics.js";
import { anyText, choice, optional, repeated, under, withDefault } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";
import { CONNECT_RATE_FLAGS, connectRateOf } from "./connect-rate.js";
import { FLEET_LIFE_FLAGS, type FleetLife, parseFleetLife } from "./fleet-life.js";
import { CONNECT_GUARD_FLAGS, type ConnectGuardOptions, parseConnectGuards } from "./guards.js";
import type { TargetOptions } from "./target.js";

/** One of `count` equal parts of a fleet; `index` counts from 0, the flag from 1. */
export type FleetShard = { readonly index: number; readonly count: number };

const readShard = (text: string): FleetShard => {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim());
  const [part, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!(part >= 1 && part <= count)) {
    throw new IotbError("usage", `${JSON.stringify(text)} is not a part of a fleet`, {
      hint: "1/4 is the first of four parts, 4/4 the last",
    });
  }
  return { index: part - 1, count };
};

const readFilter = (text: string): string => {
  if (!isTopicFilter(text)) throw new IotbError("usage", `${JSON.stringify(text)} is not a topic filter`);
  return text;
};

const readAddresses = (text: string): readonly string[] =>
  text.split(",").map((part) => {
    if (isIP(part.trim()) === 0) throw new IotbError("usage", `${JSON.stringify(part)} is not an IP address`);
    return part.trim();
  });

const readSeconds = (text: string): number => {
  const seconds = parseDuration(text) / 1_000_000;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 65_535) {
    throw new IotbError("usage", `${JSON.stringify(text)} is not 1 to 65,535 whole seconds`); // [MQTT-3.1.2.10]
  }
  return seconds;
};

/** Which devices a fleet has and how they connect. */
export const FLEET_FLAGS = {
  ...under("Fleet:", {
    devices: optional({ name: "devices", argument: "FILE", help: "triplet CSV", read: anyText }),
    count: optional({
      name: "count",
      short: "c",
      argument: "N",
      help: "how many devices",
      shownDefault: "all rows; measure --local without a file: 1000",
      read: (text) => parseWhole(text, 1, 10_000_000),
    }),
    startNumber: withDefault("1", {
      name: "startnumber",
      short: "n",
      argument: "N",
      help: "first row, from 1",
      read: (text) => parseWhole(text, 1),
    }),
    shard: optional({ name: "shard", argument: "i/n", help: "part i of n of the rows", read: readShard }),
    only: optional({
      name: "only",
      argument: "FILE",
      help: "only the devices named in this file, one a line",
      read: anyText,
    }),
    ...CONNECT_RATE_FLAGS,
    connectTimeout: withDefault("60s", {
      name: "connect-timeout",
      argument: "D",
      help: "how long connecting may go on after the last first attempt",
      read: (text) => parseDuration(text),
    }),
    waitForFleet: withDefault("100%", {
      name: "wait-for-fleet",
      short: "w",
      argument: "N|%",
      help: "how many must be online for the command to go on",
      read: parseShare,
    }),
    reconnect: optional({
      name: "reconnect",
      argument: "off|backoff",
      help: "whether a device whose connection ended comes back",
      shownDefault: "measure: off; simulate: backoff",
      read: choice("off", "backoff"),
    }),
    workers: withDefault("auto", {
      name: "workers",
      argument: "N|auto",
      help: "processes that hold the devices",
      read: (text) => (text === "auto" ? text : parseWhole(text, 1, 1_024)),
    }),
    engine: withDefault("lean", {
      name: "engine",
      argument: "lean|mqttjs",
      help: "MQTT client; WebSocket always takes mqttjs",
      read: choice("lean", "mqttjs"),
    }),
  }),
  ...FLEET_LIFE_FLAGS,
  ...under("Device:", {
    keepalive: withDefault("300", {
      name: "keepalive",
      short: "k",
      argument: "S",
      help: "MQTT keep-alive",
      read: readSeconds,
    }),
    qos: withDefault("0", {
      name: "qos",
      short: "q",
      argument: "0|1",
      help: "QoS of the subscriptions of --topic",
      read: (text) => (choice("0", "1")(text) === "1" ? 1 : 0),
    }),
    sign: withDefault("hmacsha256", {
      name: "sign",
      argument: SIGN_METHODS.join("|"),
      help: "how devices sign",
      read: readSign,
    }),
    ifaddr: optional({
      name: "ifaddr",
      argument: "A,B,…",
      help: "local source addresses, in turn",
      read: readAddresses,
    }),
    topics: repeated({
      name: "topic",
      short: "t",
      argument: "FILTER",
      help: `extra subscription; %c, ${"$"}{productKey} and ${"$"}{deviceName} are filled in`,
      read: readFilter,
    }),
  }),
  ...CONNECT_GUARD_FLAGS,
};

function readSign(text: string): SignMethod {
  return choice(...SIGN_METHODS)(text);
}

/** A fleet as flags describe it. */
export type FleetOptions = {
  readonly devicesFile: string | null;
  /** Null: all rows. */
  readonly count: number | null;
  /** The first row that is used, from 0. */
  readonly skip: number;
  readonly shard: FleetShard | null;
  readonly onlyFile: string | null;
  /** Connections started per second; null is as fast as it goes. */
  readonly connectRate: number | null;
  readonly connectTimeout: Micros;
  readonly waitForFleet: Share;
  readonly reconnect: "off" | "backoff";
  readonly life: FleetLife;
  readonly workers: number | "auto";
  readonly engine: "lean" | "mqttjs";
  readonly keepaliveSeconds: number;
  readonly qos: 0 | 1;
  readonly sign: SignMethod;
  /** Empty: the system chooses. */
  readonly sourceAddresses: readonly string[];
  readonly topics: readonly string[];
  readonly guards: ConnectGuardOptions;
};

/** The fleet that flags describe, for `target`. Throws `usage` and `guard`. */
export const parseFleet = (
  flags: Resolved<typeof FLEET_FLAGS>,
  target: TargetOptions,
  defaults: { readonly reconnect: "off" | "backoff" },
): FleetOptions => {
  const { values } = flags;
  const connectRate = connectRateOf(flags, target);
  const life = parseFleetLife(flags, connectRate);
  return {
    devicesFile: values.devices,
    count: values.count,
    skip: values.startNumber - 1,
    shard: values.shard,
    onlyFile: values.only,
    connectRate,
    connectTimeout: values.connectTimeout,
    waitForFleet: values.waitForFleet,
    reconnect: reconnectOf(flags, defaults.reconnect),
    life,
    workers: values.workers,
    engine: values.engine,
    keepaliveSeconds: values.keepalive,
    qos: values.qos,
    sign: values.sign,
    sourceAddresses: values.ifaddr ?? [],
    topics: values.topics,
    guards: parseConnectGuards(flags),
  };
};

/** Devices that churn come back: without it there would soon be none. */
const reconnectOf = (
  { values: { reconnect, churn }, origins }: Resolved<typeof FLEET_FLAGS>,
  otherwise: "off" | "backoff",
): "off" | "backoff" => {
  if (churn !== null && reconnect === "off") {
    throw new IotbError("usage", `${origins.churn.called} and ${origins.reconnect.called} off contradict each other`, {
      hint: "devices that churn come back",
    });
  }
  return churn === null ? (reconnect ?? otherwise) : "backoff";
};
