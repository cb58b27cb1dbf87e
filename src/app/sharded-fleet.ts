import type { RecordedArrivals } from "../domain/arrivals.js";
import type { Acceptance, Message } from "../domain/broadcast.js";
import { IotbError } from "../domain/errors.js";
import { type FanoutDigest, mergeDigests, unknownDigest } from "../domain/fanout.js";
import type { ShardLoad } from "../domain/generator.js";
import type { ScenarioTurn } from "../domain/scenario.js";
import type { SettlingRule } from "../domain/settling.js";
import { type Clock, type Micros, micros } from "../domain/time.js";
import { awaitSettling } from "./await-settling.js";
import { mergePlayed, type PlayedTurn } from "./device-scenario.js";
import type { FleetObserver } from "./fleet-observer.js";
import { type FleetOnline, mergeConnectReports, mergeTotals } from "./merge-reports.js";
import type { ShardCommand, ShardLink, ShardReport, ShardTotals } from "./shard-messages.js";
import { arrivedOf, type ShardProgress, standingOf } from "./shard-progress.js";
import { type ShardState, stateOf, sumOf } from "./shard-state.js";

/** How long the shards may take to stop before their last word is taken as their totals: at least so long, and longer for each device. */
const STOP_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS_PER_DEVICE = 0.25;

/** The fleet as a whole: speaks to its shards, whatever processes or machines they are in, and adds up what they say. */
export class ShardedFleet {
  readonly #clock: Clock;
  readonly #observer: FleetObserver;
  readonly #shards: readonly ShardState[];
  readonly #progress = new Map<string, Map<ShardState, ShardProgress>>();
  readonly #waiters = new Set<(shard: ShardState, report: ShardReport | null) => void>();
  #stopping = false;
  #failure: IotbError | null = null;
  #mostOnline = 0;

