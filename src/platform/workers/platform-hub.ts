import { IotbError } from "../../domain/errors.js";
import { createBatchRegistrations } from "../batch-registration.js";
import type { Broker } from "../broker.js";
import { allDevices, createDeviceTable, type DeviceTable } from "../device-table.js";
import { createFaultInjection } from "../faults/fault-injection.js";
import { hostPort } from "../listen.js";
import type { PlatformOptions } from "../local-platform.js";
import { certificateFor } from "../mqtt-server.js";
import { createCounters, type PlatformCounters } from "../platform-counters.js";
import { DEFAULT_LIMITS, type PlatformLimits } from "../platform-limits.js";
import { createQuotas } from "../quotas.js";
import { createRrpcExchanges } from "../rrpc-exchanges.js";
import type { RunningPlatform } from "../running-platform.js";
import { startApi } from "../start-api.js";
import { restoreSnapshot, snapshotOf } from "../state-snapshot.js";
import { createBoardFile } from "../work-board.js";
import { createHubBroadcasts } from "./hub-broadcasts.js";
import { createHubDevices } from "./hub-devices.js";
import { createHubGroups } from "./hub-groups.js";
import { createHubLogins } from "./hub-logins.js";
import { createHubReach } from "./hub-reach.js";
import { createMoves } from "./moves.js";
import { startWorkers } from "./start-workers.js";
import { sumCounters } from "./sum-counters.js";
import type { WorkerLink, WorkerPorts, WorkerSaying } from "./worker-link.js";

/** How many worker processes there are, and the file that each of them runs. */
export type WorkersOptions = { readonly workers: number; readonly entry: URL };

/** The table of what a platform is started with; what it was made from need not be kept. */
const tableOf = ({ devices, state, unixMs = Date.now }: PlatformOptions): DeviceTable => {
  const table = createDeviceTable(devices, unixMs());
  if (state) restoreSnapshot(table, state, unixMs());
  return table;
};

/**
 * Starts a platform of several processes. This one holds the API, the table of all devices and everything that there is one of;
 * each worker has an endpoint of its own and holds a part of the devices. Fails as `startLocalPlatform` does.
 */
export const startPlatformHub = (options: PlatformOptions, workers: WorkersOptions): Promise<RunningPlatform> =>
  runHub({ ...options, devices: [], state: { products: [], devices: [] } }, tableOf(options), workers);

