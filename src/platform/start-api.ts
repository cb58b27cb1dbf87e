import { isLoopbackHost } from "../domain/target-host.js";
import { createMessageIds } from "../protocol/message-id.js";
import { type AccessKey, createAccessKeys } from "./access-keys.js";
import type { ActionContext } from "./actions/action.js";
import type { FaultInjection } from "./faults/fault-injection.js";
import { createRpcGateway, type RpcGateway, type Throttling } from "./rpc-gateway.js";
import { type RpcServer, startRpcServer } from "./rpc-server.js";

/** Where the API listens, and whose calls it takes. */
export type ApiOptions = {
  readonly bind: string;
  readonly popPort: number;
  readonly instanceId: string;
  readonly accessKeys: readonly AccessKey[];
  /** How a call above its quota is answered; by the gateway where absent. */
  readonly throttling?: Throttling | undefined;
  /** Part of every message id, 0 to 1023. */
  readonly worker?: number | undefined;
};

/** Starts the API over what its actions work on. Message ids are made here and nowhere else. Fails with `port-in-use`. */
export const startApi = (
  { bind, popPort, instanceId, accessKeys, throttling = "gateway", worker = 0 }: ApiOptions,
  parts: Omit<ActionContext, "instanceId" | "nextMessageId" | "secretsAllowed">,
  faults: FaultInjection | null,
): Promise<RpcServer> => {
  const { limits, unixMs } = parts.broker;
  const context: ActionContext = {
    ...parts,
    instanceId,
    nextMessageId: createMessageIds(worker, unixMs),
    secretsAllowed: isLoopbackHost(bind),
  };
  const gatewayFor = (hostId: string): RpcGateway => {
    const gateway = createRpcGateway(hostId, createAccessKeys(accessKeys), throttling, context);
    return faults === null ? gateway : faults.wrapGateway(gateway, hostId);
  };
  return startRpcServer(limits, bind, popPort, gatewayFor, faults?.report ?? null);
};
