import { parentLine } from "../../backplane/ipc.js";
import { type ErrorCode, IotbError, reasonOf } from "../../domain/errors.js";
import { type LocalPlatform, type PlatformOptions, startLocalPlatform } from "../../platform/local-platform.js";

/** What a platform process hears: once, what to start. */
export type PlatformProcessMessage = {
  readonly kind: "start";
  readonly options: Omit<PlatformOptions, "monotonicMs" | "unixMs">;
};

/** What a platform process says, once. */
export type PlatformProcessReport =
  | { readonly kind: "ready"; readonly mqttUrl: string; readonly popUrl: string }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | null };

let platform: Promise<LocalPlatform> | null = null;

const line = parentLine<PlatformProcessMessage, PlatformProcessReport>(() => {
  void platform
    ?.then((running) => running[Symbol.asyncDispose](), () => undefined)
    .finally(() => process.removeAllListeners("message"));
});

line.onMessage(({ options }) => {
  platform = startLocalPlatform(options);
  platform.then(
    ({ mqttUrl, popUrl }) => line.send({ kind: "ready", mqttUrl, popUrl }),
    (thrown: unknown) => {
      const [code, hint] = thrown instanceof IotbError ? ([thrown.code, thrown.hint] as const) : (["internal", null] as const);
      line.send({ kind: "failed", code, message: reasonOf(thrown), hint });
    },
  );
});
