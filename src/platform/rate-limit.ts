/** Whether one more is allowed now; counts it if so. What is refused does not count. */
export type RateLimit = (nowMs: number) => boolean;

/** At most `count` in any stretch of `windowMs`, by a clock that never goes backwards. Holds `count` numbers at most. */
export const createRateLimit = (count: number, windowMs: number): RateLimit => {
  const times: number[] = []; // a ring of the last `count` that were allowed
  let next = 0;
  return (nowMs) => {
    const oldest = times[next];
    if (oldest !== undefined && nowMs - oldest < windowMs) return false;
    times[next] = nowMs;
    next = (next + 1) % count;
    return true;
  };
};
