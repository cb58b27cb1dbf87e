import { parentLine } from "../../backplane/ipc.js";
import type { DeviceTriplet } from "../../domain/device.js";
import type { DeviceSource } from "../../domain/device-source.js";
import { type ErrorCode, IotbError, reasonOf } from "../../domain/errors.js";
import type { PlatformOptions } from "../../platform/local-platform.js";
import { type RunningPlatform, startPlatformHere } from "../compose/own-platform.js";
import { devicesOf } from "../devices-of.js";

/** What a platform process hears: devices in pieces, each answered with `took`, and then, with the last of them, what to start. */
export type PlatformProcessMessage =
  | { readonly kind: "devices"; readonly devices: readonly DeviceTriplet[] }
  | {
      readonly kind: "start";
      readonly options: Omit<PlatformOptions, "monotonicMs" | "unixMs" | "devices"> & {
        /** A source is read or made up by the platform's process itself. */
        readonly devices: readonly DeviceTriplet[] | DeviceSource;
      };
      readonly workers: number;
    };

/** What a platform process says: of the start, once, and then only if it comes to an early end. */
export type PlatformProcessReport =
  | { readonly kind: "took" }
  | {
      readonly kind: "ready";
      readonly mqttUrls: readonly string[];
      readonly popUrl: string;
      readonly workerPids: readonly number[];
    }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | null }
  | { readonly kind: "ended"; readonly how: string };

let platform: Promise<RunningPlatform> | null = null;
let devices: DeviceTriplet[] = [];

const stop = async (): Promise<void> => {
  const running = await platform?.catch(() => null); // told by `failed`
  await running?.[Symbol.asyncDispose]();
  process.removeAllListeners("message");
};

const line = parentLine<PlatformProcessMessage, PlatformProcessReport>(() => void stop());

const start = async (message: Extract<PlatformProcessMessage, { kind: "start" }>): Promise<void> => {
  const last = message.options.devices;
  platform = ("kind" in last ? devicesOf(last) : Promise.resolve(last)).then((rest) => {
    const known = devices.concat(rest);
    devices = []; // the platform keeps what it needs of them
    return startPlatformHere({ ...message.options, devices: known }, message.workers);
  });
  try {
    const { mqttUrls, popUrl, workerPids, failed } = await platform;
    line.send({ kind: "ready", mqttUrls, popUrl, workerPids });
    void failed.then(({ message: how }) => {
      line.send({ kind: "ended", how });
      process.exitCode = 1;
      void stop();
    });
  } catch (thrown) {
    const [code, hint] =
      thrown instanceof IotbError ? ([thrown.code, thrown.hint] as const) : (["internal", null] as const);
    line.send({ kind: "failed", code, message: reasonOf(thrown), hint });
  }
};

line.onMessage((message) => {
  if (message.kind === "start") {
    void start(message);
    return;
  }
  for (const device of message.devices) devices.push(device);
  line.send({ kind: "took" });
});
