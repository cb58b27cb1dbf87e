import { parentLine } from "../../backplane/ipc.js";
import type { DeviceTriplet } from "../../domain/device.js";
import type { DeviceSource } from "../../domain/device-source.js";
import { type ErrorCode, IotbError, reasonOf } from "../../domain/errors.js";
import { type LocalPlatform, type PlatformOptions, startLocalPlatform } from "../../platform/local-platform.js";
import { devicesOf } from "../devices-of.js";

/** What a platform process hears: once, what to start. */
export type PlatformProcessMessage = {
  readonly kind: "start";
  readonly options: Omit<PlatformOptions, "monotonicMs" | "unixMs" | "devices"> & {
    /** A source is read or made up by the platform's process itself. */
    readonly devices: readonly DeviceTriplet[] | DeviceSource;
  };
};

/** What a platform process says, once. */
export type PlatformProcessReport =
  | { readonly kind: "ready"; readonly mqttUrl: string; readonly popUrl: string }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | null };

const expanded = async (devices: PlatformProcessMessage["options"]["devices"]): Promise<readonly DeviceTriplet[]> =>
  "kind" in devices ? devicesOf(devices) : devices;

let platform: Promise<LocalPlatform> | null = null;

const line = parentLine<PlatformProcessMessage, PlatformProcessReport>(() => {
  void platform
    ?.then(
      (running) => running[Symbol.asyncDispose](),
      () => undefined,
    )
    .finally(() => process.removeAllListeners("message"));
});

line.onMessage(({ options }) => {
  platform = expanded(options.devices).then((devices) => startLocalPlatform({ ...options, devices }));
  platform.then(
    ({ mqttUrl, popUrl }) => line.send({ kind: "ready", mqttUrl, popUrl }),
    (thrown: unknown) => {
      const [code, hint] =
        thrown instanceof IotbError ? ([thrown.code, thrown.hint] as const) : (["internal", null] as const);
      line.send({ kind: "failed", code, message: reasonOf(thrown), hint });
    },
  );
});
