import { ArrivalSlot } from "../domain/arrivals.js";
import type { PresenceChange } from "../domain/broadcast.js";
import { type DeviceAddress, type DeviceIndex, deviceKey } from "../domain/device.js";
import { digestArrivals } from "../domain/fanout.js";
import type { BroadcastRecord, ClockRecord, LogRecord, PresenceRecord, ReceiptRecord } from "../domain/log-records.js";
import { type PresenceAt, PresenceLog, withoutOwnStops } from "../domain/presence.js";
import { type SettlingRule, settlesAt } from "../domain/settling.js";
import type { ExpectedBasis, SettledBroadcast } from "../domain/summary.js";
import { type Micros, micros } from "../domain/time.js";
import { parseBroadcastTopic, productOfBroadcastGroup } from "../protocol/topics.js";

/** What the recordings came to. */
export type CorrelatedRecordings = {
  readonly broadcasts: readonly SettledBroadcast[];
  readonly devices: readonly DeviceAddress[];
  readonly foreign: number;
  readonly foreignIds: readonly string[];
  /** Whether all files were written on one boot of one host, so that their times are on one clock. */
  readonly oneClock: boolean;
  /** Whether a recording stops without its end line. */
  readonly cut: boolean;
  readonly basis: ExpectedBasis;
};

/** One accepted call, its times on the common clock. */
type Call = {
  readonly record: BroadcastRecord;
  readonly clock: ClockRecord | null;
  readonly slot: ArrivalSlot;
};

const FOREIGN_IDS_KEPT = 10;

/**
 * Correlates recorded files: feed it the lines of the broadcast log, then those of the receipt logs, then `finish`. The account
 * is made by the same functions as a live run's. Times are Unix µs in the files; on one boot their clock lines put them on the
 * monotonic clock, over several hosts they stay what the hosts' clocks said.
 */
export class RecordingCorrelator {
  readonly #calls: Call[] = [];
  readonly #byId = new Map<string, Call>();
  readonly #devices: DeviceAddress[] = [];
  readonly #numbers = new Map<string, DeviceIndex>();
  readonly #listed = new Set<DeviceIndex>();
  readonly #boots = new Set<string>();
  readonly #presence: { readonly record: PresenceRecord; readonly clock: ClockRecord | null }[] = [];
  readonly #foreign = new Map<string, number>();
  #foreignCount = 0;
  /** The clock line that holds for the lines after it. */
  #clock: ClockRecord | null = null;
  #base: ClockRecord | null = null;
  #ends = 0;
  #files = 0;
  #cut = false;
  #anchorless = false;

  /** `expected` are the devices of `--devices` or `--expected`, or none. */
  constructor(expected: readonly DeviceAddress[]) {
    for (const device of expected) this.#listed.add(this.#numberOf(device));
  }

  /** A file of receipts begins. */
  beginReceipts(): void {
    this.#files++;
    this.#clock = null;
  }

  /** A file stopped in the middle of a line. */
  markCut(): void {
    this.#cut = true;
  }

  /** One line of the broadcast log. */
  addCall(record: LogRecord): void {
    if (record.schema === "iotb.clock/1") this.#setClock(record);
    if (record.schema !== "iotb.broadcast/1") return;
    const call: Call = { record, clock: this.#useClock(), slot: new ArrivalSlot(this.#devices.length) };
    this.#calls.push(call);
    this.#byId.set(record.messageId, call);
  }

  /** One line of a receipt log. */
  addReceiptLine(record: LogRecord): void {
    switch (record.schema) {
      case "iotb.clock/1":
        this.#setClock(record);
        break;
      case "iotb.presence/1":
        this.#numberOf(record);
        this.#presence.push({ record, clock: this.#useClock() });
        break;
      case "iotb.receipt/1":
        this.#addReceipt(record);
        break;
      case "iotb.end/1":
        this.#ends++;
        break;
      default:
        break;
    }
  }

  /** The accounts of all calls, in the order sent. `topicFullName` null or not, each call by its own kind. */
  finish(rule: SettlingRule): CorrelatedRecordings {
    const oneClock = this.#boots.size === 1 && !this.#anchorless;
    const basis: ExpectedBasis = this.#presence.length > 0 ? "presence" : this.#listed.size > 0 ? "list" : "none";
    const presence = this.#replayPresence();
    const owing = new Map<string, Set<DeviceIndex>>();
    const broadcasts = this.#calls
      .sort((a, b) => a.record.sentAtUs - b.record.sentAtUs)
      .map((call) => this.#settle(call, presence, basis, rule, owing));
    return {
      broadcasts,
      devices: this.#devices,
      foreign: this.#foreignCount,
      foreignIds: [...this.#foreign.keys()],
      oneClock,
      cut: this.#cut || this.#ends < this.#files,
      basis,
    };
  }

  #setClock(record: ClockRecord): void {
    this.#clock = record;
    this.#base ??= record;
    this.#boots.add(record.bootId);
  }

  #useClock(): ClockRecord | null {
    if (this.#clock === null) this.#anchorless = true;
    return this.#clock;
  }

  #numberOf(device: DeviceAddress): DeviceIndex {
    const key = deviceKey(device);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#devices.push({ productKey: device.productKey, deviceName: device.deviceName }) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  /**
   * A recorded time as Unix µs of the first clock line seen: lines of the same boot go by the monotonic clock, so that a step of
   * the wall clock between two files changes nothing; others stay what their own host's clock said.
   */
  #timeOf(unixUs: number, clock: ClockRecord | null): Micros {
    const base = this.#base;
    if (clock === null || base === null || clock.bootId !== base.bootId) return micros(unixUs);
    return micros(unixUs - clock.unixUs + (clock.monotonicUs - base.monotonicUs) + base.unixUs);
  }

  #addReceipt(record: ReceiptRecord): void {
    const device = this.#numberOf(record);
    const call = record.messageId === null ? this.#callOnTopic(record) : this.#byId.get(record.messageId);
    if (call === undefined) {
      // devices get other messages too; only a broadcast can be foreign
      if (record.messageId === null && productOfBroadcastGroup(record.topic) === null) return;
      this.#foreignCount++;
      const id = record.messageId ?? record.topic;
      if (this.#foreign.has(id) || this.#foreign.size < FOREIGN_IDS_KEPT) {
        this.#foreign.set(id, (this.#foreign.get(id) ?? 0) + 1);
      }
      return;
    }
    const at = this.#timeOf(record.receivedAtUs, this.#useClock());
    call.slot.grow(device + 1);
    const named = parseBroadcastTopic(record.topic);
    if (named !== null && named.deviceName !== record.deviceName) {
      call.slot.recordMisdirected(device, at);
      return;
    }
    call.slot.record(device, at);
    if (record.payloadSha256 !== call.record.payloadSha256) call.slot.recordCorrupt(device);
  }

