import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { answers, freePort, skipWithout } from "./mqtt-foreign-peers.js";

/** The one user of a broker that lets nobody else in. */
export type BrokerUser = { readonly name: string; readonly password: string };

/** A broker of foreign make on a port of its own; ended on disposal. */
export type BrokerPeer = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  /** Ends it at once, without a goodbye to anybody; resolves when it is gone. */
  kill(): Promise<void>;
};

/** A make of broker. `missing` is a named reason to skip its tests, or false. */
export type BrokerMake = {
  readonly name: string;
  readonly missing: string | false;
  /** Starts one; anonymous clients are welcome unless there is a user. */
  start(user?: BrokerUser): Promise<BrokerPeer>;
};

const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;

/** A program with a folder of its own that speaks MQTT on `port` soon; neither tells when it is ready, so it is asked. */
const running = async (child: ChildProcess, port: number, folder: string): Promise<BrokerPeer> => {
  const ended = once(child, "exit");
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    await delay(20);
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    kill: () => stop("SIGKILL"),
    [Symbol.asyncDispose]: async () => {
      await stop("SIGTERM");
      rmSync(folder, { recursive: true });
    },
  };
};

const startIn = async (
  program: string,
  name: string,
  configOf: (folder: string, port: number) => readonly string[],
): Promise<BrokerPeer> => {
  const folder = mkdtempSync(join(tmpdir(), `iotb-${program}-`));
  const port = await freePort();
  const config = join(folder, name);
  writeFileSync(config, `${configOf(folder, port).join("\n")}\n`);
  const child = spawn(program, ["-c", config], { env: { ...process.env, PATH }, stdio: "ignore" });
  return running(child, port, folder);
};

const mosquitto: BrokerMake = {
  name: "mosquitto",
  missing: skipWithout("mosquitto", "-h"),
  start: (user) =>
    startIn("mosquitto", "mosquitto.conf", (folder, port) => {
      const users = join(folder, "users");
      if (user !== undefined) {
        writeFileSync(users, `${user.name}:${user.password}\n`);
        execFileSync("mosquitto_passwd", ["-U", users], { env: { ...process.env, PATH } });
      }
      // as root mosquitto becomes another user, who may not read its files
      const common = [`listener ${port} 127.0.0.1`, "persistence false", "user root"];
      return [...common, ...(user === undefined ? ["allow_anonymous true"] : [`password_file ${users}`])];
    }),
};

const natsServer: BrokerMake = {
  name: "nats-server",
  missing: skipWithout("nats-server", "--version"),
  start: (user) =>
    startIn("nats-server", "nats.conf", (folder, port) => [
      "server_name: iotb_test",
      'listen: "127.0.0.1:-1"',
      `jetstream { store_dir: ${JSON.stringify(folder)} }`,
      `mqtt { listen: "127.0.0.1:${port}" }`,
      ...(user === undefined
        ? []
        : [`authorization { user: ${JSON.stringify(user.name)}, password: ${JSON.stringify(user.password)} }`]),
    ]),
};

/** Every make that a fleet is measured on. One that runs in this process, aedes say, needs only to fill in `start`. */
export const BROKER_MAKES: readonly BrokerMake[] = [mosquitto, natsServer];
