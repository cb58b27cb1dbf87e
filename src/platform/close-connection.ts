import type { Broker } from "./broker.js";
import type { Connection } from "./connection.js";
import { tally } from "./platform-counters.js";
import { leaveOnline } from "./presence.js";
import { farewellReason } from "./reason-codes.js";
import { parkSession } from "./session-store.js";

/**
 * Ends a connection, once: its device is offline from here on and the reason is counted. `end` sends what is waiting first and
 * leaves the rest to the sweep; `destroy` cuts it. An MQTT 5 device that is online is told the reason, so it is cut by the sweep
 * only, except where the platform stops.
 */
export const closeConnection = (
  broker: Broker,
  connection: Connection,
  reason: string,
  how: "end" | "destroy",
): void => {
  let ending = how;
  if (connection.state !== "closing") {
    if (connection.state === "online") {
      leaveOnline(broker.devices, connection, broker.unixMs());
      parkSession(broker.sessions, connection, broker.monotonicMs());
      broker.counters.online -= 1;
      tally(broker.counters.closed, reason);
      if (connection.device !== null) broker.hub?.presence(connection.device);
      if (sayFarewell(connection, reason) && reason !== "stopped") ending = "end";
    } else {
      tally(broker.counters.refused, reason);
    }
    connection.state = "closing";
    connection.since = broker.monotonicMs();
    connection.patienceMs = broker.limits.lingerMs;
    connection.partial = null;
    connection.filled = 0;
    connection.upstream = null;
    connection.held = null;
    if (ending === "end") connection.socket.end();
  }
  if (ending === "destroy") connection.socket.destroy();
};

/** Tells an MQTT 5 device why its connection ends; answers whether anything was written. [MQTT5-3.14.2-1] */
const sayFarewell = (connection: Connection, reason: string): boolean => {
  const code = connection.terms === null || !connection.socket.writable ? null : farewellReason(reason);
  if (code === null) return false;
  connection.socket.write(Uint8Array.of(0xe0, 0x02, code, 0x00));
  return true;
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
