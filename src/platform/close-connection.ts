import type { Broker } from "./broker.js";
import type { Connection } from "./connection.js";
import { tally } from "./platform-counters.js";
import { leaveOnline } from "./presence.js";

/**
 * Ends a connection, once: its device is offline from here on and the reason is counted. `end` sends what is waiting first and
 * leaves the rest to the sweep; `destroy` cuts it.
 */
export const closeConnection = (
  broker: Broker,
  connection: Connection,
  reason: string,
  how: "end" | "destroy",
): void => {
  if (connection.state !== "closing") {
    if (connection.state === "online") {
      leaveOnline(broker.devices, connection, broker.unixMs());
      broker.counters.online -= 1;
      tally(broker.counters.closed, reason);
    } else {
      tally(broker.counters.refused, reason);
    }
    connection.state = "closing";
    connection.since = broker.monotonicMs();
    connection.patienceMs = broker.limits.lingerMs;
    connection.partial = null;
    connection.filled = 0;
    connection.subscriptions = null;
    connection.unacked = null;
    if (how === "end") connection.socket.end();
  }
  if (how === "destroy") connection.socket.destroy();
};

/** Writes to a device unless too much is waiting for it already: then it is cut off as a slow reader and false is answered. */
export const writeTo = (broker: Broker, connection: Connection, bytes: Uint8Array): boolean => {
  if (connection.socket.writableLength > broker.limits.slowReaderBytes) {
    closeConnection(broker, connection, "slow-reader", "destroy");
    return false;
  }
  connection.socket.write(bytes);
  return true;
};
