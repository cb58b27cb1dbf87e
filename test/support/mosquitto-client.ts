import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceTriplet } from "../../src/domain/device.js";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { signConnect } from "../../src/protocol/mqtt-credentials.js";

/** How a mosquitto client connects. */
export type MosquittoWay = { readonly tls: boolean; readonly version: "mqttv311" | "mqttv5" };

/** A mosquitto client that ran, or runs. */
export type MosquittoRun = {
  /** Whether it still runs. */
  running(): boolean;
  /** Resolves when it ended, with its exit code and what it printed. */
  readonly ended: Promise<{ readonly code: number; readonly output: string; readonly errors: string }>;
};

/** Runs mosquitto_sub or mosquitto_pub as a device of the platform; it ends by itself after 20 s at the latest. */
export const runMosquitto = (
  program: "mosquitto_sub" | "mosquitto_pub",
  platform: LocalPlatform,
  triplet: DeviceTriplet,
  { tls, version }: MosquittoWay,
  args: readonly string[],
): MosquittoRun => {
  const { clientId, username, password } = signConnect(triplet, { method: "hmacsha256", secureMode: tls ? 2 : 3 });
  const { port } = new URL((tls ? platform.mqttsUrl : platform.mqttUrl) ?? "");
  const folder = mkdtempSync(join(tmpdir(), "iotb-mosquitto-"));
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, platform.caPem ?? "");
  const where = ["-h", "127.0.0.1", "-p", port, "-V", version, ...(tls ? ["--cafile", ca] : [])];
  const login = ["-i", clientId, "-u", username, "-P", password, "-k", "60"];
  const patience = program === "mosquitto_sub" ? ["-W", "20"] : [];
  const child = spawn(program, [...where, ...login, ...patience, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = (once(child, "close") as Promise<[number]>).then(([code]) => {
    rmSync(folder, { recursive: true });
    return { code, output, errors };
  });
  return { running: () => child.exitCode === null, ended };
};