  /** The last call to a topic with this payload that was sent before the receipt. */
  #callOnTopic(record: ReceiptRecord): Call | undefined {
    return this.#calls.findLast(
      ({ record: call }) =>
        call.topicFullName === record.topic &&
        call.payloadSha256 === record.payloadSha256 &&
        call.sentAtUs <= record.receivedAtUs,
    );
  }

  #replayPresence(): PresenceLog {
    const log = new PresenceLog(this.#devices.length);
    log.keepFrom(micros(Number.NEGATIVE_INFINITY));
    const changes = this.#presence.map(({ record, clock }): PresenceChange => {
      const device = this.#numberOf(record);
      const at = this.#timeOf(record.atUs, clock);
      if (record.state === "online") return { device, at, state: "online" };
      return {
        device,
        at,
        state: "offline",
        reason: record.reason ?? "closed",
        closedBy: record.closedBy ?? "network",
      };
    });
    for (const change of changes.sort((a, b) => a.at - b.at)) log.record(change);
    return log;
  }

  #settle(
    { record, clock, slot }: Call,
    presence: PresenceLog,
    basis: ExpectedBasis,
    rule: SettlingRule,
    owing: Map<string, Set<DeviceIndex>>,
  ): SettledBroadcast {
    slot.grow(this.#devices.length);
    const sentAt = this.#timeOf(record.sentAtUs, clock);
    const acceptedAt = this.#timeOf(record.acceptedAtUs, clock);
    const dueAt = this.#timeOf(record.dueAtUs, clock);
    const isTarget = (device: DeviceIndex) => this.#devices[device]?.productKey === record.productKey;
    const at = basis === "presence" ? withoutOwnStops(presence.at(sentAt)) : this.#withoutPresence(basis);
    let outstanding = 0;
    for (let i = 0; i < this.#devices.length; i++) {
      if (at.online[i] === 1 && isTarget(i) && slot.at[i] === 0) outstanding++;
    }
    const lastReceiptAt =
      slot.lastAt === 0 ? null : micros(slot.at.reduce((max, time) => Math.max(max, time), slot.lastAt));
    const owed = record.topicFullName === null ? null : (owing.get(record.topicFullName) ?? new Set<DeviceIndex>());
    const digest = digestArrivals(slot, at, {
      messageId: record.messageId,
      dueAt,
      settledAt: settlesAt({ acceptedAt, outstanding, lastReceiptAt }, rule),
      isTarget,
      isAmbiguous: (device) => owed?.has(device) ?? false,
      firstDevice: 0,
      incomplete: false,
    });
    if (owed !== null && record.topicFullName !== null) {
      for (const device of digest.missing) owed.add(device);
      owing.set(record.topicFullName, owed);
    }
    return { dueAt, sentAt, acceptedAt, warmup: false, basis, digest };
  }

  /** Without presence lines: every listed device, or else every device that was seen at all, is taken to have been online. */
  #withoutPresence(basis: ExpectedBasis): PresenceAt {
    const online = new Uint8Array(this.#devices.length);
    for (let i = 0; i < online.length; i++) online[i] = basis === "none" || this.#listed.has(i) ? 1 : 0;
    return { online, count: online.length, ends: new Map() };
  }
}
