import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The command line as a user has it. */
export const IOTB = fileURLToPath(new URL("../../../bin/iotb.js", import.meta.url));

/** No program here runs longer than a few seconds, if it is not one that others are tried against. */
const PATIENCE_MS = 60_000;

/** How a program is spawned. Its environment holds `PATH`, a home that does not exist, and `env`: nothing of this process's. */
export type SpawnOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it reads on standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** How long it may run before it is ended by force. */
  readonly patienceMs?: number;
};

/** How a program ended. */
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A program under test; disposing of it ends it by force if it still runs. */
export class ProgramUnderTest implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #what: string;
  #stdout = "";
  #stderr = "";
  readonly #waiting = new Set<() => void>();
  #over = false;
  /** Resolves when it has ended and all its output is read. */
  readonly ended: Promise<Ended>;

  constructor(
    command: string,
    args: readonly string[],
    { env = {}, cwd, input, patienceMs = PATIENCE_MS }: SpawnOptions,
  ) {
    this.#what = [command, ...args].join(" ");
    this.child = spawn(command, args, {
      env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: "pipe",
    });
    this.child.stdin?.on("error", () => undefined); // a program that reads nothing closes it
    this.child.stdin?.end(input);
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout += chunk.toString();
      this.#wake();
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
      this.#wake();
    });
    // a test that waits in vain must fail, not hang
    const patience = setTimeout(() => {
      this.#stderr += `\n${this.#what} was ended by the test after ${patienceMs / 1000} s\n`;
      this.child.kill("SIGKILL");
    }, patienceMs);
    this.ended = once(this.child, "close").then(([code]) => {
      clearTimeout(patience);
      this.#over = true;
      this.#wake();
      return { code, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Resolves with the first match in what it has printed on both streams; fails when it ends without one. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match) return match;
      if (this.#over) throw new Error(`${this.#what} ended without ${pattern}:\n${this.#stdout}${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Ctrl-C, and how it ended. */
  interrupt(): Promise<Ended> {
    this.child.kill("SIGINT");
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.child.kill("SIGKILL");
    await this.ended;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Starts `iotb` with arguments. */
export const startIotb = (args: readonly string[], options: SpawnOptions = {}): ProgramUnderTest =>
  new ProgramUnderTest(process.execPath, [IOTB, ...args], options);

/** Runs `iotb` to its end. */
export const runIotb = async (args: readonly string[], options: SpawnOptions = {}): Promise<Ended> => {
  await using program = startIotb(args, options);
  return await program.ended;
};
