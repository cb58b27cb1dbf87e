import type { Acceptance, Message } from "../domain/broadcast.js";
import { type Clock, type Micros, micros } from "../domain/time.js";
import { sha256Hex } from "../protocol/sha256.js";
import type { Publisher } from "./ports.js";
import { READY_BEFORE } from "./ready-before.js";
import type { Sleep } from "./sleep.js";

/** What to send, how often and how far apart. */
export type BroadcastPlan = Message & {
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
 * Sends one message `count` times, one call at a time. The first is due as soon as it is ready; call i is due i·interval later even
 * if the one before it ended late, and keeps that due time when it starts late. The first failure ends it and is thrown; no call is
 * ever repeated.
 */
export const sendBroadcasts = async (work: SendBroadcasts): Promise<SendOutcome> => {
  const { publisher, clock, sleep, plan, stop, signal, onAccepted } = work;
  const payloadSha256 = sha256Hex(plan.body);
  const { productKey, topicFullName, body } = plan;
  const message: Message = { productKey, topicFullName, body };
  const either = AbortSignal.any([stop, signal]);
  /** Answers whether to go on. */
  const waitUntil = async (at: number): Promise<boolean> => {
    for (let left = at - clock(); left > 0 && !either.aborted; left = at - clock()) await sleep(micros(left), either);
    return !either.aborted;
  };
  let start = Number.NEGATIVE_INFINITY; // until the first is ready
  for (let i = 0; i < plan.count; i++) {
    if (!(await waitUntil(start + i * plan.interval - READY_BEFORE))) return { accepted: i, stopped: true };
    using ready = await publisher.prepare(message, signal);
    if (i === 0) start = clock();
    const dueAt = micros(start + i * plan.interval);
    if (!(await waitUntil(dueAt))) return { accepted: i, stopped: true };
    await onAccepted(await ready.send(dueAt), payloadSha256);
  }
  return { accepted: plan.count, stopped: false };
};
