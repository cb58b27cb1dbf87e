import { generate, type ISubscribePacket, type IUnsubscribePacket } from "mqtt-packet";
import { isTopicFilter } from "../protocol/topics.js";
import { isGroup, isGroupFull } from "./broadcast-targets.js";
import type { Broker } from "./broker.js";
import { writeTo } from "./close-connection.js";
import type { Connection } from "./connection.js";
import type { DeviceRecord } from "./device-table.js";
import { REASON } from "./reason-codes.js";
import { ensureSession } from "./session-store.js";
import { countFilters, hasFilter, subscribe, unsubscribe } from "./subscriptions.js";
import { maySubscribe } from "./topic-permissions.js";

/** The return code of a filter that 3.1.1 does not accept. [MQTT-3.9.3-2] */
const FAILURE = 0x80;

/**
 * Answers each filter with the QoS granted, at most 1, or a failure. That filters beyond the documented eight of a packet fail
 * one by one, rather than the whole packet, is inferred. [Limits: topics of one SUBSCRIBE] [MQTT-3.8.4-1] [MQTT-3.8.4-5]
 * Answers why the connection must be cut, or null: MQTT 5 was told what is not offered.
 */
export const handleSubscribe = (broker: Broker, connection: Connection, packet: ISubscribePacket): string | null => {
  const { device, terms } = connection;
  if (device === null) return null;
  if (terms !== null) {
    if (packet.properties?.subscriptionIdentifier !== undefined) return "subscription-id";
    if (packet.subscriptions.some(({ topic }) => topic.startsWith("$share/"))) return "shared-subscription";
  }
  const held = ensureSession(connection).subscriptions;
  const { hub, limits } = broker;
  const groups = hub?.limitsGroups
    ? packet.subscriptions
        .slice(0, limits.filtersPerSubscribe)
        .map(({ topic }) => topic)
        .filter((topic) => isGroup(topic) && maySubscribe(topic, device, limits) && !hasFilter(held, topic))
    : [];
  if (groups.length === 0) {
    answer(broker, connection, device, packet, (filter) => isGroupFull(broker, device.productKey, filter));
  } else {
    hub?.fullGroups(groups, (full) => {
      if (connection.state === "online") answer(broker, connection, device, packet, (filter) => full.has(filter));
    });
  }
  return null;
};

const answer = (
  broker: Broker,
  connection: Connection,
  device: DeviceRecord,
  packet: ISubscribePacket,
  isFull: (filter: string) => boolean,
): void => {
  const { limits } = broker;
  const protocolVersion = connection.terms === null ? 4 : 5;
  const held = ensureSession(connection).subscriptions;
  const granted = packet.subscriptions.map(({ topic, qos }, i) => {
    const failed = (code: number): number => (protocolVersion === 5 ? code : FAILURE);
    if (!isTopicFilter(topic)) return failed(REASON.filterInvalid);
    if (!maySubscribe(topic, device, limits)) return failed(REASON.notAuthorized);
    const isNew = !hasFilter(held, topic);
    if (i >= limits.filtersPerSubscribe || (isNew && countFilters(held) >= limits.subscriptionsPerDevice)) {
      return failed(REASON.quotaExceeded);
    }
    if (isNew && isFull(topic)) return failed(REASON.quotaExceeded);
    subscribe(held, topic);
    return Math.min(qos, 1); // the QoS of a subscription changes nothing: the sender of a message sets its QoS
  });
  writeTo(
    broker,
    connection,
    generate({ cmd: "suback", messageId: packet.messageId ?? 0, granted }, { protocolVersion }),
  );
};

/** Answers even where a filter was not there. [MQTT-3.10.4-5] */
export const handleUnsubscribe = (broker: Broker, connection: Connection, packet: IUnsubscribePacket): null => {
  const held = connection.subscriptions;
  const granted = packet.unsubscriptions.map((filter) => {
    if (!held || !hasFilter(held, filter)) return REASON.noSubscription;
    unsubscribe(held, filter);
    return REASON.success;
  });
  const messageId = packet.messageId ?? 0;
  const answer =
    connection.terms === null
      ? Uint8Array.of(0xb0, 0x02, messageId >>> 8, messageId & 0xff)
      : generate({ cmd: "unsuback", messageId, granted }, { protocolVersion: 5 });
  writeTo(broker, connection, answer);
  return null;
};
