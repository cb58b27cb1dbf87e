import { ArrivalTable } from "../domain/arrival-table.js";
import { ArrivalSlot, type RecordedArrivals } from "../domain/arrivals.js";
import type { DeviceIndex } from "../domain/device.js";
import { digestArrivals, type FanoutDigest } from "../domain/fanout.js";
import type { ShardLoad } from "../domain/generator.js";
import { LatenessTable } from "../domain/lateness.js";
import type { PresenceLog } from "../domain/presence.js";
import { type Micros, micros } from "../domain/time.js";
import { BroadcastLoads } from "./broadcast-loads.js";
import type { LoadMeter } from "./load-meter.js";
import { MessageRouter } from "./message-router.js";
import { OddReceiptKeeper } from "./odd-receipt-keeper.js";
import { ProductNumbers } from "./product-numbers.js";
import { SentBody } from "./sent-body.js";
import type { ShardCommand, ShardPlan, ShardReport, ShardTotals } from "./shard-messages.js";

/** What the tracker needs to know of its process's work. */
type TrackedPlan = Pick<ShardPlan, "devices" | "firstDevice" | "plainTopics" | "keepArrivals">;

/** A broadcast between its acceptance and its settling. */
type InFlight = {
  readonly slot: ArrivalSlot;
  readonly sentAt: Micros;
  readonly isTarget: (device: DeviceIndex) => boolean;
  /** Whether it went to a topic's subscribers: its receipts carry no id. */
  readonly group: boolean;
  readonly incomplete: boolean;
  readonly expected: number;
  /** Expected devices without a receipt when last looked at; only ever shrinks. */
  readonly waitingFor: DeviceIndex[];
  reportedLastAt: number;
  /** When it was last told how it stands. */
  reportedAt: number;
};

/** How many devices have no receipt of those that are to have one. */
const stillWaiting = ({ slot, waitingFor }: InFlight): number => {
  let kept = 0;
  for (const device of waitingFor) if (slot.at[device] === 0) waitingFor[kept++] = device;
  waitingFor.length = kept;
  return kept;
};

/** What was announced before a broadcast was sent. */
type Expectation = {
  readonly productKey: string;
  readonly topic: Buffer | null;
  readonly body: SentBody;
  /** Where receipts on the topic go while one broadcast to it is in flight. */
  readonly groupSlot: ArrivalSlot | null;
  /** Arrivals at which the load is read. */
  readonly markCount: number;
};

/** How often it is told how a broadcast stands that some are still to get: each telling costs both processes as much as some receipts. */
const TELL_EVERY: Micros = micros(100_000);

/** Share of the online devices that a broadcast is for, at whose arrival its load is read. */
const MARK_SHARE = 0.99;

/**
 * Follows the broadcasts of a run at one process's devices: sorts receipts into slots by message id (or, for a topic's
 * subscribers, by topic), tells how far each broadcast has come, and settles it into a digest.
 */
export class BroadcastTracker {
  readonly #plan: TrackedPlan;
  readonly #products: ProductNumbers;
  readonly #presence: PresenceLog;
  readonly #loads: BroadcastLoads;
  readonly #arrivals: ArrivalTable;
  /** Null where nobody writes receipts down. */
  readonly #odd: OddReceiptKeeper | null;
  /** Null on a plain broker, where no topic names a message id. */
  readonly #router: MessageRouter | null;
  readonly #inFlight = new Map<string, InFlight>();
  #expectation: Expectation | null = null;
  /** Whether the broadcast announced last has not been accepted yet. */
  #awaiting = false;
  /** Devices that missed an earlier broadcast to the topic: their next receipt on it fits both. */
  #owing: Uint8Array | null = null;
  /** Each device's last receipt of a settled broadcast, µs; 0 is none. */
  readonly #lastReceipt: Float64Array;
  readonly #lateness: LatenessTable;
  #receipts = 0;
  #groupReceiptsOutside = 0;

  constructor(plan: TrackedPlan, presence: PresenceLog, meter: LoadMeter) {
    this.#plan = plan;
    this.#products = new ProductNumbers(plan.devices);
    this.#presence = presence;
    this.#loads = new BroadcastLoads(meter);
    this.#arrivals = new ArrivalTable(plan.devices.length);
    this.#lastReceipt = new Float64Array(plan.devices.length);
    this.#lateness = new LatenessTable(plan.devices.length);
    this.#odd = plan.keepArrivals ? new OddReceiptKeeper() : null;
    this.#router = plan.plainTopics ? null : new MessageRouter(plan.devices, this.#products, this.#arrivals);
  }

