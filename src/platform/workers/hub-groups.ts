import type { WorkerLink } from "./worker-link.js";

/** Answers which of the filters that a device is about to subscribe to have all the subscribers they may have. */
export type HubGroups = (filters: readonly string[], answer: (full: readonly string[]) => void) => void;

type Join = { readonly filters: readonly string[]; readonly answer: (full: readonly string[]) => void };

/**
 * Counts the subscribers of broadcast topics over all workers before each is let in: one count at a time for all who wait. A worker
 * subscribes its device when it hears the answer, so that the next count has it.
 */
export const createHubGroups = (links: readonly Pick<WorkerLink, "ask">[], mostSubscribers: number): HubGroups => {
  let waiting: Join[] = [];
  let counting = false;

  const letIn = (joins: readonly Join[], sizes: Map<string, number>): void => {
    for (const { filters, answer } of joins) {
      const full = filters.filter((filter) => (sizes.get(filter) ?? 0) >= mostSubscribers);
      for (const filter of filters) sizes.set(filter, (sizes.get(filter) ?? 0) + 1);
      answer(full);
    }
  };

  const count = (): void => {
    if (counting || waiting.length === 0) return;
    counting = true;
    const joins = waiting;
    waiting = [];
    const filters = [...new Set(joins.flatMap((join) => join.filters))];
    const sizes = new Map<string, number>();
    let left = links.length;
    for (const link of links) {
      link.ask("groupSizes", filters, (told) => {
        filters.forEach((filter, i) => {
          sizes.set(filter, (sizes.get(filter) ?? 0) + (told[i] ?? 0));
        });
        if (--left > 0) return;
        letIn(joins, sizes);
        counting = false;
        count();
      });
    }
  };

  return (filters, answer) => {
    waiting.push({ filters, answer });
    count();
  };
};
