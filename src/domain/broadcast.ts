import type { DeviceAddress, DeviceIndex } from "./device.js";
import type { Micros } from "./time.js";

/** What goes to one product. `topicFullName` null is a full broadcast (every online device); else the topic's subscribers. */
export type Message = {
  readonly productKey: string;
  readonly topicFullName: string | null;
  readonly body: Uint8Array;
};

/** One message that is sent once. */
export type Broadcast = Message & {
  /** When the call should have been sent. Latency counts from here. */
  readonly dueAt: Micros;
};

/** The platform's word that it took a broadcast. Accepted is not delivered. */
export type Acceptance = {
  readonly broadcast: Broadcast;
  /** 19 digits, beyond 2^53: always text. */
  readonly messageId: string;
  readonly requestId: string;
  readonly sentAt: Micros;
  readonly acceptedAt: Micros;
};

/** A device's word that it got a broadcast. */
export type Receipt = {
  /** Null for a subscribed broadcast: its deliveries carry no id. */
  readonly messageId: string | null;
  readonly device: DeviceIndex;
  readonly topic: string;
  readonly receivedAt: Micros;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly payloadSha256: string;
  readonly qos: 0 | 1;
  readonly dup: boolean;
};

/** Who closed a connection: the device's side (iotb), the platform, or nobody (the network or a dead process). */
export type ClosedBy = "device" | "platform" | "network";

/** A change of one device's presence, as the device's side saw it. */
export type PresenceChange = {
  readonly device: DeviceIndex;
  readonly at: Micros;
} & (
  | { readonly state: "online" }
  | { readonly state: "offline"; readonly reason: string; readonly closedBy: ClosedBy }
);

/** A presence change under the device's name, for logs and reports. */
export type NamedPresence = PresenceChange & DeviceAddress;
