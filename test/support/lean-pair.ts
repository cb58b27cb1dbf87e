import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { dialLean } from "../../src/tcp/dial-lean.js";
import type { IdleSockets } from "../../src/tcp/idle-sockets.js";
import {
  createSocketShare,
  type LeanSocket,
  type SocketHandlers,
  type SocketShare,
} from "../../src/tcp/lean-socket.js";
import type { RingReader } from "../../src/tcp/ring-reader.js";
import { openTcpBinding } from "../../src/tcp/tcp-binding.js";

/** Null where this Node hands out no TCP binding: a reason to skip. */
export const tcp = openTcpBinding({});

/** What a lean socket told its owner, and waiting for it. */
export class Owner {
  readonly said: string[] = [];
  readonly chunks: Buffer[] = [];
  #heard: (() => void) | null = null;

  tell(what: string): void {
    this.said.push(what);
    this.#heard?.();
  }

  async heard(what: string): Promise<void> {
    while (!this.said.includes(what)) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  async gotBytes(count: number): Promise<Buffer> {
    while (this.bytes().length < count) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
    return this.bytes();
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** What tells the owners of what happens to their sockets. */
export const handlers: SocketHandlers<Owner> = {
  connected: (owner) => owner.tell("connected"),
  arrived: () => undefined,
  tagOf: () => 7,
  received: (owner, tag, bytes, start, end) => {
    assert.equal(tag, 7);
    owner.chunks.push(Buffer.from(bytes.subarray(start, end)));
    owner.tell("received");
  },
  drained: (owner) => owner.tell("drained"),
  failed: (owner, error) => owner.tell(`failed ${error.code}`),
  closed: (owner) => owner.tell("closed"),
};

/** A share whose sockets tell their owners, read by a reader of many or each by itself. */
export const shareOf = (
  reader: RingReader<Owner> | null = null,
  idle: IdleSockets | null = null,
): SocketShare<Owner> => {
  assert.ok(tcp);
  return createSocketShare(tcp, handlers, reader, idle);
};

/** Listens on a free port and answers it. */
export const listening = async (server: Server, host = "127.0.0.1"): Promise<number> => {
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
};

/** A lean socket connected to an ordinary one. */
export const pair = async (share = shareOf()): Promise<{ owner: Owner; socket: LeanSocket<Owner>; peer: Socket }> => {
  const server = createServer({ allowHalfOpen: true });
  const port = await listening(server);
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const owner = new Owner();
  const socket = dialLean(share, { address: "127.0.0.1", port, localAddress: undefined }, owner);
  const [peer] = await accepted;
  await owner.heard("connected");
  server.close();
  return { owner, socket, peer };
};

/** All that a peer reads until the end. */
export const allOf = async (peer: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of peer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Bytes in which each place tells itself apart from its neighbours. */
export const patterned = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255));