const runHub = async (
  options: PlatformOptions,
  table: DeviceTable,
  { workers, entry }: WorkersOptions,
): Promise<RunningPlatform> => {
  const { bind = "127.0.0.1", instanceId, unixMs = Date.now, monotonicMs = () => performance.now() } = options;
  const limits: PlatformLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const faults = options.faults ? createFaultInjection(options.faults, allDevices(table)) : null;
  const refuses = options.faults?.specs.some(({ kind }) => kind === "refuse") ?? false;
  const certificate = options.mqttsPort === undefined ? null : certificateFor(bind, unixMs());
  const counters = createCounters();
  const quotas = createQuotas(options.quota ?? "off", monotonicMs);
  const broker: Pick<Broker, "devices" | "limits" | "counters" | "quotas" | "unixMs" | "refusesLogin"> = {
    devices: table,
    limits,
    counters,
    quotas,
    unixMs,
    refusesLogin: faults?.refusesLogin ?? null,
  };
  const devices = createHubDevices(table);
  const rrpc = createRrpcExchanges(limits.pendingRrpc);
  const board = createBoardFile(workers);
  const links = await startWorkers(
    {
      entry,
      workers,
      settings: {
        bind,
        mqttPort: options.mqttPort,
        mqttsPort: options.mqttsPort ?? null,
        wsPort: options.wsPort ?? null,
        certificate,
        limits: { ...limits, allQueuedBytes: Math.ceil(limits.allQueuedBytes / workers) },
        decidesLogins: refuses || options.quota === "real",
        limitsGroups: quotas.subscribersPerGroup !== Number.POSITIVE_INFINITY,
        hasDeliveryFaults: faults?.hasDeliveryFaults ?? false,
      },
      board,
    },
    table,
  ).catch((thrown: unknown) => {
    board?.[Symbol.dispose]();
    throw thrown;
  });
  const stopWorkers = async (): Promise<void> => {
    await Promise.all(links.map((link) => link[Symbol.asyncDispose]()));
    board?.[Symbol.dispose]();
  };
  const moves = createMoves(links);
  const logins = createHubLogins(broker, moves);
  const groups = createHubGroups(links, quotas.subscribersPerGroup);
  const broadcasts = createHubBroadcasts(links, devices, limits.pendingBroadcasts, counters, faults);
  const reach = createHubReach(links, moves, devices, rrpc);
  const registrations = createBatchRegistrations(limits, unixMs, (device) => reach.changed(device, "created"));

  const hear = (worker: number, link: WorkerLink, saying: WorkerSaying): void => {
    switch (saying.kind) {
      case "presence":
        devices.apply(saying);
        break;
      case "claim":
        logins(worker, saying.request, saying.keepSession, (answer) =>
          link.send({ kind: "claimed", claim: saying.claim, answer }),
        );
        break;
      case "join":
        groups(saying.filters, (full) => link.send({ kind: "joined", join: saying.join, full }));
        break;
      case "pending":
        broadcasts.pending(worker, saying.heard, saying.jobs);
        break;
      case "reply": {
        const device = devices.find(saying.device);
        if (device !== null) rrpc.observe(device, saying.topic, saying.body);
      }
    }
  };
  let stopping = false;
  const failed = new Promise<IotbError>((resolve) => {
    links.forEach((link, worker) => {
      link.onSaying((saying) => hear(worker, link, saying));
      void link.ended.then((how) => {
        const why = `worker ${worker} of the local platform, pid ${link.pid}, ended (${how})`;
        if (!stopping) resolve(new IotbError("platform-ended", why));
      });
    });
  });

  try {
    const ports = await listenAll(links);
    const parts = { broker, broadcasts, reach, registrations };
    const rpc = await startApi({ ...options, bind }, parts, faults);
    const urls = (scheme: string, path: string, portOf: (own: WorkerPorts) => number | null): string[] =>
      ports.flatMap((own) => {
        const port = portOf(own);
        return port === null ? [] : [`${scheme}://${hostPort(bind, port)}${path}`];
      });
    return {
      mqttUrls: urls("mqtt", "", ({ port }) => port),
      mqttsUrls: urls("mqtts", "", ({ mqttsPort }) => mqttsPort),
      wsUrls: urls("ws", "/mqtt", ({ wsPort }) => wsPort),
      caPem: certificate?.caPem ?? null,
      popUrl: `http://${hostPort(bind, rpc.port)}`,
      instanceId,
      workerPids: links.map(({ pid }) => pid),
      failed,
      productKeys: () => [...table.products.keys()],
      deviceCount: () => [...table.products.values()].reduce((sum, product) => sum + product.devices.size, 0),
      counters: async () => sumCounters([counters, ...(await Promise.all(links.map(countersOf)))]),
      state: () => snapshotOf(table),
      [Symbol.asyncDispose]: async () => {
        stopping = true;
        registrations[Symbol.dispose]();
        rrpc[Symbol.dispose]();
        await Promise.all([rpc[Symbol.asyncDispose](), stopWorkers()]);
      },
    };
  } catch (thrown) {
    stopping = true;
    await stopWorkers();
    throw thrown;
  }
};

/** What a worker has counted; nothing where it has ended. */
const countersOf = (link: WorkerLink): Promise<PlatformCounters> =>
  new Promise((resolve) => {
    link.ask("counters", null, resolve);
    void link.ended.then(() => resolve(createCounters()));
  });

/** Lets all workers listen; the failure of any is that of all, when every one has had its say. */
const listenAll = async (links: readonly WorkerLink[]): Promise<WorkerPorts[]> => {
  const ports = await Promise.allSettled(links.map((link) => link.listen()));
  return ports.map((port) => {
    if (port.status === "rejected") throw port.reason;
    return port.value;
  });
};
