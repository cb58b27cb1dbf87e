import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Member } from "./backplane.js";

/** How long a child may take to leave where nothing else is said. */
const LEAVE_TIMEOUT_MS = 5000;

/** How a process is started. */
export type StartOptions = {
  /** The file that the child runs. */
  readonly entry: URL;
  /** Node's own flags for the child. */
  readonly execArgv?: readonly string[];
  /** How long it may take to leave when its line is closed, before it is killed, ms; 5,000 where absent. */
  readonly leaveTimeoutMs?: number;
};

/**
 * Starts one child process with a line to it. Structured clone carries the messages, so typed arrays stay what they are. The
 * child's stderr is this process's; its stdout is not used. Disposing closes the line, which ends the child, and waits for that.
 */
export const startProcess = async <In, Out>({
  entry,
  execArgv = [],
  leaveTimeoutMs = LEAVE_TIMEOUT_MS,
}: StartOptions): Promise<Member<In, Out>> => {
  const child = fork(entry, [], {
    serialization: "advanced",
    execArgv: ["--enable-source-maps", ...execArgv],
    env: withoutSecrets(process.env),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await Promise.race([once(child, "spawn"), once(child, "error").then(([error]) => Promise.reject(error))]);
  return new ChildMember(child, leaveTimeoutMs);
};

/** A child calls no API: what it need not know is not in its environment, where other programs of this user can read it. */
const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/SECRET|ACCESS_?KEY|TOKEN|PASSWORD/i.test(name)));

class ChildMember<In, Out> implements Member<In, Out> {
  readonly #child: ChildProcess;
  readonly #leaveTimeoutMs: number;
  readonly ended: Promise<string>;

  constructor(child: ChildProcess, leaveTimeoutMs: number) {
    this.#child = child;
    this.#leaveTimeoutMs = leaveTimeoutMs;
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    // a send to a child that has just died fails here; `ended` tells of its death
    child.on("error", () => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  send(message: Out): void {
    if (this.#child.connected) this.#child.send(message as object, () => undefined);
  }

  onMessage(handler: (message: In) => void): void {
    this.#child.on("message", (message) => handler(message as In));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), this.#leaveTimeoutMs);
    if (this.#child.connected) this.#child.disconnect();
    await this.ended;
    clearTimeout(timer);
  }
}
