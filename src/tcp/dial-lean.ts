import { isIPv6 } from "node:net";
import { LeanSocket, type SocketShare } from "./lean-socket.js";

/** Where to connect to, by address, and from where; undefined leaves the choice to the system. */
export type LeanTarget = {
  readonly address: string;
  readonly port: number;
  readonly localAddress: string | undefined;
};

/**
 * Starts connecting. The handlers hear `connected`, or `failed` and `closed`; nothing within this call. Names are not resolved here.
 */
export const dialLean = <O>(share: SocketShare<O>, target: LeanTarget, owner: O): LeanSocket<O> => {
  const { address, port, localAddress } = target;
  const handle = share.tcp.createHandle();
  const socket = new LeanSocket(share, handle);
  socket.belongTo(owner);
  const bound =
    localAddress === undefined
      ? 0
      : isIPv6(localAddress)
        ? handle.bind6(localAddress, 0, 0)
        : handle.bind(localAddress, 0);
  if (bound !== 0) {
    socket.abandon(bound, "bind");
    return socket;
  }
  const request = share.tcp.createConnectRequest();
  request.oncomplete = (status) => socket.dialled(status);
  const started = isIPv6(address) ? handle.connect6(request, address, port) : handle.connect(request, address, port);
  if (started !== 0) socket.abandon(started, "connect");
  return socket;
};
