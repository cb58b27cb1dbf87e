import { type KernelCalls, loadKernelCalls, type Mapping } from "./kernel-calls.js";

/** The length of a request, in 32-bit words. [io_uring_enter(2): struct io_uring_sqe] */
export const REQUEST_WORDS = 16;

/** Sizes of the kernel's other records, in 32-bit words. */
const PARAMS_WORDS = 30;
const CQE_WORDS = 4;

/** Where io_uring_params tells of the rings, in 32-bit words. */
const PARAMS = { sqEntries: 0, cqEntries: 1, flags: 2, sqOffsets: 10, cqOffsets: 20 } as const;

const IORING_ENTER_GETEVENTS = 1;
const IORING_ENTER_EXT_ARG = 1 << 3;
const IORING_OFF_SQES = 0x1000_0000;
const IORING_SETUP_CQSIZE = 1 << 3;
/** One thread only, from Linux 6.0 on: whoever has it, has all that is used here. */
const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
const EINTR = 4;
const EAGAIN = 11;
const EBUSY = 16;

/** Results wait until they are asked for, instead of interrupting the process one by one. */
export const DEFERRED = 1 << 13;

/** What came of a request: its own number (word 8), 0 or more or a negative error number, and the kernel's flags. */
export type OnResult = (request: number, result: number, flags: number) => void;

/**
 * Requests and results in memory shared with the kernel (io_uring): many are filled in, one system call does them all. To be used by
 * the thread that opened it: the kernel looks at what was written only during that thread's calls, so plain writes do. Results may
 * come at any time.
 */
export class IoRing {
  readonly calls: KernelCalls;
  readonly fd: number;
  /** The memory of the requests. */
  readonly words: Uint32Array;
  readonly #entries: number;
  readonly #mappings: readonly Mapping[];
  readonly #ring: Uint32Array;
  readonly #signed: Int32Array;
  readonly #sqTail: number;
  readonly #cqHead: number;
  readonly #cqTail: number;
  readonly #cqes: number;
  readonly #cqMask: number;
  /** What {@link await} hands over: how long. [io_uring_enter(2): struct io_uring_getevents_arg, struct __kernel_timespec] */
  readonly #patience = new BigUint64Array(5);
  readonly #patienceAddress: number;
  #patienceUs = 0;
  #filled = 0;
  #closed = false;

  private constructor(calls: KernelCalls, fd: number, params: Uint32Array) {
    const at = (place: number): number => (params[place] as number) / Uint32Array.BYTES_PER_ELEMENT;
    const [sq, cq] = [PARAMS.sqOffsets, PARAMS.cqOffsets];
    const [sqEntries, cqEntries] = [params[PARAMS.sqEntries] as number, params[PARAMS.cqEntries] as number];
    // one mapping holds both rings (IORING_FEAT_SINGLE_MMAP, Linux 5.4)
    const words = Math.max(at(sq + 6) + sqEntries, at(cq + 5) + cqEntries * CQE_WORDS);
    const rings = calls.map(words * Uint32Array.BYTES_PER_ELEMENT, fd, 0);
    const requests = calls.map(sqEntries * REQUEST_WORDS * Uint32Array.BYTES_PER_ELEMENT, fd, IORING_OFF_SQES);
    this.calls = calls;
    this.fd = fd;
    this.words = new Uint32Array(requests.memory);
    this.#entries = sqEntries;
    this.#mappings = [rings, requests];
    this.#ring = new Uint32Array(rings.memory);
    this.#signed = new Int32Array(rings.memory);
    this.#sqTail = at(sq + 1);
    this.#cqHead = at(cq);
    this.#cqTail = at(cq + 1);
    this.#cqes = at(cq + 5);
    this.#cqMask = cqEntries - 1;
    // the first record has the address of the second; `buffer` is what takes so small an array out of V8's heap, where it would move
    const patience = calls.addressOf(new Uint8Array(this.#patience.buffer));
    this.#patience[2] = patience + 24n;
    this.#patienceAddress = Number(patience);
    const places = at(sq + 6);
    for (let i = 0; i < sqEntries; i++) this.#ring[places + i] = i;
  }

  /**
   * A ring for so many requests at a time and so many results that nobody has looked at, powers of two; null where the system, its
   * rules, its C library or what is installed do not allow it.
   */
  static async open(requests: number, results: number, flags = 0): Promise<IoRing | null> {
    // the records are those of little-endian machines with 64-bit pointers
    if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) return null;
    try {
      const calls = await loadKernelCalls();
      const params = new Uint32Array(PARAMS_WORDS);
      params[PARAMS.cqEntries] = results;
      params[PARAMS.flags] = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_CQSIZE | flags;
      const fd = calls.setup(requests, params);
      return fd < 0 ? null : new IoRing(calls, fd, params);
    } catch {
      return null;
    }
  }

  /** Whether as many requests are filled in as there is room for. */
  get isFull(): boolean {
    return this.#filled === this.#entries;
  }

  /**
   * Where the next request is to be written: an index of {@link words}, {@link REQUEST_WORDS} words. They hold what was last written
   * there.
   */
  next(): number {
    const tail = (this.#ring[this.#sqTail] as number) + this.#filled++;
    return (tail & (this.#entries - 1)) * REQUEST_WORDS;
  }

  /**
   * Hands over what was filled in, and lets the kernel work until there are `complete` results more. False where it cannot: then the
   * ring is not to be used any more.
   */
  enter(complete: number): boolean {
    const ring = this.#ring;
    let left = this.#filled;
    this.#filled = 0;
    if (left > 0) ring[this.#sqTail] = (ring[this.#sqTail] as number) + left;
    do {
      const taken = this.calls.enter(this.fd, left, complete, IORING_ENTER_GETEVENTS);
      if (taken > 0) left -= taken;
      // results that nobody has looked at block nothing here: there is room for more of them than there are requests
      if (taken < 0 && ![EINTR, EAGAIN, EBUSY].includes(this.calls.errno())) return false;
    } while (left > 0);
    return true;
  }

  /**
   * Lets the kernel work until there are `complete` results more, for this many microseconds at most, under a second. The thread sleeps
   * meanwhile, and is not woken for each result. Hands nothing over: what was filled in goes with the next {@link enter}.
   */
  await(complete: number, forUs: number): void {
    if (forUs !== this.#patienceUs) this.#patience[4] = BigInt(forUs * 1000);
    this.#patienceUs = forUs;
    const flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
    this.calls.enter(this.fd, 0, complete, flags, this.#patienceAddress, 24);
  }

  /** Tells the results that are there, at most so many; answers how many. */
  reap(onResult: OnResult, most: number): number {
    const ring = this.#ring;
    let head = ring[this.#cqHead] as number;
    // a thread of the kernel's may be adding to them just now, and what it wrote must be seen before its word that it is there
    const tail = Atomics.load(ring, this.#cqTail);
    let count = 0;
    for (; head !== tail && count < most; count++) {
      const at = this.#cqes + (head & this.#cqMask) * CQE_WORDS;
      const request = ring[at] as number;
      const result = this.#signed[at + 2] as number;
      const flags = ring[at + 3] as number;
      head = (head + 1) >>> 0;
      // before it is told, so that whoever hears of it may use the ring
      ring[this.#cqHead] = head;
      onResult(request, result, flags);
    }
    return count;
  }

  /** Gives the ring back to the system; it may not be used any more. Once: its number may be another file's afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const mapping of this.#mappings) mapping.unmap();
    this.calls.close(this.fd);
  }
}
