import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collections until what only waited to be collected is gone. */
const ROUNDS = 3;

/** What is alive after garbage collection, bytes: the heap and the buffers beside it. */
export const liveBytes = async (): Promise<number> => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < ROUNDS; i++) {
    await nextTurn(); // closed streams say so in a later turn
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
