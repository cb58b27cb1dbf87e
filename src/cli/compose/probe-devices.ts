import type { DeviceEngine, TestConnection, TestDevices } from "../../app/ports.js";
import type { DeviceTriplet } from "../../domain/device.js";
import type { Clock } from "../../domain/time.js";
import type { ShardEngine } from "../processes/fleet-shard.js";
import { connectSingleDevice } from "./single-device.js";

/** The port of the platform's unencrypted endpoint. [Establish MQTT connections over TCP] */
const PLAIN_PORT = 1883;

/** Test devices, each connection with an engine of its own. */
export const createProbeDevices = (
  devices: readonly DeviceTriplet[],
  engine: ShardEngine,
  clock: Clock,
): TestDevices => ({
  count: devices.length,
  open: async (number, { keepaliveSeconds, plainTcp, filters }) => {
    const device = devices[number];
    if (device === undefined) throw new RangeError(`no test device ${number}`);
    const { options } = engine;
    const endpoints = plainTcp
      ? options.endpoints.map((one) =>
          one.protocol === "mqtt" ? one : { protocol: "mqtt" as const, host: one.host, port: PLAIN_PORT },
        )
      : options.endpoints;
    const changed: ShardEngine = {
      ...engine,
      subscriptions: filters ?? [],
      options: { ...options, endpoints, keepaliveSeconds: keepaliveSeconds ?? options.keepaliveSeconds },
    };
    return connect(device, changed, clock);
  },
});

type Message = { readonly topic: string; readonly qos: 0 | 1 };

const connect = async (device: DeviceTriplet, engine: ShardEngine, clock: Clock): Promise<TestConnection> => {
  const messages: Message[] = [];
  const arrivals = new EventTarget();
  let running: DeviceEngine | null = null;
  try {
    const outcome = await new Promise<string>((resolve, reject) => {
      connectSingleDevice(device, engine, clock, {
        online: () => resolve("online"),
        refused: (_number, _at, { reason }) => resolve(reason),
        offline: () => undefined,
        message: (_number, _at, bytes, topicStart, topicEnd, _bodyStart, _bodyEnd, qos) => {
          messages.push({ topic: bytes.toString("utf8", topicStart, topicEnd), qos });
          arrivals.dispatchEvent(new Event("message"));
        },
      }).then((made) => {
        running = made;
        made.open(0);
      }, reject);
    });
    return {
      outcome,
      next: (topicPart, withinMs) => nextMessage(messages, arrivals, topicPart, withinMs),
      [Symbol.asyncDispose]: async () => {
        await running?.[Symbol.asyncDispose]();
      },
    };
  } catch (thrown) {
    await (running as DeviceEngine | null)?.[Symbol.asyncDispose]();
    throw thrown;
  }
};

const nextMessage = (
  messages: Message[],
  arrivals: EventTarget,
  topicPart: string,
  withinMs: number,
): Promise<Message | null> =>
  new Promise((resolve) => {
    const take = (): boolean => {
      const at = messages.findIndex(({ topic }) => topic.includes(topicPart));
      if (at >= 0) finish(messages.splice(at, 1)[0] ?? null);
      return at >= 0;
    };
    const finish = (message: Message | null): void => {
      clearTimeout(timer);
      arrivals.removeEventListener("message", take);
      resolve(message);
    };
    const timer = setTimeout(() => finish(null), withinMs);
    arrivals.addEventListener("message", take);
    take();
  });
