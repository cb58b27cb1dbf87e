import type { ChalkInstance } from "chalk";
import { RateWindow } from "../domain/rate-window.js";
import type { SettledBroadcast } from "../domain/summary.js";
import { type Clock, type Micros, toMillis } from "../domain/time.js";
import { type LiveBroadcast, liveLines } from "../report/live-text.js";
import type { LiveBlock } from "./live-block.js";
import { escapeControls } from "./terminal.js";

/** What a view works with. */
export type LiveViewOptions = {
  readonly block: LiveBlock;
  readonly paint: ChalkInstance;
  readonly clock: Clock;
  readonly devices: number;
  /** How long a broadcast waits for missing receipts. */
  readonly drain: Micros;
};

/** A broadcast that is followed. */
type Followed = {
  readonly number: number;
  readonly of: number;
  readonly dueAt: Micros;
  phase: LiveBroadcast["phase"];
  messageId: string | null;
  expected: number | null;
  arrived: number;
  /** When it was accepted, or its last receipt was told of. */
  changedAt: Micros;
};

/** Ten frames a second at most. */
const FRAME_MS = 100;
const SLOT_MS = 200;
const SLOTS = 50;
/** Nothing is drawn from so long before a broadcast is due until it is accepted: a slow terminal must not make the call late. */
const HUSH_BEFORE_US = 30_000;
/** … but for so long at most. */
const HUSH_AFTER_US = 1_000_000;

/**
 * Follows a run by what its observers are told, and draws it. Hearing costs a few stores; one timer draws. Message ids are escaped
 * here.
 */
export class LiveView implements Disposable {
  readonly #options: LiveViewOptions;
  readonly #startedAt: Micros;
  readonly #arrivals = new RateWindow(SLOT_MS, SLOTS);
  readonly #followed = new Map<string, Followed>();
  readonly #settled = {
    broadcasts: 0,
    delivered: 0,
    missing: 0,
    excused: 0,
    unknown: 0,
    duplicates: 0,
    strays: 0,
    corrupt: 0,
  };
  readonly #troubles = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #online = 0;
  #refused = 0;
  #wasOnline = 0;
  #connecting = true;
  #latest: Followed | null = null;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#startedAt = options.clock();
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#draw();
  }

  /** So many devices are online, and so many are not tried any more. */
  standing(online: number, refused: number): void {
    this.#online = online;
    this.#refused = refused;
  }

  /** The fleet is as much online as it gets. */
  connected(online: number): void {
    this.#online = online;
    this.#wasOnline = online;
    this.#connecting = false;
  }

  due(number: number, of: number, dueAt: Micros): void {
    this.#latest = {
      number,
      of,
      dueAt,
      phase: "due",
      messageId: null,
      expected: null,
      arrived: 0,
      changedAt: dueAt,
    };
  }

  accepted(messageId: string): void {
    const latest = this.#latest;
    if (latest === null) return;
    latest.phase = "flight";
    latest.messageId = escapeControls(messageId);
    latest.changedAt = this.#options.clock();
    this.#followed.set(messageId, latest);
  }

  progress(messageId: string, expected: number, arrived: number): void {
    const followed = this.#followed.get(messageId);
    if (followed === undefined) return;
    const now = this.#options.clock();
    if (arrived !== followed.arrived) {
      this.#arrivals.add(Math.max(0, arrived - followed.arrived), toMillis(now));
      followed.changedAt = now;
    }
    followed.expected = expected;
    followed.arrived = arrived;
  }

  /** Its account is made. */
  settled({ digest }: Pick<SettledBroadcast, "digest">): void {
    const followed = this.#followed.get(digest.messageId);
    if (followed !== undefined) {
      followed.phase = "settled";
      followed.expected = digest.expected;
      followed.arrived = digest.delivered;
      this.#followed.delete(digest.messageId);
    }
    const sums = this.#settled;
    sums.broadcasts++;
    sums.delivered += digest.delivered;
    sums.missing += digest.missing.length;
    sums.excused += digest.excused.length;
    sums.unknown += digest.unknown;
    sums.duplicates += digest.duplicates;
    sums.strays += digest.strays;
    sums.corrupt += digest.corrupt.length;
  }

  /** Something went wrong that no count shows, in words of our own. */
  trouble(text: string): void {
    this.#troubles.add(text);
  }

  /** Takes the view away. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#options.block[Symbol.dispose]();
  }

  #draw(): void {
    const { block, paint, clock, devices, drain } = this.#options;
    const now = clock();
    const latest = this.#latest;
    if (latest?.phase === "due" && now >= latest.dueAt) latest.phase = "calling";
    if (latest?.messageId === null && now > latest.dueAt - HUSH_BEFORE_US && now < latest.dueAt + HUSH_AFTER_US) return;
    const slots = this.#arrivals.series(toMillis(now));
    const lastSecond = slots.slice(-Math.round(1000 / SLOT_MS)).reduce((sum, count) => sum + count, 0);
    const lines = liveLines(
      paint,
      {
        elapsedUs: now - this.#startedAt,
        fleet: { devices, online: this.#online, refused: this.#refused },
        connecting: this.#connecting,
        wasOnline: this.#wasOnline,
        broadcast: latest === null ? null : { ...latest, us: Math.abs(now - latest.changedAt) },
        othersInFlight: this.#followed.size - (latest?.phase === "flight" ? 1 : 0),
        perSecond: lastSecond,
        slots,
        drainUs: drain,
        settled: this.#settled,
        troubles: [...this.#troubles],
      },
      block.width,
    );
    block.draw(lines);
  }
}
