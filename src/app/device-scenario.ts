import { setImmediate } from "node:timers/promises";
import type { DeviceIndex } from "../domain/device.js";
import { type ScenarioTurn, takenBy } from "../domain/scenario.js";
import { type Clock, type Micros, micros } from "../domain/time.js";
import { sleepUntil } from "./sleep.js";

/** What a scenario does to one process's devices. */
export type ScenarioOptions = {
  readonly deviceCount: number;
  /** The number within the fleet of the process's first device. */
  readonly firstDevice: DeviceIndex;
  readonly clock: Clock;
  readonly isOnline: (device: DeviceIndex) => boolean;
  /** Ends a device's connection; `abruptly` without a word. It comes back by itself, unless it is `held`. */
  readonly leave: (device: DeviceIndex, abruptly: boolean, held: boolean) => void;
  /** A device that was held may come back, not before `at`. */
  readonly comeBack: (device: DeviceIndex, at: Micros) => void;
  /** The least time between the end of a device's connection and its next login. */
  readonly rest: Micros;
};

/** What became of a turn at one process's devices: how many were online and taken, and when the last of them was. */
export type PlayedTurn = { readonly taken: number; readonly lastAt: Micros | null };

/** What became of a turn at all processes together. */
export const mergePlayed = (parts: readonly PlayedTurn[]): PlayedTurn => {
  const last = Math.max(0, ...parts.map(({ lastAt }) => lastAt ?? 0));
  return { taken: parts.reduce((sum, { taken }) => sum + taken, 0), lastAt: last === 0 ? null : micros(last) };
};

/** Devices taken in one turn of the event loop: what arrives for the others is read in between. */
const TAKEN_PER_TURN = 256;

/** Plays the turns of a scenario at one process's devices, each at the moment that all processes share. */
export class DeviceScenario implements Disposable {
  readonly #options: ScenarioOptions;
  readonly #stop = new AbortController();

  constructor(options: ScenarioOptions) {
    this.#options = options;
  }

  /** Plays a turn to its end; stops where it is when disposed of. Devices that are offline at the moment are left alone. */
  async play(turn: ScenarioTurn): Promise<PlayedTurn> {
    const { clock, isOnline, leave, comeBack, rest } = this.#options;
    const { signal } = this.#stop;
    const chosen = this.#chosen(turn);
    const isHeld = turn.returnAt !== null;
    const left: { readonly device: DeviceIndex; readonly at: Micros }[] = [];
    if (await sleepUntil(turn.leaveAt, clock, signal)) {
      await this.#each(chosen, (device) => {
        if (!isOnline(device)) return;
        leave(device, !isHeld, isHeld);
        left.push({ device, at: clock() });
      });
    }
    let lastAt = left.at(-1)?.at ?? null;
    if (turn.returnAt !== null && (await sleepUntil(turn.returnAt, clock, signal))) {
      if (left.length > 0) lastAt = clock();
      await this.#each(left, ({ device, at }) => comeBack(device, micros(at + rest)));
    }
    return { taken: left.length, lastAt };
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  #chosen(turn: ScenarioTurn): DeviceIndex[] {
    const { deviceCount, firstDevice } = this.#options;
    const isTaken = takenBy(turn);
    const chosen: DeviceIndex[] = [];
    for (let device = 0; device < deviceCount; device++) if (isTaken(firstDevice + device)) chosen.push(device);
    return chosen;
  }

  async #each<T>(items: readonly T[], act: (item: T) => void): Promise<void> {
    for (let i = 0; i < items.length && !this.#stop.signal.aborted; i++) {
      act(items[i] as T);
      if (i % TAKEN_PER_TURN === TAKEN_PER_TURN - 1) await setImmediate();
    }
  }
}
