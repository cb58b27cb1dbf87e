import type { ShardCommand, ShardLink, ShardReport, ShardTotals } from "../../src/app/shard-messages.js";
import { LatencyHistogram } from "../../src/domain/histogram.js";
import { type Micros, micros } from "../../src/domain/time.js";
import { digestOf } from "./digest-samples.js";

/** How a shard answers a command; the default answers are those of one that gets every broadcast at once. */
export type ShardScript = (command: ShardCommand, shard: ScriptedShard) => boolean;

const TOTALS: ShardTotals = {
  receipts: 0,
  reconnects: 0,
  published: 0,
  disconnects: {},
  foreign: 0,
  foreignIds: [],
  afterSettling: 0,
  latest: [],
};

/** A shard that does what the test says. `script` answers first; where it returns false the default answer is given. */
export class ScriptedShard implements ShardLink {
  readonly commands: ShardCommand[] = [];
  readonly ended: Promise<string>;
  readonly devices: number;
  readonly #script: ShardScript;
  readonly #waiting = new Map<string, () => void>();
  #handler: (report: ShardReport) => void = () => undefined;
  #end: (how: string) => void = () => undefined;

  constructor(devices: number, script: ShardScript = () => false) {
    this.devices = devices;
    this.#script = script;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** As {@link ShardedFleet} takes it. */
  get part(): { readonly link: ShardLink; readonly devices: number } {
    return { link: this, devices: this.devices };
  }

  send(command: ShardCommand): void {
    this.commands.push(command);
    // answers come later, as over a line
    queueMicrotask(() => {
      if (!this.#script(command, this)) this.answer(command);
      this.#waiting.get(command.kind)?.();
    });
  }

  onReport(handler: (report: ShardReport) => void): void {
    this.#handler = handler;
  }

  /** Resolves when a command of this kind was answered. */
  asked(kind: ShardCommand["kind"]): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(kind, resolve));
  }

  report(report: ShardReport): void {
    this.#handler(report);
  }

  async die(how = "SIGKILL"): Promise<void> {
    this.#end(how);
    await this.ended;
  }

  connected(
    online = this.devices,
    failed: Record<string, number> = {},
    startedAt = 1000,
    lastOnlineAt = 2_001_000,
  ): void {
    const connect = new LatencyHistogram();
    for (let i = 0; i < online; i++) connect.record(micros(10 * (i + 1)));
    this.report({
      kind: "connected",
      online,
      failed,
      failedTexts: Object.fromEntries(Object.keys(failed).map((reason) => [reason, `text of ${reason}`])),
      failedDevices: Object.keys(failed).map((_, i) => i),
      connect: connect.snapshot(),
      startedAt: micros(startedAt),
      lastOnlineAt: online === 0 ? null : micros(lastOnlineAt),
    });
  }

  progress(messageId: string, outstanding: number, lastReceiptAt: Micros | null, expected = this.devices): void {
    this.report({ kind: "progress", messageId, expected, outstanding, lastReceiptAt });
  }

  answer(command: ShardCommand): void {
    switch (command.kind) {
      case "prepare":
        this.report({ kind: "prepared" });
        break;
      case "connect":
        this.connected();
        break;
      case "expect":
        this.report({ kind: "expecting", expected: this.devices });
        break;
      case "accepted":
        this.progress(command.messageId, 0, command.sentAt);
        break;
      case "settle":
        this.report({
          kind: "digest",
          digest: digestOf(Array(this.devices).fill(1000), command.messageId),
          load: null,
          arrivals: null,
        });
        break;
      case "stop":
        this.stopped({});
        break;
      case "scenario":
        this.report({ kind: "played", turn: command.turn.number, taken: 1, lastAt: command.turn.leaveAt });
        break;
      case "live":
        break;
    }
  }

  stopping(totals: Partial<ShardTotals>): void {
    this.report({ kind: "stopping", ...TOTALS, ...totals });
  }

  stopped(totals: Partial<ShardTotals>): void {
    this.report({ kind: "stopped", ...TOTALS, ...totals });
  }
}
