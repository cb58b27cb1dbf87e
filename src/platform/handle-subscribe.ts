import { generate, type ISubscribePacket, type IUnsubscribePacket } from "mqtt-packet";
import { isGroupFull } from "./broadcast-targets.js";
import type { Broker } from "./broker.js";
import { writeTo } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { countFilters, createSubscriptions, hasFilter, subscribe, unsubscribe } from "./subscriptions.js";
import { maySubscribe } from "./topic-permissions.js";

/** The return code of a filter that was not accepted. [MQTT-3.9.3-2] */
const FAILURE = 0x80;

/**
 * Answers each filter with the QoS granted, at most 1, or a failure. That filters beyond the documented eight of a packet fail
 * one by one, rather than the whole packet, is inferred. [Limits: topics of one SUBSCRIBE]
 */
export const handleSubscribe = (broker: Broker, connection: Connection, packet: ISubscribePacket): void => {
  const { device } = connection;
  const { limits } = broker;
  if (device === null) return;
  connection.subscriptions ??= createSubscriptions();
  const held = connection.subscriptions;
  const granted = packet.subscriptions.map(({ topic, qos }, i) => {
    if (i >= limits.filtersPerSubscribe || !maySubscribe(topic, device, limits)) return FAILURE;
    if (!hasFilter(held, topic) && countFilters(held) >= limits.subscriptionsPerDevice) return FAILURE;
    if (!hasFilter(held, topic) && isGroupFull(broker, device.productKey, topic)) return FAILURE;
    subscribe(held, topic);
    return Math.min(qos, 1); // the QoS of a subscription changes nothing: the sender of a message sets its QoS
  });
  writeTo(broker, connection, generate({ cmd: "suback", messageId: packet.messageId ?? 0, granted }));
};

/** Answers even where a filter was not there. [MQTT-3.10.4-5] */
export const handleUnsubscribe = (broker: Broker, connection: Connection, packet: IUnsubscribePacket): void => {
  for (const filter of packet.unsubscriptions) {
    if (connection.subscriptions) unsubscribe(connection.subscriptions, filter);
  }
  const messageId = packet.messageId ?? 0;
  writeTo(broker, connection, Uint8Array.of(0xb0, 0x02, messageId >>> 8, messageId & 0xff));
};
