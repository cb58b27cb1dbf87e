/** Linux's numbers, the same on all its processors from 5.1 on. [io_uring_setup(2)] [io_uring_enter(2)] [io_uring_register(2)] */
const SYS_IO_URING_SETUP = 425;
const SYS_IO_URING_ENTER = 426;
const SYS_IO_URING_REGISTER = 427;
const PROT_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 0x8001;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FAILED = 2n ** 64n - 1n;
const EFD_CLOEXEC_NONBLOCK = 0x80800;
const CLOCK_THREAD_CPUTIME_ID = 3;

/** Memory of the kernel's or outside of V8's, until it is unmapped: then nothing may touch it. */
export type Mapping = { readonly memory: ArrayBuffer; readonly address: bigint; unmap(): void };

/** The C functions that io_uring takes. Those that answer a number answer -1 where they fail; {@link KernelCalls.errno} says why. */
export type KernelCalls = {
  setup(entries: number, params: Uint32Array): number;
  enter(fd: number, submit: number, complete: number, flags: number, argument?: number, length?: number): number;
  register(fd: number, operation: number, argument: Uint32Array, count: number): number;
  /** A ring's memory. Throws where there is none. */
  map(length: number, fd: number, offset: number): Mapping;
  /** Memory of its own, page-aligned. Throws where there is none. */
  allocate(length: number): Mapping;
  /** The address of memory that must be kept referenced while the kernel uses it. */
  addressOf(memory: Uint8Array): bigint;
  eventfd(): number;
  /** CPU time that the calling thread has used, µs. [clock_gettime(2)] */
  threadCpuUs(): number;
  errno(): number;
  close(fd: number): void;
};

/** Loads them. Fails where koffi is not installed or the C library is another than glibc. */
export const loadKernelCalls = async (): Promise<KernelCalls> => {
  const koffi = await import("koffi");
  const library = koffi.load("libc.so.6");
  const setup = library.func("long syscall(long number, uint32_t entries, void *params)");
  const enter = library.func(
    "long syscall(long number, int fd, uint32_t n, uint32_t m, uint32_t flags, long a, long b)",
  );
  const register = library.func(
    "long syscall(long number, int fd, uint32_t operation, void *argument, uint32_t count)",
  );
  const mmap = library.func("void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)");
  const munmap = library.func("int munmap(void *at, size_t length)");
  const eventfd = library.func("int eventfd(uint32_t value, int flags)");
  const close = library.func("int close(int fd)");
  const clockGetTime = library.func("int clock_gettime(int clock, void *time)");
  const time = new BigInt64Array(2);
  const map = (length: number, flags: number, fd: number, offset: number): Mapping => {
    const at: unknown = mmap(null, length, PROT_READ_WRITE, flags, fd, offset);
    const address = koffi.address(at);
    if (address === MAP_FAILED) throw new Error("no memory for the rings");
    return { memory: koffi.view(at, length), address, unmap: () => void munmap(at, length) };
  };
  return {
    setup: (entries, params) => Number(setup(SYS_IO_URING_SETUP, entries, params)),
    enter: (fd, submit, complete, flags, argument = 0, length = 0) =>
      Number(enter(SYS_IO_URING_ENTER, fd, submit, complete, flags, argument, length)),
    register: (fd, operation, argument, count) =>
      Number(register(SYS_IO_URING_REGISTER, fd, operation, argument, count)),
    map: (length, fd, offset) => map(length, MAP_SHARED_POPULATE, fd, offset),
    allocate: (length) => map(length, MAP_PRIVATE_ANONYMOUS, -1, 0),
    addressOf: (memory) => koffi.address(memory),
    eventfd: () => eventfd(0, EFD_CLOEXEC_NONBLOCK),
    threadCpuUs: () => {
      clockGetTime(CLOCK_THREAD_CPUTIME_ID, time);
      return Number(time[0]) * 1e6 + Number(time[1]) / 1000;
    },
    errno: () => koffi.errno(),
    close: (fd) => void close(fd),
  };
};
