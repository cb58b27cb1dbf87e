import type { Broker } from "./broker.js";
import { writeTo } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { type DownMessage, encodeMessage } from "./down-message.js";
import { tally } from "./platform-counters.js";
import { removeWeight, type Session, takePacketId } from "./session.js";

/**
 * Sends what waits in a connection's session: what an earlier connection left unacknowledged first, then the queue; never more
 * unacknowledged than the platform allows and the device takes, and never so much at once that it passes for a slow reader.
 * [MQTT5-3.3.4-9] [Limits: unacknowledged QoS 1 messages]
 */
export const pumpSession = (broker: Broker, connection: Connection): void => {
  const { session, socket, terms } = connection;
  if (session === null) return;
  const window = Math.min(broker.limits.unackedPerDevice, terms?.receiveMaximum ?? 0xffff);
  while (connection.state === "online" && session.inflight.size - session.resend.length < window) {
    if (session.resend.length === 0 && session.queue.length === 0) return;
    if (socket.writableLength > broker.limits.slowReaderBytes / 2) {
      waitForDrain(broker, connection, session);
      return;
    }
    sendNext(broker, connection, session);
  }
};

/** A message was acknowledged; an id that is not in use is ignored, as a repeated answer would be. */
export const acknowledge = (broker: Broker, connection: Connection, packetId: number): void => {
  const { session } = connection;
  const message = session?.inflight.get(packetId);
  if (!session || !message) return;
  session.inflight.delete(packetId);
  const again = session.resend.indexOf(packetId);
  if (again >= 0) session.resend.splice(again, 1);
  removeWeight(broker.sessions, session, message);
  pumpSession(broker, connection);
};

const waitForDrain = (broker: Broker, connection: Connection, session: Session): void => {
  if (session.stalled) return;
  session.stalled = true;
  connection.onDrained = () => {
    if (connection.session !== session) return; // it went on without this connection
    session.stalled = false;
    pumpSession(broker, connection);
  };
};

const sendNext = (broker: Broker, connection: Connection, session: Session): void => {
  const now = broker.monotonicMs();
  const again = session.resend.shift();
  if (again !== undefined) {
    const message = session.inflight.get(again);
    if (message) write(broker, connection, session, message, again, true);
    return;
  }
  const message = session.queue.shift();
  if (message === undefined) return;
  if (message.expiresAt <= now) {
    removeWeight(broker.sessions, session, message);
    tally(broker.counters.undelivered, "expired"); // [MQTT5-3.3.2-5]
    return;
  }
  const packetId = takePacketId(session);
  session.inflight.set(packetId, message);
  write(broker, connection, session, message, packetId, false);
};

const write = (
  broker: Broker,
  connection: Connection,
  session: Session,
  message: DownMessage,
  packetId: number,
  dup: boolean,
): void => {
  const { terms } = connection;
  const packet = encodeMessage(message, terms === null ? 4 : 5, packetId, dup, broker.monotonicMs());
  if (terms !== null && packet.length > terms.maxPacketBytes) {
    session.inflight.delete(packetId); // behaves as if it had been sent [MQTT5-3.1.2-25]
    removeWeight(broker.sessions, session, message);
    tally(broker.counters.undelivered, "over-client-limit");
  } else if (writeTo(broker, connection, packet) && !dup) {
    broker.counters.deliveries += 1;
  }
};
