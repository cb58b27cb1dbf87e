import { createServer, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import type { Broker } from "./broker.js";
import type { MqttDuplex } from "./connection.js";
import { listen } from "./listen.js";
import type { MqttConnections } from "./mqtt-connections.js";
import { tally } from "./platform-counters.js";
import type { Listener } from "./tcp-listener.js";

/** Where clients look for MQTT; the bare root is an addition of this platform. [MQTT over WebSocket] */
const PATHS: ReadonlySet<string> = new Set(["/mqtt", "/"]);

/** What a client must offer; the second is what clients of MQTT 3.1 say. [MQTT-6.0.0-3] */
const SUBPROTOCOLS = ["mqtt", "mqttv3.1"];

/** Takes MQTT connections over WebSocket. One frame need not be one packet. [MQTT-6.0.0-2] */
export const listenWebSocket = async (
  broker: Broker,
  connections: MqttConnections,
  host: string,
  port: number,
): Promise<Listener> => {
  const { limits, counters } = broker;
  const timeouts = { headersTimeout: limits.connectTimeoutMs, requestTimeout: limits.connectTimeoutMs };
  const http = createServer(
    { ...timeouts, noDelay: true, connectionsCheckingInterval: limits.sweepMs },
    (_, answer) => {
      tally(counters.refused, "not-websocket");
      answer.writeHead(426, { connection: "close", upgrade: "websocket" }).end("this is MQTT over WebSocket\n");
    },
  );
  const upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: limits.maxPacketBytes,
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  });

  http.on("upgrade", (request, socket: Duplex, head) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    const status = !PATHS.has(path) ? 404 : SUBPROTOCOLS.some((name) => offered.includes(name)) ? 0 : 400;
    if (status === 0) {
      upgrades.handleUpgrade(request, socket, head, (client) => {
        connections.accept(streamOf(client, request.socket.remoteAddress, limits.slowReaderBytes));
      });
    } else {
      tally(counters.refused, "not-websocket");
      socket.on("error", () => socket.destroy()); // reset while it is told no
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
  });
  upgrades.on("wsClientError", (_error, socket) => {
    tally(counters.refused, "not-websocket");
    socket.destroy();
  });
  const taken = await listen(http, { host, port, what: "the MQTT server over WebSocket", flag: "--ws-port" });
  http.on("error", () => tally(counters.refused, "accept-failed"));
  return {
    port: taken,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
};

/**
 * A client's messages as one stream; text ends it, because MQTT comes in binary frames only. [MQTT-6.0.0-1] Pings of WebSocket are
 * answered while the answers are read: their bytes wait outside of the stream, where nothing else bounds them.
 */
const streamOf = (client: WebSocket, remoteAddress: string | undefined, maxWaiting: number): MqttDuplex => {
  const stream = createWebSocketStream(client);
  client.prependListener("message", (_data, isBinary) => {
    if (!isBinary) stream.destroy(Object.assign(new Error("a text frame"), { code: "WS_ERR_TEXT_FRAME" }));
  });
  client.on("ping", (data) => {
    if (client.bufferedAmount > maxWaiting) client.terminate();
    else client.pong(data);
  });
  stream.on("end", () => stream.destroy()); // this stream would wait for an end of its own, which a closed one cannot say
  return Object.assign(stream, { remoteAddress });
};
