/**
 * What a fleet costs a machine. Measured on Linux with Node 20, on one machine and rounded up, where nothing else is said:
 * estimates to plan with, not promises.
 */

/** A Node process of this program before it holds anything, bytes. */
export const PROCESS_BYTES = 35_000_000;

/** A connection in the fleet's process, its part of the kernel included, bytes: half of what a connected pair took, 10 to 11 KB. */
export const FLEET_CONNECTION_BYTES = 5_500;

/** The same connection's other end in the local platform, bytes. */
export const PLATFORM_CONNECTION_BYTES = 5_500;

/** What the leading process keeps of a device, bytes. */
export const COORDINATOR_DEVICE_BYTES = 40;

/**
 * What the kernel counts for a message that waits in a socket, beside its bytes. Inferred from the sizes of a socket buffer
 * and of the smallest page fragment behind it, not measured.
 */
export const WAITING_MESSAGE_BYTES = 1_280;

/** Threads of a Node process: its own, V8's, the pool for files and names, and a few to spare. */
export const THREADS_PER_PROCESS = 12;

/** Files of the machine that a process needs beside its connections. */
export const FILES_PER_PROCESS = 50;

/** Connects a second, signed by the fleet and verified by a local platform, both on the same two cores. */
export const USUAL_CONNECT_RATE = 5_000;
