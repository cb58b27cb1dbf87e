import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { IotbError } from "../domain/errors.js";
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
 * Throws `out-of-resources` where the system starts no more.
 */
export const startProcess = async <In, Out>({
  entry,
  execArgv = [],
  leaveTimeoutMs = LEAVE_TIMEOUT_MS,
}: StartOptions): Promise<Member<In, Out>> => {
  try {
    const child = fork(entry, [], {
      serialization: "advanced",
      execArgv: ["--enable-source-maps", ...execArgv],
      env: withoutSecrets(process.env),
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    await Promise.race([once(child, "spawn"), once(child, "error").then(([error]) => Promise.reject(error))]);
    return new ChildMember(child, leaveTimeoutMs);
  } catch (thrown) {
    throw noProcess(thrown);
  }
};

/** What ran out where the system starts no process, and what mends it. [fork(2), pipe(2)] */
const RAN_OUT: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  EAGAIN: [
    "no more processes or threads are allowed here",
    "use fewer --workers, or raise ulimit -u, the sysctl kernel.pid_max or the container's pids limit",
  ],
  ENOMEM: ["out of memory", "hold fewer devices on this machine, or give it more memory"],
  EMFILE: ["this process may not open more files", "use fewer --workers, or raise ulimit -n"],
  ENFILE: ["the whole machine may not open more files", "raise the sysctl fs.file-max"],
};

const noProcess = (thrown: unknown): unknown => {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const found = RAN_OUT[code];
  if (found === undefined) return thrown;
  const [why, hint] = found;
  return new IotbError("out-of-resources", `the system started no further process: ${why} (${code})`, {
    hint,
    cause: thrown,
  });
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