  /** A broadcast is about to be sent, not before `now`; answers for how many devices it is, as things stand. */
  expect({ productKey, topicFullName, body }: Extract<ShardCommand, { kind: "expect" }>, now: Micros): number {
    if (this.#inFlight.size === 0) this.#presence.keepFrom(now);
    // broadcasts are sent one call at a time: what is unclaimed now belongs to none of the run's
    this.#arrivals.dismissUnclaimed();
    this.#router?.forget();
    const sent = new SentBody(body);
    const online = this.#onlineOf(productKey);
    this.#odd?.expect(sent);
    this.#expectation = {
      productKey,
      topic: topicFullName === null ? null : Buffer.from(topicFullName),
      body: sent,
      groupSlot: topicFullName === null ? null : new ArrivalSlot(this.#plan.devices.length),
      markCount: Math.max(1, Math.ceil(online * MARK_SHARE)),
    };
    this.#awaiting = true;
    this.#loads.announced();
    return online;
  }

  /** The platform accepted what was expected; its receipts may have come before. */
  accept(messageId: string, sentAt: Micros): void {
    const expectation = this.#expectation;
    if (expectation === null) throw new Error("a broadcast was accepted that was never announced");
    const group = expectation.groupSlot;
    const incomplete = group === null && this.#arrivals.wasTurnedAway(messageId);
    const isTarget = this.#products.isOf(expectation.productKey);
    const { online } = this.#presence.at(sentAt);
    const waitingFor: DeviceIndex[] = [];
    for (let device = 0; device < online.length; device++) {
      if (online[device] === 1 && isTarget(device)) waitingFor.push(device);
    }
    this.#awaiting = false;
    const slot = group ?? this.#arrivals.claim(messageId);
    this.#loads.sent(slot, sentAt);
    this.#inFlight.set(messageId, {
      slot,
      sentAt,
      isTarget,
      group: group !== null,
      incomplete,
      expected: waitingFor.length,
      waitingFor,
      reportedLastAt: -1,
      reportedAt: Number.NEGATIVE_INFINITY,
    });
  }

  /** What is new of each broadcast in flight: of one that all have at once, of any other now and then. */
  *progress(now: Micros): Generator<Extract<ShardReport, { kind: "progress" }>> {
    for (const [messageId, flight] of this.#inFlight) {
      const { slot, expected } = flight;
      if (slot.lastAt === flight.reportedLastAt) continue;
      if (slot.received < expected && now - flight.reportedAt < TELL_EVERY) continue;
      flight.reportedLastAt = slot.lastAt;
      flight.reportedAt = now;
      // as long as fewer have it than are to have it, counting is enough; looking at each costs as much as their receipts
      const outstanding = slot.received < expected ? expected - slot.received : stillWaiting(flight);
      yield {
        kind: "progress",
        messageId,
        expected,
        outstanding,
        lastReceiptAt: slot.lastAt === 0 ? null : micros(slot.lastAt),
      };
    }
  }

  /** The account of one broadcast at these devices; its arrays are freed. */
  settle(command: Extract<ShardCommand, { kind: "settle" }>): {
    digest: FanoutDigest;
    load: ShardLoad | null;
    arrivals: RecordedArrivals | null;
  } {
    const { messageId, dueAt, settledAt } = command;
    const flight = this.#inFlight.get(messageId);
    if (flight === undefined) throw new Error("a broadcast was settled that was never accepted");
    const { firstDevice } = this.#plan;
    const { slot } = flight;
    const owing = this.#owing;
    const digest = digestArrivals(slot, this.#presence.at(flight.sentAt), {
      messageId,
      dueAt,
      settledAt,
      isTarget: flight.isTarget,
      // nor can a receipt from before the sending be this broadcast's: whether its own came as well, nobody can tell
      isAmbiguous: (device) => flight.group && (owing?.[device] === 1 || (slot.at[device] as number) < flight.sentAt),
      firstDevice,
      incomplete: flight.incomplete,
      lastSeen: (device) => {
        const at = this.#lastReceipt[device] as number;
        return { onlineSince: this.#presence.onlineSince(device), lastReceiptAt: at === 0 ? null : micros(at) };
      },
      onDelivered: (device, lateUs) => {
        this.#lastReceipt[device] = slot.at[device] as number;
        if (command.timed && lateUs >= 0) this.#lateness.record(device, lateUs);
      },
    });
    this.#inFlight.delete(messageId);
    if (flight.group) {
      this.#owing ??= new Uint8Array(this.#plan.devices.length);
      for (const device of digest.missing) this.#owing[device - firstDevice] = 1;
      if (this.#expectation?.groupSlot === slot) this.#expectation = { ...this.#expectation, groupSlot: null };
    } else {
      this.#arrivals.release(messageId);
      this.#router?.forget();
    }
    this.#presence.keepFrom(command.keepFrom);
    const load = this.#loads.loadOf(slot);
    if (this.#inFlight.size === 0 && !this.#awaiting) this.#loads.rest();
    return { digest, load, arrivals: this.#plan.keepArrivals ? slot.recorded(firstDevice) : null };
  }

  /**
   * One PUBLISH, on the hot path. Returns where the message id starts in `bytes` where it is a full broadcast to this very
   * device, else -1.
   */
  message(
    device: DeviceIndex,
    at: Micros,
    bytes: Buffer,
    topicStart: number,
    topicEnd: number,
    bodyStart: number,
    bodyEnd: number,
  ): number {
    const router = this.#router;
    const idStart = router === null ? -1 : router.idStart(device, bytes, topicStart, topicEnd);
    const own = router === null || idStart < 0 ? undefined : router.slotOf(bytes, idStart, topicEnd);
    if (own !== undefined) {
      this.#receipts++;
      if (own !== null) this.#record(own, device, at, bytes, bodyStart, bodyEnd);
      return idStart;
    }
    const expected = this.#expectation;
    const topic = expected?.topic;
    if (topic && bytes.compare(topic, 0, topic.length, topicStart, topicEnd) === 0) {
      this.#receipts++;
      if (expected.groupSlot === null) this.#groupReceiptsOutside++;
      else this.#record(expected.groupSlot, device, at, bytes, bodyStart, bodyEnd);
    } else if (router !== null) {
      const other = bytes.toString("utf8", topicStart, topicEnd);
      const slot = router.recordMisdirected(device, at, other);
      if (slot === undefined) return -1;
      this.#receipts++;
      if (slot !== null) this.#odd?.keep(slot, { device, at, first: false, topic: other }, bytes, bodyStart, bodyEnd);
    }
    return -1;
  }

  /** What no settled broadcast accounts for, as of now. */
  totals(): Pick<ShardTotals, "receipts" | "foreign" | "foreignIds" | "afterSettling" | "latest"> {
    const foreign = this.#arrivals.foreign();
    return {
      receipts: this.#receipts,
      foreign: foreign.receipts,
      foreignIds: foreign.ids,
      latest: this.#lateness.latest(this.#plan.firstDevice),
      afterSettling: this.#arrivals.afterSettling + this.#groupReceiptsOutside,
    };
  }

  /** How many devices of a product are online, as things stand. */
  #onlineOf(productKey: string): number {
    const isTarget = this.#products.isOf(productKey);
    let online = 0;
    for (let device = 0; device < this.#plan.devices.length; device++) {
      if (this.#presence.isOnline(device) && isTarget(device)) online++;
    }
    return online;
  }

  #record(slot: ArrivalSlot, device: DeviceIndex, at: Micros, bytes: Buffer, bodyStart: number, bodyEnd: number): void {
    if (slot.markCount < 0 && this.#expectation !== null) this.#loads.begins(slot, this.#expectation.markCount);
    const before = slot.duplicates;
    slot.record(device, at);
    const body = this.#expectation?.body;
    const same = body === undefined || body.isSame(bytes, bodyStart, bodyEnd);
    if (!same) slot.recordCorrupt(device);
    const first = slot.duplicates === before;
    if (first && same) return;
    this.#odd?.keep(slot, { device, at, first, topic: null }, bytes, bodyStart, bodyEnd);
  }
}
