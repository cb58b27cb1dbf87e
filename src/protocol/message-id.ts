/** The origin of the ids' time part, ms since 1970. Inferred from published samples, documented nowhere. */
const EPOCH_MS = 1_288_834_974_657n;

/** A source of message ids that rise strictly: 19 digits, as text because they are beyond 2^53. */
export type MessageIdSource = () => string;

/**
 * Makes ids of the form the platform uses: milliseconds, then 10 bits of worker, then 12 bits of sequence (inferred from
 * published samples). `worker` (0…1023) keeps processes apart. A backward step of `nowMs` never repeats an id.
 */
export const createMessageIds = (worker: number, nowMs: () => number = Date.now): MessageIdSource => {
  let lastMs = 0n;
  let sequence = 0n;
  return () => {
    const now = BigInt(Math.trunc(nowMs()));
    if (now > lastMs) {
      lastMs = now;
      sequence = 0n;
    } else if (++sequence > 0xfffn) {
      lastMs += 1n;
      sequence = 0n;
    }
    return (((lastMs - EPOCH_MS) << 22n) | (BigInt(worker & 0x3ff) << 12n) | sequence).toString();
  };
};

/** The time in an id, ms since 1970. A guess about an undocumented layout: show it as inferred, never as a fact. */
export const inferredIdTimeMs = (messageId: string): number => Number((BigInt(messageId) >> 22n) + EPOCH_MS);

/** Whether a text can be a message id: digits only, at most 20 (an unsigned 64-bit number). */
export const isMessageId = (text: string): boolean => /^\d{1,20}$/.test(text);
