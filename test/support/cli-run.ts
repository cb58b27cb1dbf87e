import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** What a run of the tool left behind. */
export type CliRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Starts `bin/iotb.js` with an environment of nothing but PATH, HOME and `env`. */
export const startCli = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = "bin/iotb.js",
): ChildProcess =>
  spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });

/** Runs `bin/iotb.js` to its end. */
export const runCli = async (
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly stdin?: string;
    /** A copy of the program; the built one where absent. */
    readonly program?: string;
  } = {},
): Promise<CliRun> => {
  const child = startCli(args, options.env, options.program);
  const out = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      out[name] += text;
    });
  }
  child.stdin?.on("error", () => undefined); // the tool need not read it
  child.stdin?.end(options.stdin ?? "");
  const [code] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, ...out };
};
