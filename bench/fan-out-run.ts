import { encodePublish } from "../src/protocol/publish-packet.js";
import { broadcastTopic } from "../src/protocol/topics.js";
import type { Limit } from "./limit-rate.js";
import { measureLocal } from "./measure-local.js";
import { plainSocketRate } from "./plain-sockets.js";
import type { RawRun } from "./question.js";
import { spreadOf } from "./spread.js";

const BROADCASTS = 5;

/** A small JSON of 200 bytes. */
export const MESSAGE = JSON.stringify({ text: "x".repeat(200 - '{"text":""}'.length) });

/** A packet as long as those of a run: names and ids have the lengths that a run has. */
export const packetLikeARuns = (): Uint8Array => {
  const topic = broadcastTopic({ productKey: "g6palBDnzyT", deviceName: "dk00001" }, "2124724605242310656");
  return encodePublish(topic, Buffer.from(MESSAGE), 0);
};

/** What is measured at one size. */
export type FanOutOrder = {
  readonly devices: number;
  /** Broadcasts before those that are timed. */
  readonly warmups: number;
  /** Whether the pair of plain Node sockets runs beside it. */
  readonly plain: boolean;
  readonly limit: Limit | null;
};

const limitFigures = async (limit: Limit | null): Promise<RawRun> => {
  if (limit === null) return {};
  const { epoll, io_uring } = await limit.measure(BROADCASTS);
  return {
    ...(epoll === null ? {} : { epollPerSecond: epoll }),
    ...(io_uring === null ? {} : { uringPerSecond: io_uring }),
    limitPerSecond: Math.max(epoll ?? 0, io_uring ?? 0),
  };
};

/** One run of `iotb measure --local`, and what it is compared with right after it, so that other work on the machine slows both. */
export const fanOutRun = async ({ devices, warmups, plain, limit }: FanOutOrder): Promise<RawRun> => {
  const order = { devices, broadcasts: BROADCASTS, warmups, message: MESSAGE };
  const { broadcasts: all, total, fleet } = await measureLocal(order);
  const broadcasts = all.filter(({ warmup }) => !warmup);
  const medianOf = (figure: (one: (typeof all)[number]) => number | null) =>
    spreadOf(broadcasts.map((one) => figure(one) ?? Number.NaN)).median;
  return {
    deliveriesPerSecond: medianOf((one) => one.deliveriesPerSecond),
    firstDeliveriesPerSecond: all[0]?.deliveriesPerSecond ?? Number.NaN,
    spreadDeliveriesPerSecond: medianOf((one) => (1000 * one.delivered) / (one.spreadMs ?? Number.NaN)),
    p50Ms: total.latencyMs.p50 ?? Number.NaN,
    p99Ms: total.latencyMs.p99 ?? Number.NaN,
    p99MedianMs: medianOf((one) => one.latencyMs.p99),
    p100Ms: total.coverageMs.p100 ?? Number.NaN,
    firstApiMs: all[0]?.apiMs ?? Number.NaN,
    apiMs: medianOf((one) => one.apiMs),
    connectsPerSecond: fleet?.connectRate ?? Number.NaN,
    ...(plain ? { plainPerSecond: await plainSocketRate(devices, packetLikeARuns(), BROADCASTS) } : {}),
    ...(await limitFigures(limit)),
  };
};
