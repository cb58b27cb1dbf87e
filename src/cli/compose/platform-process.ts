import { startProcess } from "../../backplane/process-pool.js";
import { IotbError } from "../../domain/errors.js";
import type { PlatformProcessMessage, PlatformProcessReport } from "../processes/platform-node.js";

/** A local platform in a process of its own. */
export type PlatformProcess = AsyncDisposable & {
  readonly pid: number;
  readonly mqttUrl: string;
  readonly popUrl: string;
  /** Resolves when the process ended, with how. */
  readonly ended: Promise<string>;
};

/** Starts a local platform in a process of its own, on loopback. Fails as `startLocalPlatform` does. */
export const startPlatformProcess = async (options: PlatformProcessMessage["options"]): Promise<PlatformProcess> => {
  const member = await startProcess<PlatformProcessReport, PlatformProcessMessage>({
    entry: new URL("../processes/platform-node.js", import.meta.url),
    // its connections are made once and stay: a large young generation would only hold what logins left behind
    execArgv: ["--max-semi-space-size=1"],
  });
  const report = await new Promise<PlatformProcessReport>((resolve) => {
    member.onMessage(resolve);
    void member.ended.then((how) =>
      resolve({
        kind: "failed",
        code: "platform-ended",
        message: `the local platform did not start (${how})`,
        hint: null,
      }),
    );
    member.send({ kind: "start", options });
  });
  if (report.kind === "failed") {
    await member[Symbol.asyncDispose]();
    throw new IotbError(report.code, report.message, { hint: report.hint });
  }
  return {
    mqttUrl: report.mqttUrl,
    popUrl: report.popUrl,
    pid: member.pid,
    ended: member.ended,
    [Symbol.asyncDispose]: () => member[Symbol.asyncDispose](),
  };
};
