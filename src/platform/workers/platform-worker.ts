import type { Line } from "../../backplane/backplane.js";
import { IotbError, reasonOf } from "../../domain/errors.js";
import { IdleSockets } from "../../tcp/idle-sockets.js";
import type { Verdict } from "../authenticate.js";
import { groupSize } from "../broadcast-targets.js";
import type { Broker } from "../broker.js";
import { deliverMessage } from "../deliver-message.js";
import { createEmptyTable } from "../device-table.js";
import { kickOlder } from "../kick-older.js";
import { applyChange } from "../local-reach.js";
import { type MqttServer, startMqttServer } from "../mqtt-server.js";
import { createPacketParser } from "../packet-parser.js";
import { createCounters } from "../platform-counters.js";
import { createQuotas } from "../quotas.js";
import { createRrpcExchanges } from "../rrpc-exchanges.js";
import { sendMessage } from "../send-message.js";
import { createSessionStore, dropSession } from "../session-store.js";
import { packSession, unpackSession } from "./carried-session.js";
import { createHeldDevices } from "./held-devices.js";
import { createPresenceReports } from "./presence-reports.js";
import { createWorkerBroadcasts } from "./worker-broadcasts.js";
import { createWorkerHubLink } from "./worker-hub-link.js";
import type { ClaimAnswer, WorkerOrder, WorkerQuestions, WorkerReport, WorkerSettings } from "./worker-messages.js";

type Answers = {
  readonly [Q in keyof WorkerQuestions]: (asked: WorkerQuestions[Q]["asked"]) => WorkerQuestions[Q]["told"];
};

/** Everything of one worker behind its line. */
type Worker = AsyncDisposable & { heed(order: WorkerOrder): void };

/**
 * Runs a worker of a platform of several processes: it holds the devices that the hub gives it, with their connections, sessions
 * and its part of every broadcast. Disposing of it closes every connection; that is told before it ends.
 */
export const runPlatformWorker = (line: Line<WorkerOrder, WorkerReport>): AsyncDisposable => {
  let worker: Worker | null = null;
  line.onMessage((order) => {
    if (order.kind === "start") worker = createWorker(order.settings, (report) => line.send(report));
    else worker?.heed(order);
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await worker?.[Symbol.asyncDispose]();
    },
  };
};

const createWorker = (settings: WorkerSettings, send: (report: WorkerReport) => void): Worker => {
  const { limits } = settings;
  const held = createHeldDevices(createEmptyTable());
  const presence = createPresenceReports(send);
  const rrpc = createRrpcExchanges(limits.pendingRrpc);
  const monotonicMs = (): number => performance.now();
  const sessions = createSessionStore();

  const landed = (answer: ClaimAnswer): Verdict => {
    if ("returnCode" in answer) return { device: null, ...answer };
    const { moved, keepAliveSeconds } = answer;
    if (moved !== null) held.add(moved.rows);
    const device = held.find(answer.device);
    if (device === null) return { device: null, returnCode: 5, reason: "unknown-device" };
    if (moved?.session) unpackSession(sessions, device, moved.session, monotonicMs());
    if (device.disabled) return { device: null, returnCode: 5, reason: "disabled-device" };
    return { device, keepAliveSeconds };
  };

  const hubLink = createWorkerHubLink(settings, presence, send, landed);
  const broker: Broker = {
    devices: held.table,
    limits,
    counters: createCounters(),
    quotas: createQuotas("off", monotonicMs), // the account's are the hub's to keep
    refusesLogin: null,
    upstreamObservers: new Set([rrpc.observe]),
    parsePacket: createPacketParser(),
    sessions,
    idleSockets: new IdleSockets(),
    monotonicMs,
    unixMs: Date.now,
    hub: hubLink.link,
  };
  const broadcasts = createWorkerBroadcasts(broker, held, settings, send);
  let server: Promise<MqttServer> | null = null;

  const listen = (): void => {
    const { bind, mqttPort, mqttsPort, wsPort, certificate } = settings;
    server = startMqttServer(broker, bind, {
      mqttPort,
      mqttsPort: mqttsPort ?? undefined,
      wsPort: wsPort ?? undefined,
      certificate: certificate ?? undefined,
    });
    server.then(
      (started) =>
        send({ kind: "listening", port: started.port, mqttsPort: started.mqttsPort, wsPort: started.wsPort }),
      (thrown: unknown) => {
        const known = thrown instanceof IotbError ? thrown : null;
        send({ kind: "failed", code: known?.code ?? "internal", message: reasonOf(thrown), hint: known?.hint ?? null });
      },
    );
  };

  const answers: Answers = {
    release: ({ device: serial, keepSession }) => {
      const device = held.find(serial);
      if (device === null) return null;
      if (device.connection !== null) kickOlder(broker, device.connection);
      if (!keepSession) dropSession(sessions, device);
      const session = packSession(sessions, device, monotonicMs());
      held.remove(device);
      presence.flush(); // offline here before it can be online elsewhere
      return session;
    },
    targets: ({ productKey, topic }) => broadcasts.fix(productKey, topic),
    addresses: (devices) => devices.map((serial) => held.find(serial)?.connection?.socket.remoteAddress ?? ""),
    counters: () => broker.counters,
    groupSizes: (filters) =>
      filters.map((filter) => groupSize(held.table.products.get(filter.split("/")[2] ?? ""), filter)),
  };

  const stop = async (): Promise<void> => {
    broadcasts[Symbol.dispose]();
    rrpc[Symbol.dispose]();
    const running = await server?.catch(() => null); // told by `failed`
    await running?.[Symbol.asyncDispose]();
    presence[Symbol.dispose]();
  };
  let stopped: Promise<void> | null = null;
  const stopOnce = (): Promise<void> => {
    stopped ??= stop();
    return stopped;
  };

  return {
    heed: (order) => {
      const device = "device" in order ? held.find(order.device) : null;
      switch (order.kind) {
        case "devices":
          held.add(order.rows);
          return send({ kind: "took" });
        case "listen":
          return listen();
        case "claimed":
          return hubLink.claimed(order.claim, order.answer);
        case "joined":
          return hubLink.joined(order.join, order.full);
        case "broadcast":
          return broadcasts.deliver(order.productKey, order.topic, order.body);
        case "deliver":
          return broadcasts.deliverFixed(order.body, order.faults);
        case "send":
          return device === null ? undefined : sendMessage(broker, device, order.message);
        case "ask": {
          if (device === null) return;
          const { topic, replyTopic, body, timeoutMs } = order.question;
          void rrpc.expect(device, replyTopic, timeoutMs).then((reply) => {
            if (reply !== null) send({ kind: "reply", device: order.device, topic: replyTopic, body: reply });
          });
          return deliverMessage(broker, device.connection, topic, body, 0);
        }
        case "changed":
          if (device === null) return;
          device.disabled = order.change === "disabled";
          applyChange(broker, device, order.change);
          if (order.change === "deleted") held.remove(device);
          return;
        case "question": {
          const answer = answers[order.name] as (asked: unknown) => unknown;
          return send({ kind: "answer", id: order.id, told: answer(order.asked) });
        }
        case "stop":
          return void stopOnce().then(() => send({ kind: "stopped" }));
        default:
      }
    },
    [Symbol.asyncDispose]: stopOnce,
  };
};
