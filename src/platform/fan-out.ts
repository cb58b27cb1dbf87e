import { encodePublish } from "../protocol/publish-packet.js";
import { BatchSender } from "../tcp/batch-sender.js";
import type { BroadcastTargets } from "./broadcast-targets.js";
import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { OwnTopicPackets } from "./own-topic-packets.js";
import { tally } from "./platform-counters.js";
import { type BoardSeat, openWorkBoard, type WorkBoard } from "./work-board.js";

/** Where a broadcast goes: to each device's own topic that ends in the message id, or to one topic for all. */
export type FanOutTopic = { readonly messageId: string } | { readonly topic: string };

/** Delivers accepted broadcasts, one after the other, in slices of time. */
export type FanOut = Disposable & {
  /** Makes ready for broadcasts to many devices; otherwise the first one does. */
  prepare(): void;
  /** Whether another broadcast may be accepted now. */
  hasRoom(): boolean;
  /** Broadcasts taken and not yet written out. */
  pending(): number;
  /**
   * Queues a broadcast to exactly these connections, beginning with the first of them. Nothing is written before the caller's turn of
   * the event loop is over, so an answer written in that turn comes first.
   */
  enqueue(to: BroadcastTargets, topic: FanOutTopic, body: Uint8Array): void;
};

type Job = BroadcastTargets & {
  readonly body: Uint8Array;
  /** Full broadcast: its packets, for MQTT 3.1.1 and for 5. */
  readonly own: { readonly v4: OwnTopicPackets; readonly v5: OwnTopicPackets } | null;
  /** Subscribed broadcast: the packet, the same for every device; and the one for MQTT 5, made when it is first needed. */
  readonly packet: Uint8Array;
  packet5: Uint8Array | null;
  readonly topic: string;
  done: number;
};

/** Bodies from this size on are not copied for each device that lags but shared by all, bytes. */
const SHARED_BODY_BYTES = 1024;

/** From so many devices on a broadcast is one to many. */
export const MANY_DEVICES = 256;

/**
 * The clock is read after so much work, in deliveries by batch: each turn of the event loop costs as much as some ten of them, and where
 * processes share a core a slice of time is over before much of it was theirs. A delivery the long way counts as many.
 */
const WORK_PER_CLOCK_READ = 1024;
const WORK_OF_LONG_WAY = 64;

const NO_BYTES = new Uint8Array(0);

/** What MQTT 5 has between topic and body: the length of its properties, of which there are none. [MQTT5-3.3.2.3.1] */
const NO_PROPERTIES = Uint8Array.of(0);

/**
 * A job not begun. Written out in one literal: one put together by spreading has another hidden class each time, and what V8 compiled
 * for the former broadcast would be thrown away in the midst of the next.
 */
const createJob = ({ targets, first, list }: BroadcastTargets, to: FanOutTopic, body: Uint8Array): Job => {
  const topic = "topic" in to ? to.topic : "";
  const packet = "topic" in to ? encodePublish(topic, body, 0) : NO_BYTES;
  const own = "topic" in to ? null : ownPackets(to.messageId, body);
  return { targets, first, list, body, own, packet, packet5: null, topic, done: 0 };
};

const ownPackets = (messageId: string, body: Uint8Array): NonNullable<Job["own"]> => {
  const leaveBody = body.length >= SHARED_BODY_BYTES;
  return {
    v4: new OwnTopicPackets(messageId, body, NO_BYTES, leaveBody),
    v5: new OwnTopicPackets(messageId, body, NO_PROPERTIES, leaveBody),
  };
};

/** The one packet of a subscribed broadcast for all MQTT 5 devices. */
const packetFor5 = (job: Job): Uint8Array => {
  job.packet5 ??= encodePublish(job.topic, Buffer.concat([NO_PROPERTIES, job.body]), 0);
  return job.packet5;
};

/**
 * The fan-out of one platform process. QoS 0: the platform's own is documented nowhere. `seat` is its place among the others of its
 * platform: while few of them are at work on a broadcast, the kernel helps to send.
 */
