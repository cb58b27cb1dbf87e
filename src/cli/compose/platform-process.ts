import { startProcess } from "../../backplane/process-pool.js";
import { IotbError } from "../../domain/errors.js";
import type { PlatformProcessMessage, PlatformProcessReport } from "../processes/platform-node.js";

/** A local platform in a process of its own, or in several. */
export type PlatformProcess = AsyncDisposable & {
  /** The one process; the hub where there are workers. */
  readonly pid: number;
  readonly workerPids: readonly number[];
  /** One endpoint a worker. */
  readonly mqttUrls: readonly string[];
  readonly popUrl: string;
  /** Resolves when the platform ended, with how: that of a worker ends all of it. */
  readonly ended: Promise<string>;
};

/** How a platform process is started: as `startLocalPlatform`, and with how many workers; 1 is all in one process. */
export type PlatformProcessOptions = Extract<PlatformProcessMessage, { kind: "start" }>["options"] & {
  readonly workers: number;
};

/** So many devices go in one message. */
const DEVICES_PER_MESSAGE = 5_000;

/** How long a hub may take to end, ms: its workers close tens of thousands of connections each. */
const HUB_LEAVE_TIMEOUT_MS = 70_000;

/** Starts a local platform in processes of its own, on loopback. Fails as `startLocalPlatform` does. */
export const startPlatformProcess = async ({
  workers,
  devices,
  ...options
}: PlatformProcessOptions): Promise<PlatformProcess> => {
  const member = await startProcess<PlatformProcessReport, PlatformProcessMessage>({
    entry: new URL("../processes/platform-node.js", import.meta.url),
    // its connections are made once and stay: a large young generation would only hold what logins left behind
    ...(workers === 1 ? { execArgv: ["--max-semi-space-size=1"] } : { leaveTimeoutMs: HUB_LEAVE_TIMEOUT_MS }),
  });
  let hear: (report: PlatformProcessReport) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    member.onMessage((report) => (report.kind === "ended" ? resolve(report.how) : hear(report)));
    void member.ended.then(resolve);
  });
  const ask = (message: PlatformProcessMessage): Promise<PlatformProcessReport> =>
    new Promise((resolve) => {
      hear = resolve;
      void ended.then((how) =>
        resolve({
          kind: "failed",
          code: "platform-ended",
          message: `the local platform did not start (${how})`,
          hint: null,
        }),
      );
      member.send(message);
    });

  // what the process reads or makes up itself is told in one word
  const list = "kind" in devices ? (devices.kind === "list" ? devices.devices : []) : devices;
  let first = 0;
  let report: PlatformProcessReport = { kind: "took" };
  for (; report.kind === "took" && list.length - first > DEVICES_PER_MESSAGE; first += DEVICES_PER_MESSAGE) {
    report = await ask({ kind: "devices", devices: list.slice(first, first + DEVICES_PER_MESSAGE) });
  }
  if (report.kind === "took") {
    const rest = "kind" in devices && devices.kind !== "list" ? devices : list.slice(first);
    report = await ask({ kind: "start", options: { ...options, devices: rest }, workers });
  }
  if (report.kind !== "ready") {
    await member[Symbol.asyncDispose]();
    const [code, message, hint] =
      report.kind === "failed"
        ? [report.code, report.message, report.hint]
        : (["internal", `the local platform said ${report.kind} where it was to start`, null] as const);
    throw new IotbError(code, message, { hint });
  }
  const { mqttUrls, popUrl, workerPids } = report;
  return {
    pid: member.pid,
    workerPids,
    mqttUrls,
    popUrl,
    ended,
    [Symbol.asyncDispose]: () => member[Symbol.asyncDispose](),
  };
};
