/** Files a process needs beside its connections: libraries, pipes, timers. */
const FILES_KEPT_FREE = 200;
/** Above this many connections one event loop alone becomes the limit. */
const DEVICES_OF_ONE_PROCESS = 15_000;
/** Most connections of one process among several, whatever its files allow: larger ones were never measured. */
const DEVICES_PER_PROCESS = 20_000;
/** From so many devices on, each side of a fan-out is worth more than one process: one alone is busy for long enough to be the limit. */
const BUSY_DEVICES = 10_000;
/** Where the system does not tell its limit: macOS's and most servers' default. */
const ASSUMED_FILE_LIMIT = 1_024;

/** How many connections one process may hold, by its limit of open files (null: not known). */
export const connectionsPerProcess = (openFileLimit: number | null): number =>
  Math.max(1, (openFileLimit ?? ASSUMED_FILE_LIMIT) - FILES_KEPT_FREE);

/** Most workers of a local platform. */
export const MAX_PLATFORM_WORKERS = 256;

/** The part of a process's connections that is planned with: those that were cut linger, and newer ones are there already. */
const PLANNED_SHARE = 0.985;

/**
 * How many cores each side may count on where fleet and platform run on one machine: half of them, but two as soon as there are
 * two, because sender and receiver take turns.
 */
export const coresOfOneSide = (cores: number): number => (cores === 1 ? 1 : Math.max(2, Math.floor(cores / 2)));

/**
 * How many processes so many devices take on one side of a fan-out, as a fleet or as connections of a local platform: as few as their
 * open files allow, because each costs memory and start-up; but for many devices, and where one is not enough, as many as there are
 * cores for them. Both sides go by the same rule, so that a platform's worker has its connections from one process of the fleet at a
 * time (`connectOrder`).
 */
export const processesOfOneSide = (devices: number, openFileLimit: number | null, cores = 1): number => {
  const most = connectionsPerProcess(openFileLimit);
  const worth = devices < BUSY_DEVICES ? 1 : cores;
  if (devices <= Math.min(DEVICES_OF_ONE_PROCESS, most)) return worth;
  const planned = Math.max(1, Math.floor(Math.min(DEVICES_PER_PROCESS, most) * PLANNED_SHARE));
  return Math.max(2, worth, Math.ceil(devices / planned));
};

/** How many files a process has to be allowed to hold so many connections. */
export const filesFor = (connections: number): number => connections + FILES_KEPT_FREE;
