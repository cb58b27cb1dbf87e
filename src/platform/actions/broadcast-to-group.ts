import { allSubscribed } from "../broadcast-targets.js";
import type { Product } from "../device-table.js";
import type { ActionContext } from "./action.js";

/**
 * Accepts a broadcast to the subscribers of one topic. It arrives on that topic itself, without a message id (inferred: the
 * published description names no other topic).
 */
export const broadcastToGroup = (
  { broker, fanOut }: ActionContext,
  product: Product,
  topic: string,
  body: Uint8Array,
): void => {
  const { targets, first } = allSubscribed(product, topic);
  fanOut.enqueue(targets, first, { topic }, body);
  broker.counters.broadcasts += 1;
};
