/** Linux's numbers, the same on all its processors from 5.1 on. [io_uring_setup(2)] [io_uring_enter(2)] */
const SYS_IO_URING_SETUP = 425;
const SYS_IO_URING_ENTER = 426;
const IORING_ENTER_GETEVENTS = 1;
const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
const IORING_OFF_SQES = 0x1000_0000;
const PROT_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 0x8001;
const MAP_FAILED = 2n ** 64n - 1n;
const EINTR = 4;

/** The length of a request, in 32-bit words. */
export const REQUEST_WORDS = 16;

/** Sizes of the kernel's other records, in 32-bit words. */
const PARAMS_WORDS = 30;
const CQE_WORDS = 4;

/** Where io_uring_params tells of the rings, in 32-bit words. */
const PARAMS = { flags: 2, sqOffsets: 10, cqOffsets: 20 } as const;

/** Memory shared with the kernel, until it is unmapped: then nothing may touch it. */
type Mapping = { readonly memory: ArrayBuffer; unmap(): void };

/** The C functions that are needed, as they are called. */
type Libc = {
  setup(entries: number, params: Uint32Array): number;
  enter(fd: number, submit: number, complete: number): number;
  map(length: number, fd: number, offset: number): Mapping;
  addressOf(memory: Uint8Array): bigint;
  errno(): number;
  close(fd: number): void;
};

const loadLibc = async (): Promise<Libc> => {
  const koffi = await import("koffi");
  const library = koffi.load("libc.so.6");
  const setup = library.func("long syscall(long number, uint32_t entries, void *params)");
  const enter = library.func(
    "long syscall(long number, int fd, uint32_t n, uint32_t m, uint32_t flags, long a, long b)",
  );
  const mmap = library.func("void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)");
  const munmap = library.func("int munmap(void *at, size_t length)");
  const close = library.func("int close(int fd)");
  return {
    setup: (entries, params) => Number(setup(SYS_IO_URING_SETUP, entries, params)),
    enter: (fd, submit, complete) =>
      Number(enter(SYS_IO_URING_ENTER, fd, submit, complete, IORING_ENTER_GETEVENTS, 0, 0)),
    map: (length, fd, offset) => {
      const at: unknown = mmap(null, length, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
      if (koffi.address(at) === MAP_FAILED) throw new Error("no memory for the rings");
      return { memory: koffi.view(at, length), unmap: () => void munmap(at, length) };
    },
    addressOf: (memory) => koffi.address(memory),
    errno: () => koffi.errno(),
    close: (fd) => void close(fd),
  };
};

/**
 * A ring of requests shared with the kernel (io_uring): many are filled in, one system call does them all. Used synchronously only:
 * what is submitted is over when {@link SubmissionRing.submit} returns, so nothing it refers to need live longer.
 */
export class SubmissionRing {
  readonly entries: number;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #ring: Uint32Array;
  readonly #results: Int32Array;
  readonly #requests: Uint32Array;
  readonly #sqTail: number;
  readonly #cqHead: number;
  readonly #cqTail: number;
  readonly #cqes: number;
  readonly #cqMask: number;
  readonly #mappings: readonly Mapping[];
  #filled = 0;

  private constructor(libc: Libc, fd: number, entries: number, params: Uint32Array) {
    const at = (place: number): number => (params[place] as number) / Uint32Array.BYTES_PER_ELEMENT;
    const [sq, cq] = [PARAMS.sqOffsets, PARAMS.cqOffsets];
    const [sqEntries, cqEntries] = [params[0] as number, params[1] as number];
    // one mapping holds both rings (IORING_FEAT_SINGLE_MMAP, Linux 5.4; SINGLE_ISSUER is younger)
    const words = Math.max(at(sq + 6) + sqEntries, at(cq + 5) + cqEntries * CQE_WORDS);
    const rings = libc.map(words * Uint32Array.BYTES_PER_ELEMENT, fd, 0);
    const requests = libc.map(sqEntries * REQUEST_WORDS * Uint32Array.BYTES_PER_ELEMENT, fd, IORING_OFF_SQES);
    this.#mappings = [rings, requests];
    this.entries = entries;
    this.#libc = libc;
    this.#fd = fd;
    this.#ring = new Uint32Array(rings.memory);
    this.#results = new Int32Array(rings.memory);
    this.#requests = new Uint32Array(requests.memory);
    this.#sqTail = at(sq + 1);
    this.#cqHead = at(cq);
    this.#cqTail = at(cq + 1);
    this.#cqes = at(cq + 5);
    this.#cqMask = cqEntries - 1;
    const places = at(sq + 6);
    for (let i = 0; i < sqEntries; i++) this.#ring[places + i] = i;
  }

  /** A ring for so many requests at a time, a power of two; null where the system, its rules or its C library do not allow it. */
  static async open(entries: number): Promise<SubmissionRing | null> {
    // the records below are of little-endian machines with 64-bit pointers
    if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) return null;
    try {
      const libc = await loadLibc();
      const params = new Uint32Array(PARAMS_WORDS);
      params[PARAMS.flags] = IORING_SETUP_SINGLE_ISSUER;
      const fd = libc.setup(entries, params);
      return fd < 0 ? null : new SubmissionRing(libc, fd, entries, params);
    } catch {
      return null;
    }
  }

  /** The address of memory that must be kept referenced while requests use it. */
  addressOf(memory: Uint8Array): bigint {
    return this.#libc.addressOf(memory);
  }

  /**
   * Where the next request is to be written: an index of {@link words}, {@link REQUEST_WORDS} words. They hold what was last written
   * there.
   */
  next(): number {
    const tail = (this.#ring[this.#sqTail] as number) + this.#filled++;
    return (tail & (this.entries - 1)) * REQUEST_WORDS;
  }

  /** The memory of the requests. */
  get words(): Uint32Array {
    return this.#requests;
  }

  /**
   * Does what was filled in and tells each result with the request's own number (word 8): 0 or more, or a negative error number.
   * Answers false where some came back without a result, which leaves the ring unusable.
   */
  submit(onResult: (request: number, result: number) => void): boolean {
    const wanted = this.#filled;
    this.#filled = 0;
    const ring = this.#ring;
    Atomics.store(ring, this.#sqTail, ((ring[this.#sqTail] as number) + wanted) >>> 0);
    let submitted = 0;
    let done = 0;
    while (done < wanted) {
      const count = this.#libc.enter(this.#fd, wanted - submitted, wanted - done);
      if (count < 0 && this.#libc.errno() !== EINTR) return false;
      if (count > 0) submitted += count;
      let head = ring[this.#cqHead] as number;
      const tail = Atomics.load(ring, this.#cqTail);
      for (; head !== tail; head = (head + 1) >>> 0) {
        const at = this.#cqes + (head & this.#cqMask) * CQE_WORDS;
        onResult(ring[at] as number, this.#results[at + 2] as number);
        done++;
      }
      Atomics.store(ring, this.#cqHead, head);
    }
    return true;
  }

  /** Gives the ring back to the system; it may not be used any more. */
  close(): void {
    for (const mapping of this.#mappings) mapping.unmap();
    this.#libc.close(this.#fd);
  }
}
