import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isLoopbackHost } from "../domain/target-host.js";
import { listen } from "./listen.js";
import type { PlatformLimits } from "./platform-limits.js";
import { gatewayError, type RpcAnswer } from "./rpc-answer.js";
import type { RpcGateway } from "./rpc-gateway.js";
import { parametersOf, recordOf } from "./rpc-parameters.js";

/** A running API server; disposing of it closes every connection. */
export type RpcServer = AsyncDisposable & { readonly port: number };

/** A 64 KB message in a GET makes a URL of about 93,000 characters, and node's default refuses 16 KB. */
const MAX_HEADER_BYTES = 1 << 20;

/** Where the platform hands out what it did wrong on request. */
const FAULTS_PATH = "/_iotb/faults";

/** Whether a call comes from this machine and means it: a page in a browser that was led here names another host. */
const isLocalCall = ({ socket, headers }: IncomingMessage): boolean => {
  const host = `http://${headers.host ?? ""}`;
  return isLoopbackHost(socket.remoteAddress ?? "") && URL.canParse(host) && isLoopbackHost(new URL(host).hostname);
};

/** The body, or null as soon as it is longer than allowed. Fails where the client goes away. */
const readBody = (request: IncomingMessage, maxBytes: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) resolve(null);
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(new Error("the client went away")));
  });

/** Starts the API side: GET and POST on `/`, parameters in the query, in a form body, or in both. */
export const startRpcServer = async (
  limits: PlatformLimits,
  host: string,
  port: number,
  gatewayFor: (hostId: string) => RpcGateway,
  /** The account of injected faults, where there are any. */
  faults: (() => object) | null,
): Promise<RpcServer> => {
  let gateway: RpcGateway | null = null;
  let hostId = host;

  const decide = async (request: IncomingMessage): Promise<RpcAnswer | null> => {
    const refuse = (status: number, code: string, message: string): RpcAnswer =>
      gatewayError(hostId, status, code, message);
    const [path = "", ...query] = (request.url ?? "").split("?");
    if (request.method !== "GET" && request.method !== "POST") {
      return refuse(400, "UnsupportedHTTPMethod", "This http method is not supported.");
    }
    if (path === FAULTS_PATH && request.method === "GET" && faults !== null && isLocalCall(request)) {
      return { status: 200, code: null, body: JSON.stringify(faults()) };
    }
    if (path !== "/" || gateway === null) {
      return refuse(404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.");
    }
    const body = await readBody(request, limits.maxBodyBytes);
    if (body === null) {
      return refuse(413, "RequestBodyTooLarge", `The request body is longer than ${limits.maxBodyBytes} bytes.`);
    }
    const inQuery = parametersOf(query.join("?"), limits.maxParameters);
    const inForm = parametersOf(body.toString("utf8"), limits.maxParameters);
    if (inQuery === null || inForm === null) return refuse(400, "InvalidParameter", "There are too many parameters.");
    const headers = recordOf(Object.entries(request.headers));
    return gateway({ method: request.method, path, query: inQuery, form: inForm, headers, body });
  };

  const respond = (request: IncomingMessage, response: ServerResponse, answer: RpcAnswer): void => {
    response.statusCode = answer.status;
    response.setHeader("content-type", "application/json;charset=utf-8");
    // What is left of a body that is too long is not read: the connection cannot serve another call.
    if (!request.complete) response.setHeader("connection", "close");
    response.end(answer.body);
  };

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.sweepMs,
      keepAliveTimeout: limits.idleConnectionMs,
      noDelay: true,
    },
    (request, response) => {
      decide(request).then(
        (answer) => (answer === null ? void response.destroy() : respond(request, response, answer)),
        () => {
          // All of the call was there: the fault is here. Otherwise the client went away.
          if (!request.complete) return response.destroy();
          const text = "The request processing has failed due to some unknown error.";
          return respond(request, response, gatewayError(hostId, 500, "InternalError", text));
        },
      );
    },
  );
  const taken = await listen(server, { host, port, what: "the API server", flag: "--pop-port" });
  server.on("error", () => {}); // out of files: later connections may succeed
  hostId = `${host}:${taken}`;
  gateway = gatewayFor(hostId);

  return {
    port: taken,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
