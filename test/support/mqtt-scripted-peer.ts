import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type IConnectPacket, type Packet, parser } from "mqtt-packet";

/** One connection that a scripted peer accepted: the test is the server. */
export class PeerConnection {
  readonly socket: Socket;
  /** Resolves when the socket has closed. */
  readonly closed: Promise<unknown>;
  readonly #packets: Packet[] = [];
  readonly #waiting: ((packet: Packet) => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    // a reset by the client is an end like any other here
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on("close", resolve);
    });
    const packets = parser({ protocolVersion: 4 });
    // a client that speaks TLS here, for example: the test looks at the client's side
    packets.on("error", () => undefined);
    packets.on("packet", (packet) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting(packet);
      else this.#packets.push(packet);
    });
    socket.setNoDelay(true).on("data", (chunk) => packets.parse(chunk));
  }

  /** The next packet that the client sent. */
  packet(): Promise<Packet> {
    const packet = this.#packets.shift();
    if (packet) return Promise.resolve(packet);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next packet, which must be a CONNECT. */
  async login(): Promise<IConnectPacket> {
    const packet = await this.packet();
    if (packet.cmd !== "connect") throw new Error(`CONNECT expected, ${packet.cmd} came`);
    return packet;
  }

  /** Writes bytes as they are. */
  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Writes bytes one by one, each in a segment of its own as far as the kernel allows. */
  async trickle(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      await new Promise((resolve) => this.socket.write(Uint8Array.of(byte), resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** CONNACK with a return code. */
export const connack = (code: number): Uint8Array => Uint8Array.of(0x20, 2, 0, code);

/** SUBACK with its return codes. */
export const suback = (packetId: number, codes: readonly number[]): Uint8Array =>
  Uint8Array.of(0x90, 2 + codes.length, packetId >> 8, packetId & 255, ...codes);

/** A small real server on 127.0.0.1 whose every answer the test gives. */
export class ScriptedPeer implements AsyncDisposable {
  readonly #server: Server;
  readonly #all: PeerConnection[] = [];
  readonly #fresh: PeerConnection[] = [];
  readonly #waiting: ((connection: PeerConnection) => void)[] = [];

  private constructor(server: Server, event: "connection" | "secureConnection") {
    this.#server = server;
    server.on("tlsClientError", () => undefined);
    server.on(event, (socket: Socket) => {
      const connection = new PeerConnection(socket);
      this.#all.push(connection);
      const waiting = this.#waiting.shift();
      if (waiting) waiting(connection);
      else this.#fresh.push(connection);
    });
  }

  /** Listens on a free port; TLS where `tls` is given. `allowHalfOpen` leaves a connection open that the client ended. */
  static async start({ tls, allowHalfOpen = false }: { tls?: TlsOptions; allowHalfOpen?: boolean } = {}) {
    const server = tls ? createTlsServer(tls) : createServer({ allowHalfOpen });
    const peer = new ScriptedPeer(server, tls ? "secureConnection" : "connection");
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return peer;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the peer does not listen");
    return address.port;
  }

  /** The next connection in the order of accepting. */
  connection(): Promise<PeerConnection> {
    const connection = this.#fresh.shift();
    if (connection) return Promise.resolve(connection);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next connection, logged in. */
  async welcomed(): Promise<PeerConnection> {
    const connection = await this.connection();
    await connection.login();
    connection.send(connack(0));
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const { socket } of this.#all) socket.destroy();
    await closed;
  }
}
