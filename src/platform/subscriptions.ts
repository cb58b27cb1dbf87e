import { filterMatches } from "../protocol/topics.js";

/** One device's subscriptions; filters without wildcards are kept apart so that a match is one look-up. */
export type Subscriptions = { readonly exact: Set<string>; readonly wild: Set<string> };

/** No subscriptions yet. */
export const createSubscriptions = (): Subscriptions => ({ exact: new Set(), wild: new Set() });

/** Adds a well-formed filter; twice is once. [MQTT-3.8.4-3] */
export const subscribe = (subscriptions: Subscriptions, filter: string): void => {
  (/[+#]/.test(filter) ? subscriptions.wild : subscriptions.exact).add(filter);
};

/** Removes a filter, compared character by character. [MQTT-3.10.4-1] */
export const unsubscribe = (subscriptions: Subscriptions, filter: string): void => {
  subscriptions.exact.delete(filter);
  subscriptions.wild.delete(filter);
};

/** Whether a filter is there already. */
export const hasFilter = ({ exact, wild }: Subscriptions, filter: string): boolean =>
  exact.has(filter) || wild.has(filter);

/** The number of filters. */
export const countFilters = ({ exact, wild }: Subscriptions): number => exact.size + wild.size;

/** Whether any filter matches; a message is delivered once however many do. */
export const matchesTopic = ({ exact, wild }: Subscriptions, topic: string): boolean => {
  if (exact.has(topic)) return true;
  for (const filter of wild) if (filterMatches(filter, topic)) return true;
  return false;
};
