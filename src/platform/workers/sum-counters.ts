import { createCounters, type PlatformCounters, type Tally, tally } from "../platform-counters.js";

const addTally = (sum: Tally, more: Readonly<Tally>): void => {
  for (const [reason, count] of Object.entries(more)) tally(sum, reason, count);
};

/** What several processes of one platform have seen together. */
export const sumCounters = (parts: readonly PlatformCounters[]): PlatformCounters => {
  const sum = createCounters();
  for (const part of parts) {
    sum.online += part.online;
    sum.connects += part.connects;
    sum.broadcasts += part.broadcasts;
    sum.deliveries += part.deliveries;
    sum.upstream += part.upstream;
    sum.apiCalls += part.apiCalls;
    addTally(sum.refused, part.refused);
    addTally(sum.closed, part.closed);
    addTally(sum.undelivered, part.undelivered);
    addTally(sum.upstreamDropped, part.upstreamDropped);
    addTally(sum.apiRefused, part.apiRefused);
  }
  return sum;
};
