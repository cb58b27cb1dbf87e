import { type Micros, micros } from "./time.js";

/** How long to wait for a broadcast. */
export type SettlingRule = {
  /** After every expected device has it: how long to listen on for duplicates and strays. */
  readonly linger: Micros;
  /** Without a receipt for this long, nothing more is waited for. */
  readonly drain: Micros;
};

/** What is known of a broadcast in flight. */
export type InFlight = {
  readonly acceptedAt: Micros;
  /** Expected devices without a receipt. */
  readonly outstanding: number;
  /** The last receipt of any kind, or null. */
  readonly lastReceiptAt: Micros | null;
};

/**
 * When a broadcast settles if nothing more arrives: `linger` after the last receipt where every expected device has it, else
 * `drain` after the last receipt. Receipts may come before the acceptance; waiting starts at the later of the two.
 */
export const settlesAt = (broadcast: InFlight, rule: SettlingRule): Micros => {
  const from = Math.max(broadcast.acceptedAt, broadcast.lastReceiptAt ?? 0);
  return micros(from + (broadcast.outstanding === 0 ? rule.linger : rule.drain));
};
