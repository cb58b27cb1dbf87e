import type { Broker } from "./broker.js";
import type { Connection } from "./connection.js";
import type { Product } from "./device-table.js";
import type { OnlineList } from "./online-list.js";
import { hasFilter, matchesTopic } from "./subscriptions.js";

/** The devices that a broadcast is for, fixed when it is accepted, and which of them is first. */
export type BroadcastTargets = {
  readonly targets: readonly Connection[];
  readonly first: number;
  /** Where each target stood at the slot of its place in `targets` when it was accepted; null where they come from elsewhere. */
  readonly list: OnlineList | null;
};

/** How far the first device of a full broadcast moves from one to the next, of the whole: the golden section spreads best. */
const ROTATION = 0.618;

/** Every online device of a product. The first one rotates, so that no device is always served last. */
export const allOnline = (product: Product): BroadcastTargets => {
  const { online: list } = product;
  const targets = list.connections.slice();
  const { length } = targets;
  if (length === 0) return { targets, first: 0, list };
  const first = (product.firstTarget + Math.max(1, Math.floor(length * ROTATION))) % length;
  product.firstTarget = first;
  return { targets, first, list };
};

/** The online devices of a product with a subscription that matches, each once. Wildcards count (not documented). */
export const allSubscribed = (product: Product, topic: string): BroadcastTargets => ({
  targets: product.online.connections.filter(
    ({ subscriptions }) => subscriptions !== null && matchesTopic(subscriptions, topic),
  ),
  first: 0,
  list: null,
});

/**
 * Whether a broadcast topic has all the subscribers it may have. That one more is refused with a failure in the SUBACK, and
 * that only devices which are online count, is inferred. [PubBroadcast: subscribers of a topic]
 */
export const isGroupFull = ({ devices, quotas }: Broker, productKey: string, filter: string): boolean => {
  if (!isGroup(filter) || quotas.subscribersPerGroup === Number.POSITIVE_INFINITY) return false;
  return groupSize(devices.products.get(productKey), filter) >= quotas.subscribersPerGroup;
};

/** Whether a filter names broadcast topics. */
export const isGroup = (filter: string): boolean => filter.startsWith("/broadcast/");

/** How many online devices of a product have subscribed to exactly this filter. */
export const groupSize = (product: Product | undefined, filter: string): number => {
  let size = 0;
  for (const { subscriptions } of product?.online.connections ?? []) {
    if (subscriptions !== null && hasFilter(subscriptions, filter)) size += 1;
  }
  return size;
};
