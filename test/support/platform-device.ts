import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import {
  generate,
  type IConnackPacket,
  type IPublishPacket,
  type ISubackPacket,
  type Packet,
  parser,
} from "mqtt-packet";
import { createWebSocketStream, WebSocket } from "ws";
import type { DeviceTriplet } from "../../src/domain/device.js";
import { signConnect } from "../../src/protocol/mqtt-credentials.js";

/** A bare MQTT client: sends what it is told, byte for byte if need be, and hands out what arrives in order. */
export type RawDevice = AsyncDisposable & {
  readonly socket: Duplex;
  send(...packets: (Packet | Uint8Array)[]): void;
  /** The next packet; fails when the connection ends first. */
  next(): Promise<Packet>;
  /** Resolves with everything that was not taken when the connection has ended. */
  ended(): Promise<Packet[]>;
};

/** A CONNECT signed for a device. */
export const connectPacket = (triplet: DeviceTriplet, changes: Record<string, unknown> = {}): Packet => {
  const { clientId, username, password } = signConnect(triplet, { method: "hmacsha256", secureMode: 3 });
  const login = { clientId, username, password: Buffer.from(password), keepalive: 300, clean: true };
  return { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, ...login, ...changes };
};

/** A CONNECT of MQTT 5. */
export const connectPacket5 = (triplet: DeviceTriplet, changes: Record<string, unknown> = {}): Packet =>
  connectPacket(triplet, { protocolVersion: 5, ...changes });

/** How to connect: the version that packets are written and read in, and for `mqtts:` the authority to trust. */
export type RawOptions = { readonly protocolVersion?: 4 | 5; readonly ca?: string };

/** The transport that a URL's scheme names, and its event when it is there. */
const openSocket = (url: string, ca: string | undefined): [socket: Duplex, ready: Promise<unknown>] => {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === "ws:") {
    const client = new WebSocket(url, "mqtt");
    const ready = once(client, "open");
    const stream = createWebSocketStream(client);
    stream.on("end", () => stream.destroy());
    return [stream, ready];
  }
  const where = { host: hostname, port: Number(port) };
  const socket = protocol === "mqtts:" ? connectTls({ ...where, ...(ca === undefined ? {} : { ca }) }) : connect(where);
  return [socket, once(socket, protocol === "mqtts:" ? "secureConnect" : "connect")];
};

/** Opens a connection and says nothing. */
export const openRaw = async (url: string, { protocolVersion = 4, ca }: RawOptions = {}): Promise<RawDevice> => {
  const [socket, ready] = openSocket(url, ca);
  const arrived: Packet[] = [];
  const waiting: { resolve(packet: Packet): void; reject(error: Error): void }[] = [];
  const reader = parser({ protocolVersion });
  let closed = false;
  reader.on("packet", (packet) => {
    const first = waiting.shift();
    if (first) first.resolve(packet);
    else arrived.push(packet);
  });
  socket.on("data", (chunk) => reader.parse(chunk));
  socket.on("error", () => {});
  const gone = new Promise<void>((resolve) => {
    socket.on("close", () => {
      closed = true;
      for (const { reject } of waiting.splice(0)) reject(new Error("the connection ended"));
      resolve();
    });
  });
  await ready;
  return {
    socket,
    send: (...packets) => {
      for (const packet of packets) socket.write("cmd" in packet ? generate(packet, { protocolVersion }) : packet);
    },
    next: () => {
      const first = arrived.shift();
      if (first) return Promise.resolve(first);
      if (closed) return Promise.reject(new Error("the connection ended"));
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    ended: async () => {
      await gone;
      return arrived.splice(0);
    },
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await gone;
    },
  };
};

/** Opens a connection, logs in and fails unless the platform says yes. */
export const openOnline = async (url: string, triplet: DeviceTriplet): Promise<RawDevice> => {
  const device = await openRaw(url);
  device.send(connectPacket(triplet));
  const connack = await nextConnack(device);
  if (connack.returnCode !== 0) throw new Error(`CONNACK ${connack.returnCode}`);
  return device;
};

/** Opens a connection, logs in and answers the CONNACK as well; the packet's own version is spoken. */
export const openWith = async (
  url: string,
  packet: Packet,
  ca?: string,
): Promise<{ device: RawDevice; connack: IConnackPacket }> => {
  const protocolVersion = packet.cmd === "connect" && packet.protocolVersion === 5 ? 5 : 4;
  const device = await openRaw(url, { protocolVersion, ...(ca === undefined ? {} : { ca }) });
  device.send(packet);
  return { device, connack: await nextConnack(device) };
};

const wrong = (packet: Packet): never => {
  throw new Error(`an unexpected packet: ${packet.cmd}`);
};

export const nextConnack = async (device: RawDevice): Promise<IConnackPacket> => {
  const packet = await device.next();
  return packet.cmd === "connack" ? packet : wrong(packet);
};

export const nextPublish = async (device: RawDevice): Promise<IPublishPacket & { payload: Buffer }> => {
  const packet = await device.next();
  if (packet.cmd !== "publish" || typeof packet.payload === "string") return wrong(packet);
  return { ...packet, payload: packet.payload };
};

/** Subscribes and answers the granted codes. */
export const subscribeTo = async (device: RawDevice, filters: string[], qos: 0 | 1 | 2 = 0): Promise<unknown[]> => {
  device.send({ cmd: "subscribe", messageId: 7, subscriptions: filters.map((topic) => ({ topic, qos })) });
  const packet: Packet = await device.next();
  return packet.cmd === "suback" ? (packet as ISubackPacket).granted : wrong(packet);
};

/** A PING that was answered: everything sent before it was handled. */
export const settle = async (device: RawDevice): Promise<void> => {
  device.send({ cmd: "pingreq" });
  const packet = await device.next();
  if (packet.cmd !== "pingresp") wrong(packet);
};