  /** `devices` is how many devices each link's shard holds. */
  constructor(
    shards: readonly { readonly link: ShardLink; readonly devices: number }[],
    clock: Clock,
    observer: FleetObserver,
  ) {
    this.#clock = clock;
    this.#observer = observer;
    this.#shards = shards.map(stateOf);
    this.#shards.forEach((shard, number) => {
      shard.link.onReport((report) => this.#heard(shard, report));
      void shard.link.ended.then((how) => {
        // one that said that it could not be made has told enough
        if (shard.alive && !this.#stopping) this.#observer.onShardDied?.(number, how);
        shard.alive = false;
        for (const waiter of this.#waiters) waiter(shard, null);
      });
    });
  }

  /** Devices whose process is gone. */
  get lostDevices(): number {
    return sumOf(this.#shards, ({ alive, devices }) => (alive ? 0 : devices));
  }

  /** Devices online now, as far as the shards have said. */
  get online(): number {
    return sumOf(this.#shards, ({ alive, online }) => (alive ? online : 0));
  }

  /** Devices that were online at the same time, at the most. */
  get mostOnline(): number {
    return this.#mostOnline;
  }

  /** Devices that are away and may still come, or come back. */
  get awaited(): number {
    return sumOf(this.#shards, ({ alive, devices, online, refused }) => (alive ? devices - online - refused : 0));
  }

  get #refused(): number {
    return sumOf(this.#shards, ({ refused }) => refused);
  }

  /** Brings every device online by one schedule, or finds that it cannot be. From then on the fleet lives: it churns and publishes. */
  async connect(signal: AbortSignal): Promise<FleetOnline> {
    await this.#ask({ kind: "prepare" }, "prepared", signal);
    // one moment for all, once none has to start up any more
    const connect = { kind: "connect", startAt: this.#clock() } as const;
    const reports = [...(await this.#ask(connect, "connected", signal)).values()];
    if (this.#failure !== null) throw this.#failure;
    this.#tell({ kind: "live", startAt: this.#clock() });
    return mergeConnectReports(
      sumOf(this.#shards, ({ devices }) => devices),
      reports,
    );
  }

  /** Announces a broadcast; resolves when every shard is ready for it, so that nothing that follows its sending is missed. */
  async expect({ productKey, topicFullName, body }: Message, signal: AbortSignal): Promise<void> {
    for (const shard of this.#shards) shard.announced = null;
    await this.#ask({ kind: "expect", productKey, topicFullName, body }, "expecting", signal);
  }

  /** Has all shards play a turn at its moment; resolves when the last one has. */
  async play(turn: ScenarioTurn, signal: AbortSignal): Promise<PlayedTurn> {
    const wanted = (report: { readonly turn: number }) => report.turn === turn.number;
    return mergePlayed([...(await this.#ask({ kind: "scenario", turn }, "played", signal, wanted)).values()]);
  }

  /** Tells the shards what was accepted and waits until it settles; an abort settles it at once. */
  async settle(
    acceptance: Acceptance,
    rule: SettlingRule,
    keepFrom: () => Micros,
    timed: boolean,
    signal: AbortSignal,
    /** It does not settle sooner than if it had been accepted then. */
    openUntil: Micros | null = null,
  ): Promise<{
    digest: FanoutDigest;
    loads: readonly (ShardLoad | null)[];
    arrivals: readonly RecordedArrivals[];
  }> {
    const { messageId, sentAt, acceptedAt, broadcast } = acceptance;
    const progress = new Map<ShardState, ShardProgress>();
    this.#progress.set(messageId, progress);
    for (const shard of this.#shards) {
      // until a shard has said who was online at sending, it may wait for anyone; if it never does, this is what stays unknown
      const announced = shard.announced ?? shard.online;
      progress.set(shard, { expected: announced, outstanding: Math.max(1, announced), lastReceiptAt: null });
    }
    this.#tell({ kind: "accepted", messageId, sentAt });
    const openAt = micros(Math.max(acceptedAt, openUntil ?? 0));
    await awaitSettling(() => ({ acceptedAt: openAt, ...standingOf(progress) }), rule, this.#clock, signal);
    const never = new AbortController().signal;
    const settledAt = this.#clock();
    const answers = await this.#ask(
      { kind: "settle", messageId, dueAt: broadcast.dueAt, settledAt, keepFrom: keepFrom(), timed },
      "digest",
      never,
      (report) => report.digest.messageId === messageId,
    );
    this.#progress.delete(messageId);
    // a shard that died after its answer has answered
    const digests = this.#shards.map(
      (shard) => answers.get(shard)?.digest ?? unknownDigest(messageId, progress.get(shard)?.expected ?? 0),
    );
    return {
      digest: mergeDigests(messageId, digests),
      loads: this.#shards.map((shard) => answers.get(shard)?.load ?? null),
      arrivals: [...answers.values()].flatMap(({ arrivals }) => (arrivals === null ? [] : [arrivals])),
    };
  }

  /** Disconnects every device and collects what the shards counted in all. */
  async stop(): Promise<ShardTotals> {
    this.#stopping = true;
    const tooLate = new AbortController();
    const devices = sumOf(this.#shards, (shard) => shard.devices);
    const timer = setTimeout(() => tooLate.abort(), STOP_TIMEOUT_MS + STOP_TIMEOUT_MS_PER_DEVICE * devices);
    await this.#ask({ kind: "stop" }, "stopped", tooLate.signal).catch(() => undefined);
    clearTimeout(timer);
    // where one did not end its connections in time, what it said before it began with it holds
    return mergeTotals(this.#shards.flatMap(({ totals }) => (totals === null ? [] : [totals])));
  }

  #tell(command: ShardCommand): void {
    for (const shard of this.#shards) if (shard.alive) shard.link.send(command);
  }

  /** Sends a command to every living shard and waits for one report of a kind from each; a shard that dies answers nothing. */
  #ask<K extends ShardReport["kind"]>(
    command: ShardCommand,
    kind: K,
    signal: AbortSignal,
    wanted: (report: Extract<ShardReport, { kind: K }>) => boolean = () => true,
  ): Promise<ReadonlyMap<ShardState, Extract<ShardReport, { kind: K }>>> {
    type Answer = Extract<ShardReport, { kind: K }>;
    const answers = new Map<ShardState, Answer>();
    return new Promise((resolve, reject) => {
      const waiting = new Set(this.#shards.filter((shard) => shard.alive));
      const finish = () => {
        this.#waiters.delete(waiter);
        signal.removeEventListener("abort", abort);
        resolve(answers);
      };
      const abort = () => {
        this.#waiters.delete(waiter);
        reject(new IotbError("interrupted", "stopped while waiting for the fleet", { cause: signal.reason }));
      };
      const waiter = (shard: ShardState, report: ShardReport | null) => {
        if (!waiting.has(shard)) return;
        if (report !== null && (report.kind !== kind || !wanted(report as Answer))) return;
        if (report !== null) answers.set(shard, report as Answer);
        waiting.delete(shard);
        if (waiting.size === 0) finish();
      };
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
      this.#tell(command);
      if (waiting.size === 0) finish();
    });
  }

  #heard(shard: ShardState, report: ShardReport): void {
    switch (report.kind) {
      case "connecting":
        this.#counted(shard, report.online);
        shard.refused = report.refused;
        this.#observer.onConnecting?.(this.online, this.#refused);
        break;
      case "standing":
        this.#counted(shard, report.online);
        shard.refused = report.refused;
        this.#observer.onStanding?.(this.online, this.#refused);
        break;
      case "connected":
        this.#counted(shard, report.online);
        break;
      case "expecting":
        shard.announced = report.expected;
        break;
      case "progress":
        this.#progressed(shard, report);
        break;
      case "kicked":
        this.#observer.onKicked?.(report.device);
        break;
      case "presence":
        this.#counted(shard, report.online);
        this.#observer.onPresence?.(report.changes, this.online);
        break;
      case "failed":
        this.#failure ??= new IotbError(report.code, report.message, { hint: report.hint });
        // nor will it answer anything from now on
        shard.alive = false;
        break;
      case "stopping":
      case "stopped":
        shard.totals = report;
        break;
      case "receipts":
        this.#observer.onReceipts?.(report.batch);
        break;
      default:
        break;
    }
    // a shard that could not be made answers nothing more
    for (const waiter of this.#waiters) waiter(shard, report.kind === "failed" ? null : report);
  }

  #counted(shard: ShardState, online: number): void {
    shard.online = online;
    this.#mostOnline = Math.max(this.#mostOnline, this.online);
  }

  #progressed(shard: ShardState, { messageId, ...state }: Extract<ShardReport, { kind: "progress" }>): void {
    const progress = this.#progress.get(messageId);
    if (progress === undefined) return;
    progress.set(shard, state);
    const { expected, arrived } = arrivedOf(progress.values());
    this.#observer.onProgress?.(messageId, expected, arrived);
  }
}
