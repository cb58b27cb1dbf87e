import type { LoginRequest, Verdict } from "./authenticate.js";
import type { DeviceRecord } from "./device-table.js";

/** What there is to a login beside its CONNECT. */
export type LoginWish = {
  /** False where the login drops the session that it finds. */
  readonly keepSession: boolean;
  isWanted(): boolean;
  answer(verdict: Verdict): void;
};

/**
 * What a process that holds a part of the devices asks and tells the one that knows them all. Answers come later, in one call each,
 * and what they allow is to be done within that call: the next word of the hub may build on it.
 */
export type HubLink = {
  /** Whether every login is the hub's to decide, not only those of devices that are not held here. */
  readonly decidesLogins: boolean;
  /** Whether a broadcast topic may have so many subscribers only. */
  readonly limitsGroups: boolean;
  /**
   * Asks for a device to be held here. Where the verdict names a device, it is. `request` may be used within this call only. Not
   * asked, nor answered, where nobody wants it any more when its turn has come.
   */
  claim(request: LoginRequest, wish: LoginWish): void;
  /** Asks which of these broadcast topics have all the subscribers they may have. */
  fullGroups(filters: readonly string[], answer: (full: ReadonlySet<string>) => void): void;
  /** Tells that a device came online or went offline. */
  presence(device: DeviceRecord): void;
};
