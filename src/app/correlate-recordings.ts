import { FOREIGN_IDS_KEPT } from "../domain/arrival-table.js";
import { type DeviceAddress, type DeviceIndex, deviceKey } from "../domain/device.js";
import { digestArrivals } from "../domain/fanout.js";
import type { LogRecord, PresenceRecord, ReceiptRecord } from "../domain/log-records.js";
import { type PresenceAt, withoutOwnStops } from "../domain/presence.js";
import { type SettlingRule, settlesAt } from "../domain/settling.js";
import type { ExpectedBasis, SettledBroadcast } from "../domain/summary.js";
import { type Micros, micros } from "../domain/time.js";
import { parseBroadcastTopic, productOfBroadcastGroup } from "../protocol/topics.js";
import { ArrivalShelf } from "./arrival-shelf.js";
import type { ArrivalStore } from "./ports.js";
import { type RecordedCall, RecordedCalls } from "./recorded-calls.js";
import { type ChangeCode, type PresenceReplay, RecordedPresence } from "./recorded-presence.js";
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

/** What lines of a receipt log have in common that differ in device and time only. */
export type LineKind =
  | { readonly what: "presence"; readonly change: ChangeCode }
  | { readonly what: "receipt" | "misdirected"; readonly call: RecordedCall; readonly corrupt: boolean }
  /** On a topic, which carries no id: the time tells which call it is of. */
  | { readonly what: "on-topic"; readonly topic: string; readonly payloadSha256: string }
  | { readonly what: "foreign"; readonly id: string }
  | { readonly what: "no-broadcast" };

/** Where arrays of arrivals go that memory has no room for, and how many bytes of them may stay. */
export type CorrelatorMemory = { readonly store: ArrivalStore; readonly bytes: number };

/** What is known of a call when it is settled. */
type Past = {
  readonly basis: ExpectedBasis;
  readonly presence: PresenceReplay;
  /** Each device's product, by its number. */
  readonly products: Uint32Array;
  readonly productOf: (productKey: string) => number;
  /** Each device's last receipt of a settled call; NaN is none. */
  readonly lastReceipt: Float64Array;
  /** Devices that missed a call to a topic. */
  readonly owing: Map<string, Set<DeviceIndex>>;
};

/**
 * Correlates recorded files: feed it the lines of the broadcast log, then those of the receipt logs, then `finish`. The account
 * is made by the same functions as a live run's. Times are Unix µs in the files; on one boot their clock lines put them on the
 * monotonic clock, over several hosts they stay what the hosts' clocks said.
 *
 * Lines come one by one as records, or several of one kind as columns; it is the same to the account.
 */
export class RecordingCorrelator {
  readonly #calls = new RecordedCalls();
  readonly #shelf: ArrivalShelf;
  readonly #devices: DeviceAddress[] = [];
  readonly #numbers = new Map<string, DeviceIndex>();
  readonly #listed = new Set<DeviceIndex>();
  readonly #presence = new RecordedPresence();
  readonly #foreign = new Set<string>();
  #foreignCount = 0;
  readonly #clock = new RecordingClock();
  readonly #ends = new RecordingEnds();
  #cut = false;

