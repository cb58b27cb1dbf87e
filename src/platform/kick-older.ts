import { KICK_NOTICE, NOTIFY_TOPIC } from "../protocol/topics.js";
import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { encodeMessage, stampMessage } from "./down-message.js";

/** The newer connection of a device wins. [Device log: Kicked by the same device] [MQTT-3.1.4-2] */
export const kickOlder = (broker: Broker, older: Connection): void => {
  const now = broker.monotonicMs();
  const notice = stampMessage({ topic: NOTIFY_TOPIC, body: Buffer.from(KICK_NOTICE), qos: 0 }, now, 1000);
  older.socket.write(encodeMessage(notice, older.terms === null ? 4 : 5, 0, false, now));
  closeConnection(broker, older, "kicked", "end");
};
