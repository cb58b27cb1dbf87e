/** Files a process needs beside its connections: libraries, pipes, timers. */
const FILES_KEPT_FREE = 200;
/** Above this many connections one event loop becomes the limit. */
const DEVICES_PER_PROCESS = 15_000;
/** Where the system does not tell its limit: macOS's and most servers' default. */
const ASSUMED_FILE_LIMIT = 1_024;

/** How many connections one process may hold, by its limit of open files (null: not known). */
export const connectionsPerProcess = (openFileLimit: number | null): number =>
  Math.max(1, (openFileLimit ?? ASSUMED_FILE_LIMIT) - FILES_KEPT_FREE);

/** Most workers of a local platform. */
export const MAX_PLATFORM_WORKERS = 256;

/** The part of a worker's connections that is planned with: those that were kicked linger, and newer ones are there already. */
const WORKER_SHARE = 0.985;

/**
 * How many workers a local platform takes for so many devices: one while it holds them with ease, else as few as their open files
 * allow: the cores are shared anyway, and each process costs its memory.
 */
export const platformWorkers = (devices: number, openFileLimit: number | null): number => {
  const most = connectionsPerProcess(openFileLimit);
  if (devices <= Math.min(DEVICES_PER_PROCESS, most)) return 1;
  return Math.max(2, Math.ceil(devices / Math.max(1, Math.floor(most * WORKER_SHARE))));
};

/** How many files a process has to be allowed to hold so many connections. */
export const filesFor = (connections: number): number => connections + FILES_KEPT_FREE;

/**
 * How many processes a fleet takes: as few as its connections allow, because each costs memory and start-up; but where one is not
 * enough, as many as there are cores for them.
 */
export const fleetProcesses = (devices: number, openFileLimit: number | null, cores = 1): number => {
  const least = Math.ceil(devices / Math.min(DEVICES_PER_PROCESS, connectionsPerProcess(openFileLimit)));
  return least > 1 ? Math.max(least, cores) : least;
};
