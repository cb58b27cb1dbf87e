import type { DeviceRecord, Product } from "./device-table.js";
import type { NewMessage } from "./down-message.js";
import type { RrpcReply } from "./rrpc-exchanges.js";

/** What one device is asked, and on which topic it answers. */
export type DeviceQuestion = {
  readonly topic: string;
  readonly replyTopic: string;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
};

/** What the API did to a device. */
export type DeviceChange = "created" | "deleted" | "disabled" | "enabled";

/** How the API's actions reach devices, whichever process holds them. */
export type DeviceReach = {
  /** Sends one message to one device, or counts why not. */
  send(device: DeviceRecord, message: NewMessage): void;
  /** Asks a device that is online; resolves with its answer, or null where none came in time. Null at once: too many wait. */
  ask(device: DeviceRecord, question: DeviceQuestion): Promise<RrpcReply> | null;
  /** Lets a change in the table take effect: a device that was deleted or disabled is disconnected, for example. */
  changed(device: DeviceRecord, change: DeviceChange): void;
  /** The addresses that devices are online from, in their order; empty texts for those that are not. */
  addressesOf(devices: readonly DeviceRecord[]): readonly string[] | Promise<readonly string[]>;
};

/** Takes broadcasts and counts them. What they are for is fixed when they are taken, wherever devices are held. */
export type Broadcasts = {
  /** Whether another may be taken now. */
  hasRoom(): boolean;
  /** To every online device of a product, each on its own topic. */
  toAll(product: Product, messageId: string, body: Uint8Array): void;
  /**
   * To the subscribers of one topic. It arrives on that topic itself, without a message id (inferred: the published description
   * names no other topic).
   */
  toGroup(product: Product, topic: string, body: Uint8Array): void;
};
