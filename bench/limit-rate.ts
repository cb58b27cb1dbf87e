import { cpus } from "node:os";
import { grouped } from "../src/domain/counted.js";
import type { LimitFigures, LimitProgram, LimitShape } from "./limit-program.js";

/** Of a process, beside its connections. */
const SPARE_FILES = 64;

const TRIAL_ROUNDS = 3;

const MODES = ["epoll", "io_uring"] as const;

/** Packets a second at one number of connections; null where the machine does not allow the mode. */
export type LimitRates = { readonly [mode in LimitShape["mode"]]: number | null };

/** A limit whose shape was found by trying. */
export type Limit = {
  /** Measures the best shape of each mode once more. */
  measure(rounds: number): Promise<LimitRates>;
  /** Which shapes won, and which modes are not allowed here. */
  readonly notes: readonly string[];
};

const shapeText = ({ mode, writers, readers, pinned }: LimitShape): string =>
  `${mode}, ${writers} writers, ${readers} readers${pinned ? ", each on one core" : ""}`;

/** One of each, one a core, as many as the files need and twice that; free, and kept on a core where there is one for each. */
const shapesFor = (mode: LimitShape["mode"], connections: number, files: number): readonly LimitShape[] => {
  const fewest = Math.ceil(connections / (files - SPARE_FILES));
  const counts = new Set([1, cpus().length, fewest, 2 * fewest].filter((count) => count >= fewest));
  return [...counts].flatMap((count) => {
    const shape = { mode, writers: count, readers: count };
    return count === 1 ? [{ ...shape, pinned: false }] : [true, false].map((pinned) => ({ ...shape, pinned }));
  });
};

/** Tries shapes with `connections` and a packet of so many bytes, and keeps the fastest of each mode. */
export const findLimit = async (program: LimitProgram, connections: number, bytes: number): Promise<Limit> => {
  const best = new Map<LimitShape["mode"], LimitShape>();
  const notes: string[] = [];
  for (const mode of MODES) {
    let most = 0;
    for (const shape of shapesFor(mode, connections, program.files)) {
      const found: LimitFigures | string = await program.measure(shape, connections, bytes, TRIAL_ROUNDS);
      if (typeof found === "string") {
        notes.push(found);
        break;
      }
      if (found.deliveriesPerSecond <= most) continue;
      most = found.deliveriesPerSecond;
      best.set(mode, shape);
    }
  }
  notes.push(...[...best.values()].map((shape) => `limit of ${grouped(connections)}: ${shapeText(shape)}`));
  const rateOf = async (mode: LimitShape["mode"], rounds: number): Promise<number | null> => {
    const shape = best.get(mode);
    if (shape === undefined) return null;
    const found = await program.measure(shape, connections, bytes, rounds);
    return typeof found === "string" ? null : found.deliveriesPerSecond;
  };
  return {
    notes,
    measure: async (rounds) => ({ epoll: await rateOf("epoll", rounds), io_uring: await rateOf("io_uring", rounds) }),
  };
};
