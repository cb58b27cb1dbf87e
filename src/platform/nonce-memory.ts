/** Remembers which nonces an AccessKey has used. */
export type NonceMemory = {
  isUsed(accessKeyId: string, nonce: string, nowMs: number): boolean;
  remember(accessKeyId: string, nonce: string, nowMs: number): void;
};

/**
 * A memory of `windowMs` and at most `capacity` nonces; the oldest goes first. Only nonces of calls with a right signature are
 * remembered, so that nobody without the secret can fill it or burn another's nonce. [common errors: SignatureNonceUsed]
 */
export const createNonceMemory = (windowMs: number, capacity: number): NonceMemory => {
  const expiries = new Map<string, number>(); // in order of use, which is the order of expiry
  const keyOf = (accessKeyId: string, nonce: string): string => `${accessKeyId}\n${nonce}`;
  return {
    isUsed: (accessKeyId, nonce, nowMs) => (expiries.get(keyOf(accessKeyId, nonce)) ?? 0) > nowMs,
    remember: (accessKeyId, nonce, nowMs) => {
      for (const [key, expiry] of expiries) {
        if (expiry > nowMs && expiries.size < capacity) break;
        expiries.delete(key);
      }
      const key = keyOf(accessKeyId, nonce);
      expiries.delete(key); // an expired one that is used again moves to the end
      expiries.set(key, nowMs + windowMs);
    },
  };
};