  /** `expected` are the devices of `--devices` or `--expected`, or none. Without `memory` everything stays in memory. */
  constructor(expected: readonly DeviceAddress[], memory: CorrelatorMemory | null = null) {
    this.#shelf = new ArrivalShelf(memory?.store ?? null, memory?.bytes ?? Number.POSITIVE_INFINITY);
    for (const device of expected) this.#listed.add(this.numberOf(device));
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
    if (record.schema !== "iotb.broadcast/1" || this.#calls.has(record.messageId)) return;
    const clock = this.#clock.use();
    const sentAt = this.#clock.timeOf(record.sentAtUs, clock);
    this.#calls.add({ record, clock, sentAt, shelved: this.#shelf.add() });
  }

  /** One line of a receipt log. */
  addReceiptLine(record: LogRecord): void {
    this.#ends.see(record);
    if (record.schema === "iotb.clock/1") this.#clock.set(record);
    else if (record.schema === "iotb.presence/1") this.#add(record, record.atUs);
    else if (record.schema === "iotb.receipt/1") this.#add(record, record.receivedAtUs);
  }

  /** Several lines of a receipt log of one kind: those of the columns from `from` up to `to`. Times are Unix µs, as written. */
  addLines(kind: LineKind, devices: Uint32Array, timesUs: Float64Array, from: number, to: number): void {
    this.#ends.seeLines(kind.what === "presence" ? "iotb.presence/1" : "iotb.receipt/1", to - from);
    this.#addAll(kind, devices, timesUs, from, to);
  }

  /** What a line says beside its device and its time. */
  kindOf(record: ReceiptRecord | PresenceRecord): LineKind {
    if (record.schema === "iotb.presence/1") return { what: "presence", change: this.#presence.changeOf(record) };
    const named = parseBroadcastTopic(record.topic);
    // a full broadcast to another device carries its id in the topic only
    const id = record.messageId ?? named?.messageId ?? null;
    if (id === null) {
      const { topic, payloadSha256 } = record;
      return productOfBroadcastGroup(topic) === null
        ? { what: "no-broadcast" }
        : { what: "on-topic", topic, payloadSha256 };
    }
    const call = this.#calls.byId(id);
    if (call === undefined) return { what: "foreign", id };
    const isMisdirected = named !== null && deviceKey(named) !== deviceKey(record);
    const corrupt = record.payloadSha256 !== call.record.payloadSha256;
    return { what: isMisdirected ? "misdirected" : "receipt", call, corrupt };
  }

  /** A device's number; a new one where it is not known yet. */
  numberOf(device: DeviceAddress): DeviceIndex {
    const key = deviceKey(device);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#devices.push({ productKey: device.productKey, deviceName: device.deviceName }) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  /** The accounts of all calls, in the order sent. `topicFullName` null or not, each call by its own kind. */
  finish(rule: SettlingRule): CorrelatedRecordings {
    const basis: ExpectedBasis = this.#presence.count > 0 ? "presence" : this.#listed.size > 0 ? "list" : "none";
    const productKeys = new Map<string, number>();
    const productOf = (key: string): number => {
      if (!productKeys.has(key)) productKeys.set(key, productKeys.size);
      return productKeys.get(key) ?? -1;
    };
    const past: Past = {
      basis,
      presence: this.#presence.replay(this.#devices.length),
      products: Uint32Array.from(this.#devices, ({ productKey }) => productOf(productKey)),
      productOf,
      lastReceipt: new Float64Array(this.#devices.length).fill(Number.NaN),
      owing: new Map(),
    };
    return {
      broadcasts: this.#calls.inOrder().map((call) => this.#settle(call, past, rule)),
      devices: this.#devices,
      foreign: this.#foreignCount,
      foreignIds: [...this.#foreign],
      oneClock: this.#clock.isOne,
      cut: this.#cut || this.#ends.isCut,
      basis,
    };
  }

  #add(record: ReceiptRecord | PresenceRecord, timeUs: number): void {
    const device = this.numberOf(record);
    this.#addAll(this.kindOf(record), Uint32Array.of(device), Float64Array.of(timeUs), 0, 1);
  }

  #addAll(kind: LineKind, devices: Uint32Array, timesUs: Float64Array, from: number, to: number): void {
    if (kind.what === "no-broadcast") return;
    const clock = this.#clock.use();
    if (kind.what === "foreign") this.#addForeign(kind.id, to - from);
    else if (kind.what === "receipt") {
      const { call, corrupt } = kind;
      const slot = this.#shelf.take(call.shelved, this.#devices.length);
      slot.recordAll(devices, timesUs, this.#clock.shiftOf(clock), from, to);
      for (let i = from; corrupt && i < to; i++) slot.recordCorrupt(devices[i] as number);
      this.#shelf.giveBack(call.shelved);
    } else {
      for (let i = from; i < to; i++) {
        this.#addOne(kind, devices[i] as number, this.#clock.timeOf(timesUs[i] as number, clock));
      }
    }
  }

  #addOne(kind: Exclude<LineKind, { what: "no-broadcast" | "foreign" }>, device: DeviceIndex, at: Micros): void {
    if (kind.what === "presence") {
      this.#presence.add(device, at, kind.change);
      return;
    }
    const call = kind.what === "on-topic" ? this.#calls.onTopic(kind.topic, kind.payloadSha256, at) : kind.call;
    if (call === undefined) {
      if (kind.what === "on-topic") this.#addForeign(kind.topic, 1);
      return;
    }
    const slot = this.#shelf.take(call.shelved, this.#devices.length);
    if (kind.what === "misdirected") slot.recordMisdirected(device, at);
    else {
      slot.record(device, at);
      if (kind.what === "on-topic" && kind.payloadSha256 !== call.record.payloadSha256) slot.recordCorrupt(device);
    }
    this.#shelf.giveBack(call.shelved);
  }

  #addForeign(id: string, count: number): void {
    this.#foreignCount += count;
    if (this.#foreign.size < FOREIGN_IDS_KEPT) this.#foreign.add(id);
  }

  #settle(call: RecordedCall, past: Past, rule: SettlingRule): SettledBroadcast {
    const { record, clock, sentAt } = call;
    const { basis, presence, products, lastReceipt, owing } = past;
    const target = past.productOf(record.productKey);
    const slot = this.#shelf.take(call.shelved, this.#devices.length);
    const acceptedAt = this.#clock.timeOf(record.acceptedAtUs, clock);
    const dueAt = this.#clock.timeOf(record.dueAtUs, clock);
    const isTarget = (device: DeviceIndex) => products[device] === target;
    const online = basis === "presence" ? presence.goTo(sentAt) : this.#withoutPresence(basis);
    let outstanding = 0;
    for (let i = 0; i < products.length; i++) {
      if (online[i] === 1 && isTarget(i) && slot.at[i] === 0) outstanding++;
    }
    const lastReceiptAt = slot.lastAt === 0 ? null : micros(slot.lastAt);
    const settledAt = settlesAt({ acceptedAt, outstanding, lastReceiptAt }, rule);
    const at: PresenceAt =
      basis === "presence"
        ? withoutOwnStops(presence.endsUntil(settledAt))
        : { online, count: online.length, ends: new Map() };
    const owed = record.topicFullName === null ? null : (owing.get(record.topicFullName) ?? new Set<DeviceIndex>());
    const digest = digestArrivals(slot, at, {
      messageId: record.messageId,
      dueAt,
      settledAt,
      isTarget,
      isAmbiguous: (device) => owed?.has(device) ?? false,
      firstDevice: 0,
      incomplete: false,
      lastSeen: (device) => {
        const last = lastReceipt[device] as number;
        return {
          onlineSince: presence.onlineSince(device),
          lastReceiptAt: Number.isNaN(last) ? null : micros(last),
        };
      },
      onDelivered: (device) => {
        lastReceipt[device] = slot.at[device] as number;
      },
    });
    if (owed !== null && record.topicFullName !== null) {
      for (const device of digest.missing) owed.add(device);
      owing.set(record.topicFullName, owed);
    }
    this.#shelf.drop(call.shelved);
    return { dueAt, sentAt, acceptedAt, warmup: record.warmup ?? false, basis, digest };
  }

  /** Without presence lines: every listed device, or else every device that was seen at all, is taken to have been online. */
  #withoutPresence(basis: ExpectedBasis): Uint8Array {
    const online = new Uint8Array(this.#devices.length);
    for (let i = 0; i < online.length; i++) online[i] = basis === "none" || this.#listed.has(i) ? 1 : 0;
    return online;
  }
}
