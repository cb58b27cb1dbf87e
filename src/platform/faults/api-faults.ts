import { setTimeout } from "node:timers/promises";
import { micros, toMillis } from "../../domain/time.js";
import type { FaultKind, FaultSpec } from "../../protocol/fault-spec.js";
import { gatewayError, type RpcAnswer } from "../rpc-answer.js";
import type { RpcGateway } from "../rpc-gateway.js";
import type { FaultLedger } from "./fault-ledger.js";

/** The kinds that befall calls, the earlier ones first: one call gets at most one. */
const KINDS: readonly FaultKind[] = ["api-5xx", "api-throttle", "api-lost", "api-wrong-id", "api-slow"];

/** Makes a message id another one of the same length. */
const otherId = (body: string): string =>
  body.replace(/("MessageId":"?)(\d)(\d+)/, (_, name: string, first: string, rest: string) => {
    const last = Number(rest.at(-1));
    return `${name}${first}${rest.slice(0, -1)}${(last + 1) % 10}`;
  });

/**
 * A gateway that answers the first calls to PubBroadcast as it was asked to; each kind has its own number of calls, one kind after
 * the other. Null is no answer: the connection is closed. Only calls that the real gateway would have seen are counted.
 */
export const createFaultyGateway = (
  gateway: RpcGateway,
  hostId: string,
  specs: readonly FaultSpec[],
  ledger: FaultLedger,
): RpcGateway => {
  const left = new Map(
    KINDS.flatMap((kind) => specs.filter((spec) => spec.kind === kind)).map((spec) => [spec.kind, spec.count]),
  );
  const slowMs = toMillis(specs.find((spec) => spec.kind === "api-slow")?.duration ?? micros(0));
  let number = 0;

  const take = (): FaultKind | null => {
    for (const [kind, count] of left) {
      if (count === 0) continue;
      left.set(kind, count - 1);
      ledger.record(kind, number, []);
      return kind;
    }
    return null;
  };

  return (call) => {
    const action = call.query["Action"] ?? call.form["Action"] ?? call.headers["x-acs-action"];
    if (action !== "PubBroadcast") return gateway(call);
    number++;
    const kind = take();
    switch (kind) {
      case "api-5xx":
        return gatewayError(
          hostId,
          500,
          "InternalError",
          "The request processing has failed due to some unknown error.",
        );
      case "api-throttle":
        return gatewayError(hostId, 400, "Throttling.User", "Request was denied due to user flow control.");
      case "api-lost":
        return Promise.resolve(gateway(call)).then(() => null);
      case "api-wrong-id":
        return Promise.resolve(gateway(call)).then(
          (answer): RpcAnswer | null => answer && { ...answer, body: otherId(answer.body) },
        );
      case "api-slow":
        return Promise.resolve(gateway(call)).then((answer) => setTimeout(slowMs, answer, { ref: false }));
      default:
        return gateway(call);
    }
  };
};
