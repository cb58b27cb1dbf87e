/** Attempts under way at once, of one process and of the whole fleet: enough to keep a platform busy, too few to wait long for it. */
const OF_PROCESS = 256;
const OF_FLEET = 2_048;
/** With fewer a process would wait for each answer. */
const AT_LEAST = 8;

/** How many attempts to connect one of so many processes has under way at once. */
export const loginWindow = (processes: number): number =>
  Math.max(AT_LEAST, Math.min(OF_PROCESS, Math.floor(OF_FLEET / processes)));
