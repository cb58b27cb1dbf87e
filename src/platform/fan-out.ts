import { encodePublish, publishLength, writePublishHeader } from "../protocol/publish-packet.js";
import type { Broker } from "./broker.js";
import { closeConnection } from "./close-connection.js";
import type { Connection } from "./connection.js";
import { tally } from "./platform-counters.js";

/** Where a broadcast goes: to each device's own topic that ends in the message id, or to one topic for all. */
export type FanOutTopic = { readonly messageId: string } | { readonly topic: string };

/** Delivers accepted broadcasts, one after the other, in slices of time. */
export type FanOut = Disposable & {
  /** Whether another broadcast may be accepted now. */
  hasRoom(): boolean;
  /**
   * Queues a broadcast to exactly these connections, beginning with the one at `first`. Nothing is written before the caller's
   * turn of the event loop is over, so an answer written in that turn comes first.
   */
  enqueue(targets: readonly Connection[], first: number, topic: FanOutTopic, body: Uint8Array): void;
};

type Job = {
  readonly targets: readonly Connection[];
  readonly first: number;
  readonly body: Uint8Array;
  /** Full broadcast: the message id's bytes. */
  readonly idBytes: Uint8Array;
  /** Subscribed broadcast: the packet, the same for every device. */
  readonly packet: Uint8Array | null;
  done: number;
};

/** Packets are cut from blocks of this size, bytes; a block is never used again, because sockets may still hold parts of it. */
const SLAB_BYTES = 256 * 1024;

/** Bodies from this size on are not copied for each device but written as they are behind the device's header, bytes. */
const SHARED_BODY_BYTES = 1024;

/** The clock is read once in so many devices. */
const DEVICES_PER_CLOCK_READ = 16;

const NO_BYTES = new Uint8Array(0);

/** The fan-out of one platform process. QoS 0: the platform's own is documented nowhere. */
export const createFanOut = (broker: Broker): FanOut => {
  const { counters, limits } = broker;
  const jobs: Job[] = [];
  let running: NodeJS.Immediate | null = null;
  let slab = Buffer.alloc(0);
  let used = 0;

  /**
   * Room for a packet. A device that lags gets memory of its own: a few bytes waiting for it would keep a whole slab alive, and
   * its backlog would weigh far more than its `writableLength` shows.
   */
  const room = (length: number, lagging: boolean): Buffer => {
    if (lagging || length > SLAB_BYTES / 4) return Buffer.allocUnsafeSlow(length);
    if (slab.length - used < length) {
      slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      used = 0;
    }
    const start = used;
    used += length;
    return slab.subarray(start, used);
  };

  const writeOwnTopic = (connection: Connection, { idBytes, body }: Job): void => {
    const { socket, topicPrefix } = connection;
    const topicBytes = topicPrefix.length + idBytes.length;
    const shared = body.length >= SHARED_BODY_BYTES;
    const length = publishLength(topicBytes, body.length, 0);
    const packet = room(shared ? length - body.length : length, socket.writableLength > 0);
    let at = writePublishHeader(packet, 0, topicBytes, body.length, 0);
    packet.set(topicPrefix, at);
    at += topicPrefix.length;
    packet.set(idBytes, at);
    if (shared) {
      socket.cork();
      socket.write(packet);
      socket.write(body);
      socket.uncork();
    } else {
      packet.set(body, at + idBytes.length);
      socket.write(packet);
    }
  };

  const deliver = (connection: Connection, job: Job): void => {
    if (connection.state !== "online") {
      tally(counters.undelivered, "gone-offline");
    } else if (connection.socket.writableLength > limits.slowReaderBytes) {
      tally(counters.undelivered, "slow-reader");
      closeConnection(broker, connection, "slow-reader", "destroy");
    } else {
      if (job.packet === null) writeOwnTopic(connection, job);
      else connection.socket.write(job.packet);
      counters.deliveries += 1;
    }
  };

  const run = (): void => {
    const end = performance.now() + limits.deliverySliceMs;
    for (let job = jobs[0]; job; job = jobs[0]) {
      const { targets, first } = job;
      while (job.done < targets.length) {
        const place = first + job.done++;
        const connection = targets[place < targets.length ? place : place - targets.length];
        if (connection) deliver(connection, job);
        if (job.done % DEVICES_PER_CLOCK_READ === 0 && performance.now() >= end) {
          running = setImmediate(run);
          return;
        }
      }
      jobs.shift();
    }
    running = null;
  };

  return {
    hasRoom: () => jobs.length < limits.pendingBroadcasts,
    enqueue: (targets, first, topic, body) => {
      const full = "messageId" in topic;
      jobs.push({
        targets,
        first,
        body,
        idBytes: full ? Buffer.from(topic.messageId, "latin1") : NO_BYTES,
        packet: full ? null : encodePublish(topic.topic, body, 0),
        done: 0,
      });
      running ??= setImmediate(run);
    },
    [Symbol.dispose]: () => {
      if (running !== null) clearImmediate(running);
      running = null;
      jobs.length = 0;
    },
  };
};
