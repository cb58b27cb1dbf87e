import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { parser } from "mqtt-packet";
import type { DeviceAddress } from "../../src/domain/device.js";
import { encodePublish, frameLength, headerLength, PACKET_TYPE } from "../../src/protocol/publish-packet.js";
import { broadcastTopic, parseBroadcastTopic } from "../../src/protocol/topics.js";

/** What becomes of one broadcast on its way down to one device. */
export type BroadcastFate =
  | "pass"
  | "drop"
  | "twice"
  /** One byte of the body is another one. */
  | "corrupt"
  /** The device's connection ends instead. */
  | "cut"
  /** The topic names another device than the one that gets it. */
  | { readonly readdressedTo: Partial<DeviceAddress> };

/** A broadcast on its way down: to whom, and the how manieth of that device it is, from 1. */
export type ProxiedBroadcast = { readonly deviceName: string; readonly nth: number };

/** A proxy between the fleet and the platform. */
export type MqttProxy = AsyncDisposable & {
  readonly url: string;
  /** Broadcasts that came down from the platform so far. */
  readonly broadcasts: number;
};

/** Starts a proxy before the MQTT endpoint `target`; `fateOf` decides about every broadcast, everything else passes. */
export const startMqttProxy = async (
  target: string,
  fateOf: (broadcast: ProxiedBroadcast) => BroadcastFate,
): Promise<MqttProxy> => {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  let broadcasts = 0;

  const relay = (frame: Buffer, deviceName: string, down: Socket, up: Socket): void => {
    const publish = (frame[0] as number) >> 4 === PACKET_TYPE.publish ? readPublish(frame) : null;
    if (publish === null) {
      down.write(frame);
      return;
    }
    broadcasts++;
    const nth = (counts.get(deviceName) ?? 0) + 1;
    counts.set(deviceName, nth);
    const fate = fateOf({ deviceName, nth });
    const { topic, body, qos } = publish;
    if (fate === "drop") return;
    if (fate === "cut") {
      down.destroy();
      up.destroy();
      return;
    }
    if (typeof fate === "object") {
      const named = parseBroadcastTopic(topic);
      if (named === null || qos !== 0) throw new Error(`cannot readdress ${topic}`);
      down.write(encodePublish(broadcastTopic({ ...named, ...fate.readdressedTo }, named.messageId), body, 0));
      return;
    }
    // the frame's last byte is the body's last
    if (fate === "corrupt") frame[frame.length - 1] = (frame.at(-1) as number) ^ 1;
    down.write(frame);
    if (fate === "twice") down.write(frame);
  };

  const server = createServer((down) => {
    const up = connect({ host: hostname, port: Number(targetPort) });
    let deviceName = "";
    const login = parser({ protocolVersion: 4 });
    login.on("packet", (packet) => {
      if (packet.cmd === "connect") deviceName = String(packet.username).split("&")[0] ?? "";
    });
    let rest: Buffer = Buffer.alloc(0);
    down.setNoDelay(true).on("data", (chunk) => {
      login.parse(chunk);
      up.write(chunk);
    });
    up.setNoDelay(true).on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let length = whole(rest); length > 0; length = whole(rest)) {
        const frame = rest.subarray(0, length);
        rest = rest.subarray(length);
        relay(frame, deviceName, down, up);
      }
    });
    for (const [socket, other] of [
      [down, up],
      [up, down],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("end", () => other.end());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    get broadcasts() {
      return broadcasts;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

/** The length of the first packet if it is all there, else 0 or less. */
const whole = (bytes: Buffer): number => {
  const length = frameLength(bytes, 0, bytes.length);
  return length <= bytes.length ? length : 0;
};

/** The parts of a PUBLISH that is a broadcast, or null. [MQTT-3.3.2] */
const readPublish = (frame: Buffer): { topic: string; body: Buffer; qos: number } | null => {
  const start = headerLength(frame.length);
  const topicEnd = start + 2 + frame.readUInt16BE(start);
  const topic = frame.toString("utf8", start + 2, topicEnd);
  if (parseBroadcastTopic(topic) === null && !topic.startsWith("/broadcast/")) return null;
  const qos = ((frame[0] as number) >> 1) & 3;
  return { topic, body: frame.subarray(topicEnd + (qos === 0 ? 0 : 2)), qos };
};
