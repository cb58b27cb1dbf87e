import type { Acceptance } from "../domain/broadcast.js";
import { type Clock, type Micros, micros } from "../domain/time.js";
import { sha256Hex } from "../protocol/sha256.js";
import type { Publisher } from "./ports.js";
import type { Sleep } from "./sleep.js";

/** What to send, how often and how far apart. */
export type BroadcastPlan = {
  readonly productKey: string;
  readonly topicFullName: string | null;
  readonly body: Uint8Array;
  /** Calls in all, at least 1. */
  readonly count: number;
  /** Time between the due times of two calls. */
  readonly interval: Micros;
};

/** What {@link sendBroadcasts} works with. */
export type SendBroadcasts = {
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly plan: BroadcastPlan;
  /** Ends the sending between two calls; a call in flight is awaited, so that its fate is known. */
  readonly stop: AbortSignal;
  /** Gives up the call in flight too, whose fate is then unknown. */
  readonly signal: AbortSignal;
  /** Hears of every accepted call before the next one is due; awaited. `payloadSha256` is lower-case hex. */
  readonly onAccepted: (acceptance: Acceptance, payloadSha256: string) => void | Promise<void>;
};

/** How the sending ended where nothing failed. */
export type SendOutcome = { readonly accepted: number; readonly stopped: boolean };

/**
 * Sends one message `count` times, one call at a time. Call i is due at start + i·interval even if the one before it ended
 * late, and keeps that due time when it starts late. The first failure ends it and is thrown; no call is ever repeated.
 */
export const sendBroadcasts = async (work: SendBroadcasts): Promise<SendOutcome> => {
  const { publisher, clock, sleep, plan, stop, signal, onAccepted } = work;
  const payloadSha256 = sha256Hex(plan.body);
  const { productKey, topicFullName, body } = plan;
  const either = AbortSignal.any([stop, signal]);
  const start = clock();
  for (let i = 0; i < plan.count; i++) {
    const dueAt = micros(start + i * plan.interval);
    for (let left = dueAt - clock(); left > 0 && !either.aborted; left = dueAt - clock())
      await sleep(micros(left), either);
    if (either.aborted) return { accepted: i, stopped: true };
    const acceptance = await publisher.publish({ productKey, topicFullName, body, dueAt }, signal);
    await onAccepted(acceptance, payloadSha256);
  }
  return { accepted: plan.count, stopped: false };
};
