import { ArrivalSlot, FOREIGN_IDS_KEPT } from "../domain/arrivals.js";
import type { PresenceChange } from "../domain/broadcast.js";
import { type DeviceAddress, type DeviceIndex, deviceKey } from "../domain/device.js";
import { digestArrivals } from "../domain/fanout.js";
import type { BroadcastRecord, ClockRecord, LogRecord, PresenceRecord, ReceiptRecord } from "../domain/log-records.js";
import { type PresenceAt, PresenceLog, withoutOwnStops } from "../domain/presence.js";
import { type SettlingRule, settlesAt } from "../domain/settling.js";
import type { ExpectedBasis, SettledBroadcast } from "../domain/summary.js";
import { type Micros, micros } from "../domain/time.js";
import { parseBroadcastTopic, productOfBroadcastGroup } from "../protocol/topics.js";
import { RecordingClock } from "./recording-clock.js";
import { RecordingEnds } from "./recording-ends.js";

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
  readonly sentAt: Micros;
  readonly slot: ArrivalSlot;
};

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
  readonly #presence: { readonly record: PresenceRecord; readonly clock: ClockRecord | null }[] = [];
  readonly #foreign = new Set<string>();
  #foreignCount = 0;
  /** When each device came online, in order. */
  readonly #onlineAt = new Map<DeviceIndex, Micros[]>();
  /** Each device's last receipt of a settled call. */
  readonly #lastReceipt = new Map<DeviceIndex, Micros>();
  readonly #clock = new RecordingClock();
  readonly #ends = new RecordingEnds();
  #cut = false;

  /** `expected` are the devices of `--devices` or `--expected`, or none. */
  constructor(expected: readonly DeviceAddress[]) {
    for (const device of expected) this.#listed.add(this.#numberOf(device));
  }

  /** A file of receipts begins. */
  beginReceipts(): void {
    this.#ends.begin();
    this.#clock.reset();
  }

  /** A file stopped in the middle of a line. */
  markCut(): void {
    this.#cut = true;
  }

  /** One line of the broadcast log. */
  addCall(record: LogRecord): void {
    if (record.schema === "iotb.clock/1") this.#clock.set(record);
    // a log that was given twice holds no second call: the platform gives an id once
    if (record.schema !== "iotb.broadcast/1" || this.#byId.has(record.messageId)) return;
    const sentAt = this.#clock.timeOf(record.sentAtUs, this.#clock.use());
    const call: Call = { record, clock: this.#clock.use(), sentAt, slot: new ArrivalSlot(this.#devices.length) };
    this.#calls.push(call);
    this.#byId.set(record.messageId, call);
  }

  /** One line of a receipt log. */
  addReceiptLine(record: LogRecord): void {
    this.#ends.see(record);
    switch (record.schema) {
      case "iotb.clock/1":
        this.#clock.set(record);
        break;
      case "iotb.presence/1":
        this.#numberOf(record);
        this.#presence.push({ record, clock: this.#clock.use() });
        break;
      case "iotb.receipt/1":
        this.#addReceipt(record);
        break;
      default:
        break;
    }
  }

  /** The accounts of all calls, in the order sent. `topicFullName` null or not, each call by its own kind. */
  finish(rule: SettlingRule): CorrelatedRecordings {
    const basis: ExpectedBasis = this.#presence.length > 0 ? "presence" : this.#listed.size > 0 ? "list" : "none";
    const presence = this.#replayPresence();
    const owing = new Map<string, Set<DeviceIndex>>();
    const broadcasts = this.#calls
      .sort((a, b) => a.sentAt - b.sentAt)
      .map((call) => this.#settle(call, presence, basis, rule, owing));
    return {
      broadcasts,
      devices: this.#devices,
      foreign: this.#foreignCount,
      foreignIds: [...this.#foreign],
      oneClock: this.#clock.isOne,
      cut: this.#cut || this.#ends.isCut,
      basis,
    };
  }

  #numberOf(device: DeviceAddress): DeviceIndex {
    const key = deviceKey(device);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#devices.push({ productKey: device.productKey, deviceName: device.deviceName }) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  #addReceipt(record: ReceiptRecord): void {
    const device = this.#numberOf(record);
    const named = parseBroadcastTopic(record.topic);
    // a full broadcast to another device carries its id in the topic only
    const id = record.messageId ?? named?.messageId ?? null;
    if (id === null && productOfBroadcastGroup(record.topic) === null) return;
    const at = this.#clock.timeOf(record.receivedAtUs, this.#clock.use());
    const call = id === null ? this.#callOnTopic(record, at) : this.#byId.get(id);
    if (call === undefined) {
      this.#addForeign(id ?? record.topic);
      return;
    }
    call.slot.grow(device + 1);
    if (named !== null && deviceKey(named) !== deviceKey(record)) {
      call.slot.recordMisdirected(device, at);
      return;
    }
    call.slot.record(device, at);
    if (record.payloadSha256 !== call.record.payloadSha256) call.slot.recordCorrupt(device);
  }

  #addForeign(id: string): void {
    this.#foreignCount++;
    if (this.#foreign.size < FOREIGN_IDS_KEPT) this.#foreign.add(id);
  }

  /** The last call to a topic with this payload that was sent before the receipt; failing that, with any: it is corrupt then. */
  #callOnTopic(record: ReceiptRecord, at: Micros): Call | undefined {
    const before = this.#calls.filter((call) => call.record.topicFullName === record.topic && call.sentAt <= at);
    const last = (calls: readonly Call[]) =>
      calls.reduce<Call | undefined>((a, b) => (a === undefined || b.sentAt >= a.sentAt ? b : a), undefined);
    return last(before.filter((call) => call.record.payloadSha256 === record.payloadSha256)) ?? last(before);
  }

  #replayPresence(): PresenceLog {
    const log = new PresenceLog(this.#devices.length);
    log.keepFrom(micros(Number.NEGATIVE_INFINITY));
    const changes = this.#presence.map(({ record, clock }): PresenceChange => {
      const device = this.#numberOf(record);
      const at = this.#clock.timeOf(record.atUs, clock);
      if (record.state === "online") return { device, at, state: "online" };
      return {
        device,
        at,
        state: "offline",
        reason: record.reason ?? "closed",
        closedBy: record.closedBy ?? "network",
      };
    });
    for (const change of changes.sort((a, b) => a.at - b.at)) {
      if (change.state === "online" && !log.isOnline(change.device)) {
        const times = this.#onlineAt.get(change.device);
        if (times === undefined) this.#onlineAt.set(change.device, [change.at]);
        else times.push(change.at);
      }
      log.record(change);
    }
    return log;
  }

  #settle(
    { record, clock, sentAt, slot }: Call,
    presence: PresenceLog,
    basis: ExpectedBasis,
    rule: SettlingRule,
    owing: Map<string, Set<DeviceIndex>>,
  ): SettledBroadcast {
    slot.grow(this.#devices.length);
    const acceptedAt = this.#clock.timeOf(record.acceptedAtUs, clock);
    const dueAt = this.#clock.timeOf(record.dueAtUs, clock);
    const isTarget = (device: DeviceIndex) => this.#devices[device]?.productKey === record.productKey;
    const at = basis === "presence" ? withoutOwnStops(presence.at(sentAt)) : this.#withoutPresence(basis);
    let outstanding = 0;
    for (let i = 0; i < this.#devices.length; i++) {
      if (at.online[i] === 1 && isTarget(i) && slot.at[i] === 0) outstanding++;
    }
    const lastReceiptAt = slot.lastAt === 0 ? null : micros(slot.lastAt);
    const owed = record.topicFullName === null ? null : (owing.get(record.topicFullName) ?? new Set<DeviceIndex>());
    const digest = digestArrivals(slot, at, {
      messageId: record.messageId,
      dueAt,
      settledAt: settlesAt({ acceptedAt, outstanding, lastReceiptAt }, rule),
      isTarget,
      isAmbiguous: (device) => owed?.has(device) ?? false,
      firstDevice: 0,
      incomplete: false,
      lastSeen: (device) => ({
        onlineSince: this.#onlineSince(device, sentAt),
        lastReceiptAt: this.#lastReceipt.get(device) ?? null,
      }),
      onDelivered: (device) => this.#lastReceipt.set(device, micros(slot.at[device] as number)),
    });
    if (owed !== null && record.topicFullName !== null) {
      for (const device of digest.missing) owed.add(device);
      owing.set(record.topicFullName, owed);
    }
    return { dueAt, sentAt, acceptedAt, warmup: record.warmup ?? false, basis, digest };
  }

  /** Since when the connection stood that was up at a moment; null where no presence line says. */
  #onlineSince(device: DeviceIndex, moment: Micros): Micros | null {
    return this.#onlineAt.get(device)?.findLast((at) => at <= moment) ?? null;
  }

  /** Without presence lines: every listed device, or else every device that was seen at all, is taken to have been online. */
  #withoutPresence(basis: ExpectedBasis): PresenceAt {
    const online = new Uint8Array(this.#devices.length);
    for (let i = 0; i < online.length; i++) online[i] = basis === "none" || this.#listed.has(i) ? 1 : 0;
    return { online, count: online.length, ends: new Map() };
  }
}
