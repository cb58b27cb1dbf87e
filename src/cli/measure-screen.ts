import type { FleetObserver } from "../app/fleet-observer.js";
import type { JudgedResult } from "../app/judge-run.js";
import type { MeasureObserver } from "../app/measure-fanout.js";
import { summarizeFleet } from "../app/merge-reports.js";
import { summarizeBroadcast } from "../domain/summary.js";
import { type ClockAnchor, toUnix } from "../domain/time.js";
import { broadcastHeading, broadcastLine, fleetLine, summaryText } from "../report/measure-text.js";
import { nextStep } from "./next-step.js";
import type { Output } from "./output.js";
import type { Progress } from "./progress.js";
import { escapeControls, escapeWithin } from "./terminal.js";

/** What the screen needs to know to name things. */
export type ScreenSetting = {
  readonly devices: number;
  readonly processes: number;
  readonly nameOf: (device: number) => string;
  readonly anchor: ClockAnchor;
};

/** Shows a run while it happens and its result at the end: text on stdout line by line, or one JSON document. */
export class MeasureScreen implements Disposable {
  readonly #output: Output;
  readonly #setting: ScreenSetting;
  #progress: Progress | null = null;

  constructor(output: Output, setting: ScreenSetting) {
    this.#output = output;
    this.#setting = setting;
  }

  /** Connecting begins. */
  async connecting(): Promise<void> {
    this.#progress = await this.#output.progress("connecting", this.#setting.devices);
  }

  readonly fleetObserver: Pick<FleetObserver, "onConnecting" | "onProgress"> = {
    onConnecting: (online, refused) => this.#progress?.update(online, refused > 0 ? `${refused} refused` : ""),
    onProgress: (_messageId, _expected, arrived) => this.#progress?.update(arrived),
  };

  readonly measureObserver: MeasureObserver = {
    onFleetOnline: (online) => {
      this.#progress?.stop();
      const fleet = summarizeFleet(online, this.#setting.processes);
      const { out } = this.#output.paint;
      this.#output.result(fleetLine(out, fleet, online.seconds));
      this.#output.result(broadcastHeading(out));
    },
    onSettled: (broadcast, number) => {
      const { nameOf, anchor } = this.#setting;
      const summary = summarizeBroadcast(broadcast, nameOf, (at) => toUnix(anchor, at));
      this.#output.result(broadcastLine(this.#output.paint.out, summary, number));
    },
  };

  /** The result, and what to do next. */
  finish({ result, failure }: JudgedResult): void {
    this[Symbol.dispose]();
    this.#output.json(result);
    const next = escapeControls(nextStep(result, failure?.hint ?? null));
    this.#output.result(summaryText(this.#output.paint.out, escapeWithin(result), next));
  }

  [Symbol.dispose](): void {
    this.#progress?.stop();
    this.#progress = null;
  }
}
