import { anyText, optional, toggle, under } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";
import { readProductKey } from "./target.js";

/** Consent to a broadcast. */
export const CONSENT_FLAGS = under("Guards:", {
  confirmProduct: optional({
    name: "confirm-product",
    argument: "PK",
    help: "the product that may be reached; asked for on a terminal",
    read: readProductKey,
  }),
  yes: toggle({ name: "yes", help: "ask nothing (on loopback only)" }),
});

/** Consent to connecting devices. */
export const CONNECT_GUARD_FLAGS = under("Guards:", {
  takeOver: toggle({
    name: "take-over",
    help: "connect although a device is online elsewhere, which kicks it offline",
  }),
  operatedHost: optional({
    name: "i-operate",
    argument: "HOST",
    help: "this host is yours: allow heavy load on it",
    read: anyText,
  }),
});

/** Consent to reaching devices that this run does not hold. */
export const REACH_FLAGS = under("Guards:", {
  reachOthers: toggle({ name: "reach-others", help: "send although more devices are online than this run holds" }),
});

/** What a user has consented to in advance. */
export type ConsentOptions = { readonly confirmProduct: string | null; readonly yes: boolean };

/** What a user allows devices that connect. */
export type ConnectGuardOptions = { readonly takeOver: boolean; readonly operatedHost: string | null };

/** The consent that flags give. */
export const parseConsent = ({ values }: Resolved<typeof CONSENT_FLAGS>): ConsentOptions => ({
  confirmProduct: values.confirmProduct,
  yes: values.yes,
});

/** The allowances that flags give. */
export const parseConnectGuards = ({ values }: Resolved<typeof CONNECT_GUARD_FLAGS>): ConnectGuardOptions => ({
  takeOver: values.takeOver,
  operatedHost: values.operatedHost,
});
