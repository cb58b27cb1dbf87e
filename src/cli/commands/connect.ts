import { IotbError } from "../../domain/errors.js";
import type { Micros } from "../../domain/time.js";
import type { SignMethod } from "../../protocol/mqtt-credentials.js";
import { defineCommand } from "../command.js";
import { anyText, optional, under } from "../flag.js";
import { endingFlags } from "../options/ending.js";
import { FLEET_FLAGS } from "../options/fleet.js";
import { CONNECT_GUARD_FLAGS, type ConnectGuardOptions, parseConnectGuards } from "../options/guards.js";
import { parseTarget, TARGET_AND_TLS_FLAGS, type TargetOptions } from "../options/target.js";
import type { Resolved } from "../resolve-flags.js";

const CONNECT_FLAGS = {
  ...under("Device:", {
    devices: FLEET_FLAGS.devices,
    name: optional({ name: "name", argument: "DN", help: "the device of that file", read: anyText }),
    keepalive: FLEET_FLAGS.keepalive,
    sign: FLEET_FLAGS.sign,
    topics: FLEET_FLAGS.topics,
    qos: FLEET_FLAGS.qos,
    ...endingFlags("messages"),
  }),
  ...TARGET_AND_TLS_FLAGS,
  ...CONNECT_GUARD_FLAGS,
};

/** What `iotb devices connect` is asked to do. */
export type ConnectOptions = {
  readonly target: TargetOptions;
  /** A device config or a triplet CSV. */
  readonly devicesFile: string;
  /** Null: the file's only device. */
  readonly deviceName: string | null;
  readonly keepaliveSeconds: number;
  readonly sign: SignMethod;
  readonly topics: readonly string[];
  readonly qos: 0 | 1;
  readonly duration: Micros | null;
  readonly limit: number | null;
  readonly guards: ConnectGuardOptions;
};

/** Reads the command line of `iotb devices connect`. Throws `usage` and `guard`. */
export const parseConnectOptions = (
  [config]: readonly string[],
  flags: Resolved<typeof CONNECT_FLAGS>,
): ConnectOptions => {
  const { values, origins } = flags;
  if (config !== undefined && origins.devices.source === "flag") {
    throw new IotbError("usage", "a device config and --devices: there can be one device", {
      hint: "give one of the two",
    });
  }
  const devicesFile = config ?? values.devices;
  if (devicesFile === null) {
    throw new IotbError("usage", "no device to connect", {
      hint: "name an iot-device-config.json, or give --devices FILE --name DN",
    });
  }
  return {
    target: parseTarget(flags),
    devicesFile,
    deviceName: values.name,
    keepaliveSeconds: values.keepalive,
    sign: values.sign,
    topics: values.topics,
    qos: values.qos,
    duration: values.duration,
    limit: values.limit,
    guards: parseConnectGuards(flags),
  };
};

/** `iotb devices connect` */
export const connectCommand = defineCommand({
  path: "devices connect",
  summary: "connect one device and print each message",
  arguments: [{ form: "[config.json]", help: "productKey, deviceName, deviceSecret, host" }],
  flags: CONNECT_FLAGS,
  examples: [
    "iotb devices connect iot-device-config.json",
    "iotb devices connect --devices triplets.csv --name dk001 --local",
  ],
  run: async (args, flags, context) => {
    const options = parseConnectOptions(args, flags);
    const { runConnect } = await import("./run-connect.js");
    return runConnect(options, context);
  },
});
