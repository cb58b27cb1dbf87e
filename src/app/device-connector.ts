import { type Allowance, createAllowance } from "../domain/allowance.js";
import { type BackoffRule, backoffDelay } from "../domain/backoff.js";
import type { DeviceIndex } from "../domain/device.js";
import { LatencyHistogram } from "../domain/histogram.js";
import { loginWindow } from "../domain/login-window.js";
import { type Pace, type Pacer, pacerOf } from "../domain/pacing.js";
import { ownSlots, type Stagger, slotOf } from "../domain/stagger.js";
import { type Clock, type Micros, micros } from "../domain/time.js";
import type { Refusal } from "./ports.js";
import { RetryQueue } from "./retry-queue.js";
import type { ConnectReport } from "./shard-messages.js";

/** How devices are brought online, and back. */
export type ConnectorOptions = {
  /** Starts one connection attempt of a device. */
  readonly open: (device: DeviceIndex) => void;
  readonly deviceCount: number;
  /** Which device has which turn; by number where absent or null. */
  readonly order?: Uint32Array | null;
  readonly clock: Clock;
  /** First attempts of the whole fleet; an infinite rate is as fast as they succeed. */
  readonly pace: Pace;
  /** Which of the fleet's due times are this process's. */
  readonly stagger: Stagger;
  /** How long after the last due first attempt connecting goes on. */
  readonly connectTimeout: Micros;
  readonly backoff: BackoffRule;
  /** Whether a device whose connection ended comes back. */
  readonly reconnect: boolean;
  /** 0 ≤ r < 1. */
  readonly random: () => number;
  /** Called once, when every device is online or has been given up, or time is up. */
  readonly onDone: (report: ConnectReport) => void;
};

/** How often due and retried attempts are looked for. */
const TICK_MS = 10;
/** How many devices that are not online are named. */
const DEVICES_NAMED = 20;

/**
 * Brings the devices of one process online at a pace, and retries those that may succeed later. Hears from the engine's sink;
 * owns one timer. Times count from when an attempt was due.
 */
