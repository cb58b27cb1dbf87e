import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "./child.js";
import { spreadOf } from "./spread.js";

/** What the writing process is told, once a round. */
export type WriterOrder = { readonly connections: number; readonly packet: Uint8Array };

/** What the reading process is told, once. */
export type ReaderOrder = { readonly port: number; readonly connections: number; readonly roundBytes: number };

/** Between rounds, ms: as between the broadcasts of `iotb measure`, because caches and sockets cool down meanwhile. */
const GAP_MS = 1000;

/**
 * What plain Node can do here: one process writes `packet` once to each of so many loopback sockets, another reads and counts
 * bytes. Answers packets a second, from before the first write to after the last read: the median of `rounds` after each other.
 */
export const plainSocketRate = async (connections: number, packet: Uint8Array, rounds: number): Promise<number> => {
  await using writer = startChild("socket-writer");
  const { port } = (await writer.next()) as { port: number };
  await using reader = startChild("socket-reader");
  const opened = reader.next();
  reader.send({ port, connections, roundBytes: connections * packet.length } satisfies ReaderOrder);
  await opened;
  const rates: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await sleep(GAP_MS);
    const began = writer.next();
    const ended = reader.next();
    writer.send({ connections, packet } satisfies WriterOrder);
    const { startedAt } = (await began) as { startedAt: number };
    const { endedAt } = (await ended) as { endedAt: number };
    rates.push(connections / ((endedAt - startedAt) / 1e6));
  }
  return spreadOf(rates).median;
};
