import { setTimeout } from "node:timers/promises";
import { DeviceConnector } from "../../app/device-connector.js";
import type { DeviceEngine } from "../../app/ports.js";
import { createMonotonicClock } from "../../domain/clock.js";
import type { DeviceTriplet } from "../../domain/device.js";
import { listRoster } from "../../domain/device-roster.js";
import { IotbError } from "../../domain/errors.js";
import { fromMillis, toMillis } from "../../domain/time.js";
import { readTripletFile } from "../../files/triplet-file.js";
import { formatMqttEndpoint } from "../../protocol/mqtt-endpoint.js";
import type { CommandContext } from "../command.js";
import { connectSingleDevice } from "../compose/single-device.js";
import { openDeviceTarget } from "../device-target.js";
import { engineFor } from "../engine-settings.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { backoffOf } from "../fleet-plan.js";
import { kicked } from "../kicked.js";
import { escapeControls } from "../terminal.js";
import type { ConnectOptions } from "./connect.js";

/** How long coming online may take, retries included. */
const CONNECT_TIMEOUT = fromMillis(60_000);

/** Connects one device and prints each message until time, a limit, a signal or a kick ends it; answers the exit code. */
export const runConnect = async (options: ConnectOptions, context: CommandContext): Promise<ExitCode> => {
  const { output, signal } = context;
  const { target, limit } = options;
  const { triplets, host } = await readTripletFile(options.devicesFile);
  const device = chooseDevice(triplets, options);
  const clock = createMonotonicClock();
  const { endpoints, guarded } = await openDeviceTarget(context, clock, {
    target,
    devices: listRoster([device]),
    productKey: device.productKey,
    host,
    fleet: { connectRate: 1, guards: options.guards },
  });
  const settings = { ...options, engine: "mqttjs" as const, sourceAddresses: [] };
  const engineOptions = await engineFor(context, settings, endpoints, target.tls);

  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  let engine: DeviceEngine | null = null;
  let failure: IotbError | null = null;
  let messages = 0;
  let lastRefusal: string | null = null;
  const fail = (error: IotbError): void => {
    failure ??= error;
    stop.abort();
  };
  const connector = new DeviceConnector({
    open: (number) => engine?.open(number),
    deviceCount: 1,
    clock,
    pace: { perSecond: Number.POSITIVE_INFINITY, ramp: null },
    stagger: { shard: 0, shards: 1, fleet: 1 },
    connectTimeout: CONNECT_TIMEOUT,
    backoff: backoffOf(options.target, guarded),
    reconnect: true,
    random: Math.random,
    onDone: ({ online, failed, failedTexts }) => {
      if (online === 1) return;
      const reason = Object.keys(failed)[0] ?? "unknown";
      fail(
        new IotbError("fleet-incomplete", `${device.deviceName} did not come online: ${failedTexts[reason] ?? reason}`),
      );
    },
  });
  engine = await connectSingleDevice(device, engineOptions, clock, {
    online: (number, at) => {
      output.note(`online ${device.deviceName} at ${endpoints.slice(0, 1).map(formatMqttEndpoint).join("")}`);
      connector.onOnline(number, at);
    },
    refused: (number, _at, refusal) => {
      if (!refusal.final && refusal.reason !== lastRefusal) {
        output.note(`not online yet, it is tried again: ${escapeControls(refusal.text)}`);
      }
      lastRefusal = refusal.reason;
      connector.onRefused(number, refusal);
    },
    offline: (number, _at, reason) => {
      if (reason === "kicked") fail(kicked(device.deviceName));
      else if (reason !== "stopped") output.note(`offline ${device.deviceName}: ${reason}`);
      connector.onOffline(number, reason !== "kicked" && reason !== "stopped", reason);
    },
    message: (_number, _at, bytes, topicStart, topicEnd, bodyStart, bodyEnd, qos) => {
      const topic = bytes.toString("utf8", topicStart, topicEnd);
      const body = bytes.toString("utf8", bodyStart, bodyEnd);
      if (output.mode.json) {
        output.json({ schema: "iotb.message/1", deviceName: device.deviceName, topic, qos, payload: body });
      } else {
        output.result(`${escapeControls(topic)}\n  ${escapeControls(body)}`);
      }
      if (limit !== null && ++messages >= limit) stop.abort();
    },
  });
  try {
    connector.start(clock());
    if (options.duration !== null) {
      await setTimeout(toMillis(options.duration), undefined, { signal: ended }).catch(() => undefined);
    } else if (!ended.aborted) {
      await new Promise((resolve) => ended.addEventListener("abort", resolve, { once: true }));
    }
  } finally {
    connector.stop();
    await engine[Symbol.asyncDispose]();
  }
  if (failure !== null) throw failure;
  return EXIT.done;
};

const chooseDevice = (
  triplets: readonly DeviceTriplet[],
  { deviceName, devicesFile }: ConnectOptions,
): DeviceTriplet => {
  const [first] = triplets;
  if (deviceName === null && triplets.length === 1 && first !== undefined) return first;
  const found = triplets.find((triplet) => triplet.deviceName === deviceName);
  if (found !== undefined) return found;
  throw new IotbError(
    "usage",
    deviceName === null
      ? `${devicesFile} has ${triplets.length} devices: which one?`
      : `${devicesFile} has no device ${deviceName}`,
    { hint: `give --name, such as --name ${first?.deviceName ?? "dk001"}` },
  );
};