export const createFanOut = (broker: Broker, seat: BoardSeat | null = null): FanOut => {
  const { counters, limits } = broker;
  const jobs: Job[] = [];
  let running: NodeJS.Immediate | null = null;
  /** Sends many packets at once; null until it is wanted, and where the system has no such thing. */
  let sender: BatchSender | null = null;
  let board: WorkBoard | null = null;
  let through = 0;
  let prepared = false;
  let disposed = false;

  const hasSpareCore = (): boolean => board?.hasSpareCore() ?? false;
  const prepare = (): void => {
    if (prepared) return;
    prepared = true;
    const opening = [BatchSender.open(broker.idleSockets, hasSpareCore), seat && openWorkBoard(seat)] as const;
    void Promise.all(opening).then((opened) => {
      if (disposed) for (const each of opened) each?.[Symbol.dispose]();
      else [sender, board] = opened;
      board?.through(through);
    });
  };

  /** Sends a packet, and the body behind it where it was left out. `own` is told where the packet is kept. */
  const send = (
    { plain, socket }: Connection,
    packet: Uint8Array,
    body: Uint8Array | null,
    own: OwnTopicPackets | null,
  ): void => {
    if (plain !== null) {
      if (body === null && sender?.add(plain, packet)) return;
      const gone = body === null ? plain.write(packet) : plain.writePair(packet, body);
      if (!gone) own?.given();
      return;
    }
    own?.given(); // a stream may hold what it was given at any time
    socket.write(packet);
    if (body !== null) socket.write(body);
  };

  const deliver = (connection: Connection, job: Job): void => {
    const { device, terms, socket } = connection;
    if (connection.state !== "online" || device === null) {
      tally(counters.undelivered, "gone-offline");
      return;
    }
    if (socket.writableLength > limits.slowReaderBytes) {
      tally(counters.undelivered, "slow-reader");
      closeConnection(broker, connection, "slow-reader", "destroy");
      return;
    }
    const { own } = job;
    const packets = own === null ? null : terms === null ? own.v4 : own.v5;
    const packet = packets === null ? (terms === null ? job.packet : packetFor5(job)) : packets.for(device);
    const body = packets !== null && job.body.length >= SHARED_BODY_BYTES ? job.body : null;
    if (terms !== null && packet.length + (body?.length ?? 0) > terms.maxPacketBytes) {
      tally(counters.undelivered, "over-client-limit"); // [MQTT5-3.1.2-24]
      return;
    }
    send(connection, packet, body, packets);
    counters.deliveries += 1;
  };

  /**
   * The hot path: the own packet of the device at this slot of the list, by batch, without a look at its connection. False where it
   * must go the long way, {@link deliver}: it has left or moved, speaks MQTT 5, has no plain socket, or something waits for it.
   */
  const deliverByBatch = (batch: BatchSender, slot: number, { targets, list, own, body }: Job): boolean => {
    if (list === null || own === null || list.connections[slot] !== targets[slot]) return false;
    if (body.length >= SHARED_BODY_BYTES) return false;
    const { bytes, nameStart } = own.v4.like(list.productKey, list.nameLengths[slot] as number);
    const start = batch.addLike(list.sockets[slot] as number, bytes);
    if (start < 0) return false;
    list.copyName(slot, batch.memory, start + nameStart);
    counters.deliveries += 1;
    return true;
  };

  const run = (): void => {
    const end = performance.now() + limits.deliverySliceMs;
    let work = 0;
    for (let job = jobs[0]; job; job = jobs[0]) {
      const { targets, first } = job;
      while (job.done < targets.length) {
        const turned = first + job.done++;
        const place = turned < targets.length ? turned : turned - targets.length;
        if (sender !== null && deliverByBatch(sender, place, job)) work += 1;
        else {
          deliver(targets[place] as Connection, job);
          work += WORK_OF_LONG_WAY;
        }
        if (work < WORK_PER_CLOCK_READ) continue;
        work = 0;
        if (performance.now() < end) continue;
        sender?.flush();
        running = setImmediate(run);
        return;
      }
      sender?.flush();
      jobs.shift();
      through += 1;
      board?.through(through);
    }
    running = null;
  };

  return {
    prepare,
    hasRoom: () => jobs.length < limits.pendingBroadcasts,
    pending: () => jobs.length,
    enqueue: (to, topic, body) => {
      if (to.targets.length >= MANY_DEVICES) prepare();
      jobs.push(createJob(to, topic, body));
      running ??= setImmediate(run);
    },
    [Symbol.dispose]: () => {
      if (running !== null) clearImmediate(running);
      running = null;
      jobs.length = 0;
      disposed = true;
      sender?.[Symbol.dispose]();
      board?.[Symbol.dispose]();
      sender = null;
      board = null;
    },
  };
};
