import { allOnline, allSubscribed } from "./broadcast-targets.js";
import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import { deliverMessage } from "./deliver-message.js";
import type { Broadcasts, DeviceChange, DeviceReach } from "./device-reach.js";
import type { DeviceRecord } from "./device-table.js";
import type { FanOut } from "./fan-out.js";
import type { RrpcExchanges } from "./rrpc-exchanges.js";
import { sendMessage } from "./send-message.js";
import { dropSession } from "./session-store.js";

/** Ends what a device has where it was deleted or disabled; the other changes need nothing beside the table's. */
export const applyChange = (broker: Broker, device: DeviceRecord, change: DeviceChange): void => {
  if (change !== "deleted" && change !== "disabled") return;
  if (device.connection !== null) closeConnection(broker, device.connection, change, "end");
  if (change === "deleted") dropSession(broker.sessions, device);
};

/** Reaches devices that this very process holds. */
export const createLocalReach = (broker: Broker, rrpc: RrpcExchanges): DeviceReach => ({
  send: (device, message) => sendMessage(broker, device, message),
  ask: (device, { topic, replyTopic, body, timeoutMs }) => {
    if (!rrpc.hasRoom()) return null;
    const reply = rrpc.expect(device, replyTopic, timeoutMs);
    deliverMessage(broker, device.connection, topic, body, 0);
    return reply;
  },
  changed: (device, change) => applyChange(broker, device, change),
  addressesOf: (devices) => devices.map(({ connection }) => connection?.socket.remoteAddress ?? ""),
});

/** Fans broadcasts out in this very process. */
export const createLocalBroadcasts = (broker: Broker, fanOut: FanOut): Broadcasts => ({
  hasRoom: () => fanOut.hasRoom(),
  toAll: (product, messageId, body) => {
    fanOut.enqueue(allOnline(product), { messageId }, body);
    broker.counters.broadcasts += 1;
  },
  toGroup: (product, topic, body) => {
    fanOut.enqueue(allSubscribed(product, topic), { topic }, body);
    broker.counters.broadcasts += 1;
  },
});
