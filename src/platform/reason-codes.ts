import type { ReturnCode } from "./authenticate.js";

/** MQTT 5 reason codes that this platform answers with. [MQTT5-2.4] */
export const REASON = {
  success: 0x00,
  noSubscription: 0x11,
  malformed: 0x81,
  protocolError: 0x82,
  unsupportedVersion: 0x84,
  notAuthorized: 0x87,
  shuttingDown: 0x8b,
  badAuthentication: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  filterInvalid: 0x8f,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
  administrative: 0x98,
  retainNotSupported: 0x9a,
  qosNotSupported: 0x9b,
  sharedNotSupported: 0x9e,
  subscriptionIdsNotSupported: 0xa1,
} as const;

/** The MQTT 5 reason code for each CONNACK return code of 3.1.1. */
const CONNACK_REASONS: Readonly<Record<ReturnCode, number>> = { 1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87 };

/** The reason code of a CONNACK that refuses. */
export const connackReason = (returnCode: ReturnCode): number => CONNACK_REASONS[returnCode];

/** What a DISCONNECT says for the name under which an ending is counted. */
const FAREWELLS: Readonly<Record<string, number>> = {
  "malformed-packet": REASON.malformed,
  "protocol-error": REASON.protocolError,
  "second-connect": REASON.protocolError,
  "unexpected-packet": REASON.protocolError,
  "packet-too-large": REASON.packetTooLarge,
  "keepalive-timeout": REASON.keepAliveTimeout,
  kicked: REASON.sessionTakenOver,
  "qos-2": REASON.qosNotSupported,
  retain: REASON.retainNotSupported,
  "topic-alias": REASON.topicAliasInvalid,
  "shared-subscription": REASON.sharedNotSupported,
  "subscription-id": REASON.subscriptionIdsNotSupported,
  stopped: REASON.shuttingDown,
};

/** Endings that need no word: the device's own, and those where nothing would arrive. */
const SILENT: ReadonlySet<string> = new Set([
  "disconnect",
  "connection-lost",
  "connection-reset",
  "connection-error",
  "slow-reader",
]);

/** The reason code of the DISCONNECT that goes before an ending, or null where none does. [MQTT5-4.13] */
export const farewellReason = (ending: string): number | null =>
  SILENT.has(ending) ? null : (FAREWELLS[ending] ?? REASON.administrative);
