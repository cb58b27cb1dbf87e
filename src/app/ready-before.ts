import { micros } from "../domain/time.js";

/**
 * How long before it is due a broadcast is made ready: nearly everywhere longer than it takes to connect, and too short for a server
 * to close a connection on which nothing came yet.
 */
export const READY_BEFORE = micros(1_000_000);
