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
  /** Broadcasts taken and not yet written out. */
  pending(): number;
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
  /** Subscribed broadcast: the packet, the same for every device; and the one for MQTT 5, made when it is first needed. */
  readonly packet: Uint8Array | null;
  packet5: Uint8Array | null;
  readonly topic: string;
  done: number;
};

/** Packets are cut from blocks of this size, bytes; a block is never used again, because sockets may still hold parts of it. */
const SLAB_BYTES = 256 * 1024;

/** Bodies from this size on are not copied for each device but written as they are behind the device's header, bytes. */
const SHARED_BODY_BYTES = 1024;

/** The clock is read once in so many devices. */
const DEVICES_PER_CLOCK_READ = 16;

const NO_BYTES = new Uint8Array(0);

/** What MQTT 5 has between topic and body: the length of its properties, of which there are none. [MQTT5-3.3.2.3.1] */
const NO_PROPERTIES = Uint8Array.of(0);

/** The one packet of a subscribed broadcast for all MQTT 5 devices. */
const packetFor5 = (job: Job): Uint8Array => {
  job.packet5 ??= encodePublish(job.topic, Buffer.concat([NO_PROPERTIES, job.body]), 0);
  return job.packet5;
};

/** The length of a broadcast's packet for an MQTT 5 device, bytes. */
const lengthFor5 = ({ topicPrefix }: Connection, job: Job): number =>
  job.packet === null
    ? publishLength(topicPrefix.length + job.idBytes.length, job.body.length + 1, 0)
    : packetFor5(job).length;

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
    const behindTopic = body.length + (connection.terms === null ? 0 : 1);
    const length = publishLength(topicBytes, behindTopic, 0);
    const packet = room(shared ? length - body.length : length, socket.writableLength > 0);
    let at = writePublishHeader(packet, 0, topicBytes, behindTopic, 0);
    packet.set(topicPrefix, at);
    at += topicPrefix.length;
    packet.set(idBytes, at);
    at += idBytes.length;
    if (connection.terms !== null) packet[at++] = 0; // no properties
    if (shared) {
      socket.cork();
      socket.write(packet);
      socket.write(body);
      socket.uncork();
    } else {
      packet.set(body, at);
      socket.write(packet);
    }
  };

  const deliver = (connection: Connection, job: Job): void => {
    if (connection.state !== "online") {
      tally(counters.undelivered, "gone-offline");
    } else if (connection.socket.writableLength > limits.slowReaderBytes) {
      tally(counters.undelivered, "slow-reader");
      closeConnection(broker, connection, "slow-reader", "destroy");
    } else if (connection.terms !== null && lengthFor5(connection, job) > connection.terms.maxPacketBytes) {
      tally(counters.undelivered, "over-client-limit"); // [MQTT5-3.1.2-24]
    } else {
      if (job.packet === null) writeOwnTopic(connection, job);
      else connection.socket.write(connection.terms === null ? job.packet : packetFor5(job));
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
    pending: () => jobs.length,
    enqueue: (targets, first, topic, body) => {
      const full = "messageId" in topic;
      jobs.push({
        targets,
        first,
        body,
        idBytes: full ? Buffer.from(topic.messageId, "latin1") : NO_BYTES,
        packet: full ? null : encodePublish(topic.topic, body, 0),
        packet5: null,
        topic: full ? "" : topic.topic,
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
