import { createServer } from "node:net";
import { acceptLean } from "../tcp/accept-lean.js";
import type { Broker } from "./broker.js";
import { listen } from "./listen.js";
import type { MqttConnections } from "./mqtt-connections.js";
import { tally } from "./platform-counters.js";

/** Something that listens; disposing of it stops listening and resolves when the last of its connections is closed. */
export type Listener = AsyncDisposable & { readonly port: number };

/** Takes MQTT connections over TCP. */
export const listenTcp = async (
  broker: Broker,
  connections: MqttConnections,
  host: string,
  port: number,
): Promise<Listener> => {
  const server = createServer({ noDelay: true }, connections.accept);
  const taken = await listen(server, { host, port, what: "the MQTT server", flag: "--mqtt-port" });
  server.on("error", () => tally(broker.counters.refused, "accept-failed")); // out of files: later connections may succeed
  if (connections.acceptPlain !== null) acceptLean(server, connections.acceptPlain);
  return {
    port: taken,
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await connections.plainClosed();
    },
  };
};
