import type { AddressInfo, Server } from "node:net";
import { IotbError, reasonOf } from "../domain/errors.js";

/** Where to listen, and how messages call it. */
export type ListenTarget = {
  readonly host: string;
  readonly port: number;
  readonly what: string;
  readonly flag: string;
};

/** `host:port`, with brackets around an IPv6 address. */
export const hostPort = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** Starts listening and answers the port taken. A port that cannot be had is an IotbError `port-in-use`. */
export const listen = (server: Server, { host, port, what, flag }: ListenTarget): Promise<number> =>
  new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const place = hostPort(host, port);
      const taken = error.code === "EADDRINUSE";
      reject(
        new IotbError(
          "port-in-use",
          `${what} cannot listen on ${place}: ${taken ? "the port is in use" : reasonOf(error)}`,
          {
            hint: taken
              ? `choose another port with ${flag} (0 takes any free one), or see who listens: ss -ltnp 'sport = :${port}'`
              : `choose another address with --bind or another port with ${flag} (0 takes any free one)`,
            cause: error,
          },
        ),
      );
    };
    server.once("error", onError);
    // The queue of connections not yet accepted must hold a fleet that connects as fast as it can.
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off("error", onError);
      const address = server.address() as AddressInfo;
      resolve(address.port);
    });
  });
