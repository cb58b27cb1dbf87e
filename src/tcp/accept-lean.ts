import type { Server } from "node:net";
import { getSystemErrorName } from "node:util";
import type { TcpHandle } from "./tcp-binding.js";

/** The part of a listening server of `net` that accepts. */
type Acceptor = { onconnection: (status: number, handle: TcpHandle) => void };

/**
 * Hands every connection that a listening server takes to `accept` as a bare handle, instead of making a `net.Socket` of it. Failed
 * accepts are the server's `error` events, as ever. Answers false where this Node's servers do not look as expected.
 */
export const acceptLean = (server: Server, accept: (handle: TcpHandle) => void): boolean => {
  const { _handle: acceptor } = server as unknown as { readonly _handle?: Acceptor };
  if (typeof acceptor?.onconnection !== "function") return false;
  acceptor.onconnection = (status, handle) => {
    if (status === 0) accept(handle);
    else server.emit("error", Object.assign(new Error("accept failed"), { code: getSystemErrorName(status) }));
  };
  return true;
};
