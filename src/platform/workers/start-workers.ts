import type { DeviceTable } from "../device-table.js";
import type { BoardFile } from "../work-board.js";
import { rowsFor } from "./held-devices.js";
import { firstHolder } from "./moves.js";
import { startWorker, type WorkerLink } from "./worker-link.js";
import type { WorkerSettings } from "./worker-messages.js";

/** What workers have in common; worker i listens on each port that is not 0 plus i, and has place i on the board. */
export type WorkersPlan = {
  readonly entry: URL;
  readonly workers: number;
  readonly settings: Omit<WorkerSettings, "board">;
  /** Null where there is none. */
  readonly board: BoardFile | null;
};

/** Starts all workers in parallel, each with its devices; none listens yet. When one does not start, the others are stopped. */
export const startWorkers = async (
  { entry, workers, settings, board }: WorkersPlan,
  table: DeviceTable,
): Promise<readonly WorkerLink[]> => {
  const { mqttPort, mqttsPort, wsPort } = settings;
  const portOf = (port: number, worker: number): number => (port === 0 ? 0 : port + worker);
  const starts = await Promise.allSettled(
    Array.from({ length: workers }, (_, worker) =>
      startWorker(
        entry,
        {
          ...settings,
          mqttPort: portOf(mqttPort, worker),
          mqttsPort: mqttsPort && portOf(mqttsPort, worker),
          wsPort: wsPort && portOf(wsPort, worker),
          board: board && { path: board.path, seat: worker, seats: workers },
        },
        rowsFor(table, (serial) => firstHolder(serial, workers) === worker),
      ),
    ),
  );
  const links = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const failed = starts.find((start) => start.status === "rejected");
  if (failed === undefined) return links;
  await Promise.all(links.map((link) => link[Symbol.asyncDispose]()));
  throw failed.reason;
};
