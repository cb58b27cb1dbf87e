import { isIP } from "node:net";
import { IotbError } from "../../domain/errors.js";
import { parseWhole } from "../../domain/units.js";
import { defineCommand } from "../command.js";
import { anyText, choice, optional, under, withDefault } from "../flag.js";
import { LOCAL_ACCESS_KEY, LOCAL_INSTANCE_ID } from "../local-platform-defaults.js";
import { FAULT_FLAGS, type FaultRequest, parseFaultRequest } from "../options/faults.js";
import { checkPorts } from "../options/platform-ports.js";
import { readWorkers, type Workers } from "../options/workers.js";
import type { Resolved } from "../resolve-flags.js";

const readPort = (text: string): number => parseWhole(text, 0, 65_535);

const PLATFORM_FLAGS = {
  ...under("Platform:", {
    devices: optional({
      name: "devices",
      argument: "FILE",
      help: "triplet CSV of the devices it knows at the start",
      read: anyText,
    }),
    mqttPort: withDefault("1883", {
      name: "mqtt-port",
      argument: "N",
      help: "MQTT port; 0 is any free one",
      read: readPort,
    }),
    mqttsPort: optional({
      name: "mqtts-port",
      argument: "N",
      help: "also MQTT over TLS, on this port; its certificate is made at the start, the file for --ca is printed",
      read: readPort,
    }),
    wsPort: optional({
      name: "ws-port",
      argument: "N",
      help: "also MQTT over WebSocket, on this port",
      read: readPort,
    }),
    popPort: withDefault("8087", {
      name: "pop-port",
      argument: "N",
      help: "API port; 0 is any free one",
      read: readPort,
    }),
    bind: withDefault("127.0.0.1", {
      name: "bind",
      argument: "ADDRESS",
      help: "address to listen on",
      read: readAddress,
    }),
    importDir: optional({
      name: "import",
      argument: "DIR",
      help: "start with the products and devices kept in this directory",
      read: anyText,
    }),
    exportDir: optional({
      name: "export-on-exit",
      argument: "DIR",
      help: "keep products and devices in this directory when it stops; may be that of --import",
      read: anyText,
    }),
    instanceId: withDefault(LOCAL_INSTANCE_ID, {
      name: "instance-id",
      argument: "ID",
      help: "the id of its instance",
      read: anyText,
    }),
    accessKey: withDefault(`${LOCAL_ACCESS_KEY.id}:${LOCAL_ACCESS_KEY.secret}`, {
      name: "access-key",
      argument: "ID:SECRET",
      help: "the AccessKey that callers sign with; better in IOTB_ACCESS_KEY, where ps does not show it",
      secret: true,
      read: readAccessKey,
    }),
    quota: withDefault("off", {
      name: "quota",
      argument: "off|real",
      help: "real: refuse what is above the documented API quotas, account rates and 5 logins a minute per device",
      read: choice("off", "real"),
    }),
    workers: withDefault("1", {
      name: "workers",
      argument: "N|auto",
      help: "processes that hold its connections, each with an endpoint of its own on the next port; auto: one while it can hold all",
      read: readWorkers,
    }),
  }),
  ...FAULT_FLAGS,
};

/** What `iotb platform` is asked to do. Port 0 is any free one, null none. */
export type PlatformOptions = {
  readonly devicesFile: string | null;
  readonly importDir: string | null;
  readonly exportDir: string | null;
  readonly mqttPort: number;
  readonly mqttsPort: number | null;
  readonly wsPort: number | null;
  readonly popPort: number;
  readonly bind: string;
  readonly instanceId: string;
  readonly accessKey: { readonly id: string; readonly secret: string };
  readonly quota: "off" | "real";
  readonly workers: Workers;
  readonly faults: FaultRequest;
};

/** Reads the command line of `iotb platform`. Throws `usage`. */
export const parsePlatformOptions = (flags: Resolved<typeof PLATFORM_FLAGS>): PlatformOptions => {
  const { devices, importDir, exportDir, mqttPort, mqttsPort, wsPort, popPort, bind, instanceId, accessKey, quota } =
    flags.values;
  const { workers } = flags.values;
  checkPorts(flags.values, workers === "auto" ? 1 : workers);
  return {
    devicesFile: devices,
    importDir,
    exportDir,
    mqttPort,
    mqttsPort,
    wsPort,
    popPort,
    bind,
    instanceId,
    accessKey,
    quota,
    workers,
    faults: parseFaultRequest(flags),
  };
};

/** `iotb platform` */
export const platformCommand = defineCommand({
  path: "platform",
  summary: "run a local platform in the foreground",
  flags: PLATFORM_FLAGS,
  examples: [
    "iotb platform --devices triplets.csv",
    "iotb platform --devices triplets.csv --mqtt-port 0 --pop-port 0 --json",
    "iotb platform --devices fleet.csv --workers 4",
    "iotb platform --import state --export-on-exit state",
  ],
  run: async (_args, flags, context) => {
    const options = parsePlatformOptions(flags);
    const { runPlatform } = await import("./run-platform.js");
    return runPlatform(options, context);
  },
});

function readAddress(text: string): string {
  if (isIP(text) === 0) throw new IotbError("usage", `${JSON.stringify(text)} is not an IP address`);
  return text;
}

function readAccessKey(text: string): { readonly id: string; readonly secret: string } {
  const match = /^([\x21-\x39\x3b-\x7e]{1,128}):([\x21-\x7e]{1,128})$/.exec(text);
  if (match === null) throw new IotbError("usage", "it does not have the form ID:SECRET");
  return { id: match[1] ?? "", secret: match[2] ?? "" };
}
