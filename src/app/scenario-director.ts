import { lastMomentOf, leadOf, type Scenario, scenarioTurn } from "../domain/scenario.js";
import { type Clock, type Micros, micros } from "../domain/time.js";
import type { PlayedTurn } from "./device-scenario.js";
import type { ShardedFleet } from "./sharded-fleet.js";
import { sleep } from "./sleep.js";

/** What a run's scenario works with. */
export type DirectedScenario = {
  readonly scenario: Scenario;
  /** Devices of the whole fleet. */
  readonly fleet: number;
  /** The least time between the end of a device's connection and its next login. */
  readonly rest: Micros;
  /** How long a broadcast waits for those that the turn before it took. */
  readonly patience: Micros;
};

/** A turn under way. */
export type Playing = {
  /** When its last moment has come: before, its broadcast must not settle. */
  readonly openUntil: Micros;
  /** Null where the run was stopped before it was over. Never rejects. */
  readonly played: Promise<PlayedTurn | null>;
};

/** From telling the fleet's processes to the first moment, at least. */
const NOTICE = micros(50_000);
/** How often it is looked whether the fleet is whole again. */
const LOOK = micros(20_000);

/** Times the turns of a run's scenario by its broadcasts, one a broadcast. */
export class ScenarioDirector {
  readonly #directed: DirectedScenario;
  readonly #fleet: ShardedFleet;
  readonly #clock: Clock;
  #turns = 0;
  /** Devices that were away before the first turn. */
  #away = 0;

  constructor(directed: DirectedScenario, fleet: ShardedFleet, clock: Clock) {
    this.#directed = directed;
    this.#fleet = fleet;
    this.#clock = clock;
  }

  /** Waits until those that the last turn took are back or given up, or patience is over. */
  async gather(signal: AbortSignal): Promise<void> {
    if (this.#turns === 0) {
      this.#away = this.#fleet.awaited;
      return;
    }
    const until = this.#clock() + this.#directed.patience;
    while (this.#fleet.awaited > this.#away && this.#clock() < until && !signal.aborted) await sleep(LOOK, signal);
  }

  /** The first moment that a broadcast may be due whose turn is begun now. */
  earliestDue(): Micros {
    const { scenario, rest } = this.#directed;
    return micros(this.#clock() + leadOf(scenario, rest) + NOTICE);
  }

  /** Has the next turn played around a broadcast that is due then. */
  begin(dueAt: Micros, signal: AbortSignal): Playing {
    const { scenario, fleet, rest } = this.#directed;
    const turn = scenarioTurn(scenario, this.#turns++, fleet, dueAt, rest);
    return { openUntil: lastMomentOf(turn), played: this.#fleet.play(turn, signal).catch(() => null) };
  }
}
