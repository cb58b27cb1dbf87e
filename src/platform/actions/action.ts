import type { MessageIdSource } from "../../protocol/message-id.js";
import type { RpcParameters } from "../../protocol/rpc-signature.js";
import type { BatchRegistrations } from "../batch-registration.js";
import type { Broker } from "../broker.js";
import type { Broadcasts, DeviceReach } from "../device-reach.js";
import type { AnswerValue } from "../rpc-answer.js";

/** What an action works on. */
export type ActionContext = {
  readonly broker: Pick<Broker, "devices" | "limits" | "counters" | "quotas" | "unixMs">;
  readonly broadcasts: Broadcasts;
  readonly reach: DeviceReach;
  readonly registrations: BatchRegistrations;
  readonly instanceId: string;
  readonly nextMessageId: MessageIdSource;
  /** Whether callers are on this machine (or TLS hides what they get). */
  readonly secretsAllowed: boolean;
};

/** What an action comes to: done, refused for a reason the caller can mend, or no room for it now. */
export type ActionResult =
  | { readonly kind: "done"; readonly fields: { readonly [name: string]: AnswerValue } }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly fields?: { readonly [name: string]: AnswerValue };
    }
  | { readonly kind: "busy" };

/** One action of the API; its result is a promise only where it waits for a device. `required` are the parameters without which the gateway answers `Missing<name>`. */
export type Action = {
  readonly required: readonly string[];
  /** Whether its answer holds a device's or product's secret, which must not cross a network in the clear. */
  readonly answersSecret?: true;
  run(parameters: RpcParameters, context: ActionContext): ActionResult | Promise<ActionResult>;
};

/** The result of an action that did what it was asked. */
export const done = (fields: { readonly [name: string]: AnswerValue } = {}): ActionResult => ({ kind: "done", fields });
