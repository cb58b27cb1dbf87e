import type { RpcParameters } from "../protocol/rpc-signature.js";

/** An API call as it came. Header names are in lower case; query and form are decoded; no record has a prototype. */
export type RpcCall = {
  readonly method: string;
  readonly path: string;
  readonly query: RpcParameters;
  readonly form: RpcParameters;
  readonly headers: RpcParameters;
  readonly body: Uint8Array;
};

/** Why the gateway refuses a call before the product sees it. */
export type GatewayFault = { readonly status: number; readonly code: string; readonly message: string };

/** What both versions of the signature say about a call: who makes it, when, which, and how it is verified. */
export type RpcEnvelope = {
  readonly action: string;
  readonly parameters: RpcParameters;
  readonly accessKeyId: string;
  /** Empty where none was given. */
  readonly securityToken: string;
  readonly nonce: string;
  readonly timestamp: string;
  /** Null if the signature is right; otherwise what to answer, which shows what was signed but no security token. */
  check(accessKeySecret: string): GatewayFault | null;
};

/** The version of the product's API. */
const API_VERSION = "2018-01-20";

/** What stands in the place of a security token wherever a signed text is shown. */
export const TOKEN_MASK = "***";

/** A refusal with HTTP status 400. */
export const fault = (code: string, message: string): { readonly fault: GatewayFault } => ({
  fault: { status: 400, code, message },
});

/** A parameter that must be there and is not. [common errors: Missing…] */
export const missing = (name: string): { readonly fault: GatewayFault } =>
  fault(`Missing${name}`, `${name} is mandatory for this action.`);

/** The checks that come first for both versions, in this order; null if all is well. */
export const checkCalled = (action: string | undefined, version: string | undefined) => {
  if (!action) {
    const text = 'The input parameter "Action" that is mandatory for processing this request is not supplied.';
    return fault("MissingParameter", text);
  }
  if (!version) return missing("Version");
  return version === API_VERSION ? null : fault("InvalidVersion", "Specified parameter Version is not valid.");
};
