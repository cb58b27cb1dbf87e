import type { Broker } from "./broker.js";
import type { Connection } from "./connection.js";
import { tally } from "./platform-counters.js";
import { sendMessage } from "./send-message.js";

/** Sends one message to the device that holds this connection, as `sendMessage` does; with none it counts as offline. */
export const deliverMessage = (
  broker: Broker,
  connection: Connection | null,
  topic: string,
  body: Uint8Array,
  qos: 0 | 1,
): void => {
  const device = connection?.state === "online" ? connection.device : null;
  if (device === null) tally(broker.counters.undelivered, "offline");
  else sendMessage(broker, device, { topic, body, qos });
};
