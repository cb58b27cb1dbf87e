/** What every input is held to. Coarse on purpose: a busy machine must not make findings. */
export const FUZZ_BOUNDS = {
  /** An input takes well under a millisecond; what takes this long grows with something it should not grow with. */
  slowMs: 250,
  hangMs: 10_000,
  /** Compiled code and caches of the engine grow by two or three megabytes in a run; a leak of a few bytes an input by more. */
  growthBytes: 8 * 2 ** 20,
} as const;