export class DeviceConnector {
  readonly #options: ConnectorOptions;
  readonly #pacer: Pacer;
  readonly #isOnline: Uint8Array;
  readonly #attempts: Uint8Array;
  readonly #dueAt: Float64Array;
  readonly #wasOnline: Uint8Array;
  readonly #lastRefusal: (Pick<Refusal, "reason" | "text"> | undefined)[] = [];
  readonly #retries = new RetryQueue();
  readonly #window: number;
  /** Retries keep to the rate too: a fleet that was lost as a whole must not come back faster than it came. */
  #allowance: Allowance | null = null;
  readonly #connect = new LatencyHistogram();
  #next = 0;
  #open = 0;
  #online = 0;
  #givenUp = 0;
  #startedAt: Micros | null = null;
  #lastFirstAttemptAt = micros(0);
  #lastOnlineAt: Micros | null = null;
  #timer: NodeJS.Timeout | null = null;
  #done = false;
  #pumping = false;
  #reconnects = 0;
  #stopped = false;
  /** Devices that stay away until they are told to come back. */
  readonly #held = new Set<DeviceIndex>();
  /** Those that were told so, before retries in line. */
  #returning: DeviceIndex[] = [];

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#pacer = pacerOf(options.pace);
    this.#window = loginWindow(options.stagger.shards);
    this.#isOnline = new Uint8Array(options.deviceCount);
    this.#attempts = new Uint8Array(options.deviceCount);
    this.#dueAt = new Float64Array(options.deviceCount);
    this.#wasOnline = new Uint8Array(options.deviceCount);
  }

  /** Devices online again after a lost connection, so far. */
  get reconnects(): number {
    return this.#reconnects;
  }

  get online(): number {
    return this.#online;
  }

  /** Devices that will not be tried again. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** Whether the first coming online is still under way. */
  get isConnecting(): boolean {
    return this.#startedAt !== null && !this.#done;
  }

  /** Due times count from `startAt`, which is the same for all processes of a fleet. */
  start(startAt: Micros): void {
    this.#startedAt = startAt;
    const { pace, stagger } = this.#options;
    this.#allowance = createAllowance(pace.perSecond / stagger.shards, startAt);
    this.#timer = setInterval(() => this.#pump(), TICK_MS);
    this.#pump();
  }

  /** No further attempt of any device; connections under way are the engine's to end. */
  stop(): void {
    this.#stopped = true;
    this.#rest();
  }

  onOnline(device: DeviceIndex, at: Micros): void {
    this.#open--;
    this.#isOnline[device] = 1;
    this.#online++;
    if (this.#wasOnline[device] === 1) {
      this.#reconnects++;
    } else if (!this.#done) {
      this.#connect.record(micros(Math.max(0, at - (this.#dueAt[device] as number))));
      this.#lastOnlineAt = at;
    }
    this.#wasOnline[device] = 1;
    this.#attempts[device] = 0;
    this.#pump();
  }

  onRefused(device: DeviceIndex, refusal: Refusal): void {
    this.#open--;
    this.#lastRefusal[device] = refusal;
    if (refusal.final) {
      this.#givenUp++;
    } else {
      this.#retryLater(device);
    }
    this.#pump();
  }

  /** `mayReturn` is false for a device that must stay away: another client holds it now. `reason` is the sink's. */
  onOffline(device: DeviceIndex, mayReturn: boolean, reason: string): void {
    this.#online--;
    this.#isOnline[device] = 0;
    this.#lastRefusal[device] = { reason, text: "came online and ended again" };
    if (!mayReturn) this.#held.delete(device);
    if (this.#held.has(device)) return;
    if (!this.#options.reconnect || !mayReturn) {
      this.#givenUp++;
    } else {
      this.#retryLater(device);
    }
  }

  /** The connection of a device that is online is about to be ended: it stays away until {@link comeBack}. */
  hold(device: DeviceIndex): void {
    this.#held.add(device);
  }

  /** A device that was held comes back, not before `at`, at the rate of the others. */
  comeBack(device: DeviceIndex, at: Micros): void {
    if (!this.#held.delete(device) || this.#isOnline[device] === 1) return;
    const now = this.#options.clock();
    // the queue's moments are coarse, and this one may be chosen to the millisecond
    if (at > now) this.#retries.add(device, at);
    else this.#returning.push(device);
    this.#dueAt[device] = Math.max(at, now);
    this.#pump();
  }

  #retryLater(device: DeviceIndex): void {
    const attempt = Math.min(255, (this.#attempts[device] as number) + 1);
    this.#attempts[device] = attempt;
    const { backoff, clock, random } = this.#options;
    this.#retries.add(device, micros(clock() + backoffDelay(backoff, attempt, random())));
  }

  #pump(): void {
    if (this.#stopped || this.#startedAt === null) return;
    const { clock, deviceCount, order, reconnect, stagger } = this.#options;
    // an engine may answer inside of `open`: the pump at work sees what became of it
    if (this.#pumping || (this.#done && !reconnect)) return;
    this.#pumping = true;
    const now = clock();
    const due = Math.min(deviceCount, ownSlots(stagger, this.#pacer.dueBy(micros(now - this.#startedAt))));
    while (this.#next < due && this.#open < this.#window) {
      const turn = this.#next++;
      // with a rate, an attempt that had to wait for a free place counts from when it was due
      const at = this.#isUnpaced ? clock() : this.#dueTimeOf(turn);
      this.#lastFirstAttemptAt = at;
      this.#allowance?.count(now);
      this.#attempt(order?.[turn] ?? turn, at);
    }
    const hasRoom = () => this.#open < this.#window && this.#allowance?.take(now) === true;
    const retry = (device: DeviceIndex) => this.#attempt(device, this.#dueAt[device] as number);
    let returned = 0;
    while (returned < this.#returning.length && hasRoom()) retry(this.#returning[returned++] as DeviceIndex);
    if (returned > 0) this.#returning = this.#returning.slice(returned);
    this.#retries.takeDue(now, hasRoom, retry);
    this.#pumping = false;
    if (this.#done) return;
    const settled = this.#online + this.#givenUp === deviceCount;
    if (settled || this.#isLate(now)) {
      this.#done = true;
      // a timer that finds nothing to do a hundred times a second would take its share of the cores that broadcasts are measured on
      if (!reconnect) this.#rest();
      this.#options.onDone(this.#report());
    }
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Without a rate an attempt is due when there is a place for it, so that the last one made is the last that was due. */
  #isLate(now: Micros): boolean {
    const { deviceCount, connectTimeout } = this.#options;
    const lastDueAt = this.#isUnpaced ? this.#lastFirstAttemptAt : this.#dueTimeOf(deviceCount - 1);
    return now > lastDueAt + connectTimeout;
  }

  get #isUnpaced(): boolean {
    return this.#options.pace.perSecond === Number.POSITIVE_INFINITY;
  }

  #dueTimeOf(turn: number): Micros {
    return micros((this.#startedAt ?? 0) + this.#pacer.dueAt(slotOf(this.#options.stagger, turn)));
  }

  #attempt(device: DeviceIndex, dueAt: number): void {
    this.#dueAt[device] = dueAt;
    this.#open++;
    this.#options.open(device);
  }

  #report(): ConnectReport {
    const failed: Record<string, number> = {};
    const failedTexts: Record<string, string> = {};
    const failedDevices: DeviceIndex[] = [];
    for (let device = 0; device < this.#options.deviceCount; device++) {
      if (this.#isOnline[device] === 1) continue;
      const refusal = this.#lastRefusal[device];
      const reason = refusal?.reason ?? "connect-timeout";
      failed[reason] = (failed[reason] ?? 0) + 1;
      failedTexts[reason] ??= refusal?.text ?? "no answer in time";
      if (failedDevices.length < DEVICES_NAMED) failedDevices.push(device);
    }
    return {
      online: this.#online,
      failed,
      failedTexts,
      failedDevices,
      connect: this.#connect.snapshot(),
      startedAt: this.#startedAt ?? micros(0),
      lastOnlineAt: this.#lastOnlineAt,
    };
  }
}
