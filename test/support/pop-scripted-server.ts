import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** One request as it came over the wire. */
export type ScriptedRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly form: Readonly<Record<string, string>>;
};

/** What the server does with one request, after its body is all there. */
export type Script = (response: ServerResponse, request: ScriptedRequest) => void;

/** A real HTTP server on a free loopback port whose every answer is scripted. */
export interface PopScriptedServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: readonly ScriptedRequest[];
  /** Its ends of all connections so far, in the order they came. */
  readonly sockets: readonly Socket[];
  /** Resolves when connection number `n` (from 1) is there. */
  connected(n: number): Promise<Socket>;
  /** Resolves when request number `n` (from 1) is all there. */
  arrived(n: number): Promise<ScriptedRequest>;
}

/** Starts the server; with a key pair it speaks TLS. The script gets each request in turn. */
export const startPopScriptedServer = async (
  script: Script,
  tls?: { readonly key: string; readonly cert: string },
): Promise<PopScriptedServer> => {
  const requests: ScriptedRequest[] = [];
  const waiting: { n: number; resolve: (request: ScriptedRequest) => void }[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString("utf8")));
      const seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, form };
      requests.push(seen);
      for (const { n, resolve } of waiting) if (n === requests.length) resolve(seen);
      script(response, seen);
    });
    request.on("error", () => {});
  };
  const server = tls ? createTlsServer(tls, handle) : createServer(handle);
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("tlsClientError", () => {});
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    requests,
    sockets,
    connected: async (n) => {
      while (sockets.length < n) await once(server, "connection");
      return sockets[n - 1] as Socket;
    },
    arrived: (n) => {
      const there = requests[n - 1];
      return there ? Promise.resolve(there) : new Promise((resolve) => waiting.push({ n, resolve }));
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/** Answers with a status and a body. */
export const answer =
  (body: unknown, status = 200): Script =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json;charset=utf-8" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };

/** Takes the request and never answers. */
export const hold: Script = () => {};

/** Takes the request and resets the connection. */
export const reset: Script = (response) => {
  response.socket?.resetAndDestroy();
};

/** Sends the head and a part of the body, then resets. */
export const cutShort: Script = (response) => {
  response.writeHead(200, { "content-length": "1000" });
  response.write('{"Success":true,', () => response.socket?.resetAndDestroy());
};
