import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "./child.js";
import { startOwned } from "./owned-process.js";

/** A broker that takes connections. Disposing ends it. */
export type RunningBroker = AsyncDisposable & { readonly url: string };

/** A broker to compare with. */
export type BrokerPeer = {
  readonly name: string;
  /** Starts it on free loopback ports; answers in words where it is not installed. */
  start(): Promise<RunningBroker | string>;
};

/** Where Debian keeps servers. */
const PATH = { PATH: `${process.env["PATH"]}:/usr/sbin` };

const READY_STEPS = 200;
const READY_STEP_MS = 50;

/** Another process may take it before it is used: the broker then does not start, and the run fails. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
};

const answers = async (port: number): Promise<boolean> => {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

const untilItAnswers = async (name: string, port: number): Promise<void> => {
  for (let i = 0; i < READY_STEPS; i++) {
    if (await answers(port)) return;
    await sleep(READY_STEP_MS);
  }
  throw new Error(`${name} does not listen on port ${port}`);
};

const isInstalled = async (command: string): Promise<boolean> => {
  await using shell = startOwned("sh", ["-c", `command -v ${command}`], PATH);
  return (await shell.ended).exitCode === 0;
};

/** A program with a configuration file that is written for the run. */
const fileConfigured = (
  name: string,
  flag: string,
  configuration: (port: number, folder: string) => readonly string[],
): BrokerPeer => ({
  name,
  start: async () => {
    if (!(await isInstalled(name))) return `${name}: not installed`;
    const folder = await mkdtemp(join(tmpdir(), "iotb-bench-"));
    const port = await freePort();
    const file = join(folder, "broker.conf");
    await writeFile(file, `${configuration(port, folder).join("\n")}\n`);
    const program = startOwned(name, [flag, file], PATH);
    const dispose = async () => {
      await program[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    };
    try {
      await untilItAnswers(name, port);
    } catch (thrown) {
      await dispose();
      throw thrown;
    }
    return { url: `mqtt://127.0.0.1:${port}`, [Symbol.asyncDispose]: dispose };
  },
});

/** As its package configures it, but for the address, anonymous clients and no log. */
const mosquitto = fileConfigured("mosquitto", "-c", (port) => [
  `listener ${port} 127.0.0.1`,
  "allow_anonymous true",
  "max_connections -1",
  "log_dest none",
  // started as root it would give up the right to read its file
  ...(process.getuid?.() === 0 ? ["user root"] : []),
]);

/** Its MQTT needs JetStream, and that a name and a folder; all else is the default. Logs nothing but errors, to a pipe. */
const natsServer = fileConfigured("nats-server", "-c", (port, folder) => [
  "server_name: bench",
  "listen: 127.0.0.1:-1",
  `jetstream { store_dir: ${JSON.stringify(folder)} }`,
  `mqtt { listen: "127.0.0.1:${port}" }`,
]);

const aedes: BrokerPeer = {
  name: "aedes",
  start: async () => {
    const child = startChild("aedes-broker");
    const started = (await child.next()) as { port: number };
    const dispose = () => Promise.resolve(child[Symbol.asyncDispose]());
    return { url: `mqtt://127.0.0.1:${started.port}`, [Symbol.asyncDispose]: dispose };
  },
};

/** What the local platform is compared with. */
export const BROKER_PEERS: readonly BrokerPeer[] = [natsServer, aedes, mosquitto];
