import type { CarriedSession } from "./carried-session.js";
import type { WorkerLink } from "./worker-link.js";

/** Which worker holds each device, and how devices change hands, one move of a device after the other. */
export type Moves = {
  /** Does something with the worker that holds a device: at once, or after the move that is under way. */
  withHolder(serial: number, work: (worker: number) => void): void;
  /**
   * Gives a device to a worker and says so within the call, before anything else can happen to the device: with what its former
   * holder had to hand over, or null where it was this worker's already.
   */
  move(
    serial: number,
    worker: number,
    keepSession: boolean,
    moved: (handedOver: { readonly session: CarriedSession | null } | null) => void,
  ): void;
};

/** Who holds a device that never moved: device i mod n, as clients spread their devices over endpoints. Serials begin at 1. */
export const firstHolder = (serial: number, workers: number): number => (serial - 1) % workers;

/** Nothing has moved yet. */
export const createMoves = (links: readonly Pick<WorkerLink, "ask">[]): Moves => {
  let movedTo = new Uint16Array(1024); // 0: never moved; else the worker's number and 1
  const underWay = new Map<number, (() => void)[]>();

  const holderOf = (serial: number): number => {
    const moved = movedTo[serial] ?? 0;
    return moved === 0 ? firstHolder(serial, links.length) : moved - 1;
  };

  const setHolder = (serial: number, worker: number): void => {
    if (serial >= movedTo.length) {
      const grown = new Uint16Array(Math.max(serial + 1, movedTo.length * 2));
      grown.set(movedTo);
      movedTo = grown;
    }
    movedTo[serial] = worker + 1;
  };

  const withHolder: Moves["withHolder"] = (serial, work) => {
    const queue = underWay.get(serial);
    if (queue === undefined) work(holderOf(serial));
    else queue.push(() => withHolder(serial, work));
  };

  return {
    withHolder,
    move: (serial, worker, keepSession, moved) =>
      withHolder(serial, (holder) => {
        if (holder === worker) {
          moved(null);
          return;
        }
        underWay.set(serial, []);
        links[holder]?.ask("release", { device: serial, keepSession }, (session) => {
          const queue = underWay.get(serial) ?? [];
          underWay.delete(serial);
          setHolder(serial, worker);
          moved({ session });
          for (const waiting of queue) waiting(); // the first that moves the device again makes the rest wait for that
        });
      }),
  };
};
