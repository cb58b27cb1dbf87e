import { timingSafeEqual } from "node:crypto";
import type { GatewayFault } from "./rpc-envelope.js";

/** One pair that may call the API; with a security token it is a temporary one that counts only together with the token. */
export type AccessKey = {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
};

/** Finds the secret of a caller, or says why there is none. */
export type AccessKeys = (
  accessKeyId: string,
  securityToken: string,
) => { readonly secret: string } | { readonly fault: GatewayFault };

/**
 * The keys of one platform. The codes for tokens are the published ones, their texts are recalled; that a lasting key
 * given with a token is refused is inferred. [common errors: InvalidSecurityToken.MismatchWithAccessKey]
 */
export const createAccessKeys = (keys: readonly AccessKey[]): AccessKeys => {
  const known = new Map(keys.map((key) => [key.accessKeyId, key]));
  return (accessKeyId, securityToken) => {
    const key = known.get(accessKeyId);
    if (key === undefined) return refuse("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404);
    if (key.securityToken !== undefined && securityToken === "") {
      return refuse("MissingSecurityToken", "SecurityToken is mandatory for this action.");
    }
    if (!isSame(key.securityToken ?? "", securityToken)) {
      const text = "Specified SecurityToken mismatch with the AccessKey.";
      return refuse("InvalidSecurityToken.MismatchWithAccessKey", text);
    }
    return { secret: key.accessKeySecret };
  };
};

const refuse = (code: string, message: string, status = 400): { readonly fault: GatewayFault } => ({
  fault: { status, code, message },
});

const isSame = (wanted: string, given: string): boolean => {
  const a = Buffer.from(wanted);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
};
