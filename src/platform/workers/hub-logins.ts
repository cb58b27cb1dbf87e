import { authenticate, type LoginRequest, type Verdict } from "../authenticate.js";
import type { Broker } from "../broker.js";
import { FAULT_REFUSED } from "../handle-connect.js";
import { rowsOf } from "./held-devices.js";
import type { Moves } from "./moves.js";
import type { ClaimAnswer } from "./worker-messages.js";

/** Decides a login that a worker cannot decide alone, and moves the device there. */
export type HubLogins = (
  worker: number,
  request: LoginRequest,
  keepSession: boolean,
  answer: (answer: ClaimAnswer) => void,
) => void;

/**
 * The logins of one hub. Nothing moves, and nobody is kicked, before the password was found right; two claims of one device are
 * done one after the other, in the order in which they came.
 */
export const createHubLogins =
  (
    { devices, limits, quotas, refusesLogin }: Pick<Broker, "devices" | "limits" | "quotas" | "refusesLogin">,
    moves: Moves,
  ): HubLogins =>
  (worker, request, keepSession, answer) => {
    const verdict: Verdict = authenticate(request, devices, limits, quotas);
    if (verdict.device === null) {
      answer({ returnCode: verdict.returnCode, reason: verdict.reason });
      return;
    }
    const { device, keepAliveSeconds } = verdict;
    if (refusesLogin?.(device)) {
      answer({ returnCode: 3, reason: FAULT_REFUSED });
      return;
    }
    moves.move(device.serial, worker, keepSession, (handedOver) => {
      const moved = handedOver && { rows: rowsOf([device], device.productKey), session: handedOver.session };
      answer({ device: device.serial, keepAliveSeconds, moved });
    });
  };
