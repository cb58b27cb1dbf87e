import type { FleetObserver } from "../app/fleet-observer.js";
import type { JudgedResult } from "../app/judge-run.js";
import type { MeasureObserver } from "../app/measure-fanout.js";
import { summarizeFleet } from "../app/merge-reports.js";
import { summarizeBroadcast } from "../domain/summary.js";
import { type Clock, type ClockAnchor, type Micros, toUnix } from "../domain/time.js";
import { broadcastHeading, broadcastLine, fleetLine } from "../report/measure-text.js";
import { LiveView } from "./live-view.js";
import type { Output } from "./output.js";
import type { Progress } from "./progress.js";
import { resultText } from "./result-text.js";

/** What the screen needs to know to name things. */
export type ScreenSetting = {
  readonly devices: number;
  readonly processes: number;
  readonly nameOf: (device: number) => string;
  readonly anchor: ClockAnchor;
  readonly clock: Clock;
  /** How long a broadcast waits for missing receipts. */
  readonly drain: Micros;
};

/**
 * Shows a run while it happens and its result at the end: text on stdout line by line, or one JSON document. Where stderr is a
 * terminal, a view of the run is below it while it lasts; elsewhere connecting is a plain line now and then.
 */
export class MeasureScreen implements Disposable {
  readonly #output: Output;
  readonly #setting: ScreenSetting;
  #progress: Progress | null = null;
  #view: LiveView | null = null;

  constructor(output: Output, setting: ScreenSetting) {
    this.#output = output;
    this.#setting = setting;
  }

  /** Connecting begins. */
  async connecting(): Promise<void> {
    const { devices, clock, drain } = this.#setting;
    const block = this.#output.live();
    if (block === null) this.#progress = await this.#output.progress("connecting", devices);
    else this.#view = new LiveView({ block, paint: this.#output.paint.err, clock, devices, drain });
  }

  /** Something went wrong that no count shows. */
  trouble(text: string): void {
    this.#view?.trouble(text);
  }

  readonly fleetObserver: Pick<FleetObserver, "onConnecting" | "onStanding" | "onProgress"> = {
    onConnecting: (online, refused) => {
      this.#progress?.update(online, refused > 0 ? `${refused} refused` : "");
      this.#view?.standing(online, refused);
    },
    onStanding: (online, refused) => this.#view?.standing(online, refused),
    onProgress: (messageId, expected, arrived) => this.#view?.progress(messageId, expected, arrived),
  };

  readonly measureObserver: MeasureObserver = {
    onFleetOnline: (online) => {
      this.#progress?.stop();
      this.#view?.connected(online.online);
      const fleet = summarizeFleet(online, this.#setting.processes);
      const { out } = this.#output.paint;
      this.#output.result(fleetLine(out, fleet, online.seconds));
      this.#output.result(broadcastHeading(out));
    },
    onDue: (number, of, dueAt) => this.#view?.due(number, of, dueAt),
    onAccepted: ({ messageId }) => this.#view?.accepted(messageId),
    onSettled: (broadcast, number) => {
      this.#view?.settled(broadcast);
      const { nameOf, anchor } = this.#setting;
      const summary = summarizeBroadcast(broadcast, nameOf, (at) => toUnix(anchor, at));
      this.#output.result(broadcastLine(this.#output.paint.out, summary, number));
    },
  };

  /** The result, and what to do next. */
  finish({ result, failure }: JudgedResult): void {
    this[Symbol.dispose]();
    this.#output.json(result);
    this.#output.result(resultText(this.#output.paint.out, result, failure?.hint ?? null));
  }

  [Symbol.dispose](): void {
    this.#progress?.stop();
    this.#progress = null;
    this.#view?.[Symbol.dispose]();
    this.#view = null;
  }
}
