import type { Member } from "../../backplane/backplane.js";
import { startProcess } from "../../backplane/process-pool.js";
import { IotbError } from "../../domain/errors.js";
import type { DeviceRows, WorkerOrder, WorkerQuestions, WorkerReport, WorkerSettings } from "./worker-messages.js";

/** The ports that a worker listens on; null where it was not asked to. */
export type WorkerPorts = Omit<Extract<WorkerReport, { kind: "listening" }>, "kind">;

/** The hub's end of the line to one worker. Disposing of it lets the worker close its connections, report that, and leave. */
export type WorkerLink = AsyncDisposable & {
  readonly pid: number;
  /** Resolves when the process ended, with how. */
  readonly ended: Promise<string>;
  /** Lets it listen, once; before that it says nothing by itself. Fails as `startMqttServer` does. */
  listen(): Promise<WorkerPorts>;
  /** Who hears what it says by itself. */
  onSaying(handler: (saying: WorkerSaying) => void): void;
  send(order: WorkerOrder): void;
  /** Asks; the answer comes in a call. It never comes from a worker that died: its death ends the platform. */
  ask<Q extends keyof WorkerQuestions>(
    name: Q,
    asked: WorkerQuestions[Q]["asked"],
    answered: (told: WorkerQuestions[Q]["told"]) => void,
  ): void;
};

/** What a worker says by itself while it runs. */
export type WorkerSaying = Exclude<WorkerReport, { kind: "took" | "listening" | "failed" | "answer" | "stopped" }>;

/** How long a worker may take to close its connections, ms: tens of thousands, with as many workers at it as the platform has. */
const STOP_TIMEOUT_MS = 60_000;

/** A worker allocates little that lives short: a small young generation is a third of its memory. */
const WORKER_FLAGS = ["--max-semi-space-size=1"];

/**
 * Starts a worker and hands it its devices, a piece at a time and the next when one was taken. Where it fails, nothing is left
 * running.
 */
export const startWorker = async (
  entry: URL,
  settings: WorkerSettings,
  devices: Iterable<DeviceRows>,
): Promise<WorkerLink> => {
  const member = await startProcess<WorkerReport, WorkerOrder>({ entry, execArgv: WORKER_FLAGS });
  const questions = new Map<number, (told: unknown) => void>();
  let lastQuestion = 0;
  let hear: (saying: WorkerSaying) => void = () => {};
  let wake: (report: WorkerReport) => void = () => {};
  const next = (): Promise<WorkerReport> =>
    Promise.race([
      new Promise<WorkerReport>((resolve) => {
        wake = resolve;
      }),
      member.ended.then((how) => {
        throw new IotbError("platform-ended", `a worker of the local platform did not start (${how})`);
      }),
    ]);

  member.onMessage((report) => {
    switch (report.kind) {
      case "answer": {
        const answered = questions.get(report.id);
        questions.delete(report.id);
        return answered?.(report.told);
      }
      case "took":
      case "listening":
      case "failed":
      case "stopped":
        return wake(report);
      default:
        return hear(report);
    }
  });

  try {
    member.send({ kind: "start", settings });
    for (const rows of devices) {
      const taken = next();
      member.send({ kind: "devices", rows });
      await taken;
    }
    return {
      pid: member.pid,
      ended: member.ended,
      listen: async () => {
        const started = next();
        member.send({ kind: "listen" });
        const report = await started;
        if (report.kind === "listening") return report;
        if (report.kind === "failed") throw new IotbError(report.code, report.message, { hint: report.hint });
        throw new IotbError("internal", `a worker said ${report.kind} where it was to listen`);
      },
      onSaying: (handler) => {
        hear = handler;
      },
      send: (order) => member.send(order),
      ask: (name, asked, answered) => {
        questions.set(++lastQuestion, answered as (told: unknown) => void);
        member.send({ kind: "question", id: lastQuestion, name, asked });
      },
      [Symbol.asyncDispose]: async () => {
        const stopped = new Promise<void>((resolve) => {
          wake = ({ kind }) => (kind === "stopped" ? resolve() : undefined);
        });
        await stopWorker(member, stopped);
      },
    };
  } catch (thrown) {
    await member[Symbol.asyncDispose]();
    throw thrown;
  }
};

const stopWorker = async (member: Member<WorkerReport, WorkerOrder>, stopped: Promise<void>): Promise<void> => {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), STOP_TIMEOUT_MS);
  member.send({ kind: "stop" });
  const late = new Promise<void>((resolve) => patience.signal.addEventListener("abort", () => resolve()));
  await Promise.race([stopped, member.ended, late]);
  clearTimeout(timer);
  await member[Symbol.asyncDispose]();
};
