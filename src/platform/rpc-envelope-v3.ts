import {
  ACS3_ALGORITHM,
  ACS3_REQUIRED_HEADERS,
  acs3StringToSign,
  canonicalRequest,
  parseAcs3Authorization,
  verifyAcs3,
} from "../protocol/acs3-signature.js";
import {
  checkCalled,
  fault,
  type GatewayFault,
  missing,
  type RpcCall,
  type RpcEnvelope,
  TOKEN_MASK,
} from "./rpc-envelope.js";

/** Whether a call is signed by its headers. A client of version 1 may send `x-acs-action` too: that says nothing. */
export const isV3Call = ({ headers }: RpcCall): boolean => headers["authorization"]?.startsWith("ACS3-") === true;

/**
 * Reads a call whose signature is in its headers (version 3), or says why it is none. The code for what is absent follows
 * version 1 (inferred): no document lists version 3's own. [Signature V3]
 */
export const readV3Envelope = (
  call: RpcCall,
): { readonly envelope: RpcEnvelope } | { readonly fault: GatewayFault } => {
  const { headers, query, form } = call;
  const called = checkCalled(headers["x-acs-action"], headers["x-acs-version"]);
  if (called !== null) return called;
  if (!acceptsJson(headers["accept"]) || (query["Format"] ?? "JSON").toUpperCase() !== "JSON") {
    return fault("InvalidParameter.Accept", "This platform answers JSON only: send accept: application/json.");
  }
  if (!headers["x-acs-date"]) return missing("Timestamp");
  if (!headers["x-acs-signature-nonce"]) return missing("SignatureNonce");
  if (!headers["authorization"]?.startsWith(`${ACS3_ALGORITHM} `)) {
    return fault("InvalidSignatureMethod", `Of version 3 this platform verifies ${ACS3_ALGORITHM} only.`);
  }
  const authorization = parseAcs3Authorization(headers["authorization"]);
  if (authorization === null) return incomplete("authorization must name Credential, SignedHeaders and Signature");
  const left = ACS3_REQUIRED_HEADERS.find((name) => !headers[name] || !authorization.signedHeaders.includes(name));
  if (left !== undefined) return incomplete(`${left} must be sent and signed`);
  return {
    envelope: {
      action: headers["x-acs-action"] ?? "",
      parameters: Object.assign(Object.create(null), query, form),
      accessKeyId: authorization.accessKeyId,
      securityToken: headers["x-acs-security-token"] ?? "",
      nonce: headers["x-acs-signature-nonce"],
      timestamp: headers["x-acs-date"],
      check: (secret) => (verifyAcs3(call, authorization, secret) ? null : mismatch(call, authorization.signedHeaders)),
    },
  };
};

/** Absent and `*` + `/*` leave the choice to us. */
const acceptsJson = (accept: string | undefined): boolean =>
  !accept || /json|\*\/\*/i.test(accept) || !/xml/i.test(accept);

/** The start of the text is recalled. [common errors: IncompleteSignature] */
const incomplete = (why: string): { readonly fault: GatewayFault } =>
  fault("IncompleteSignature", `The request signature does not conform to Aliyun standards: ${why}.`);

const mismatch = (call: RpcCall, signedHeaders: readonly string[]): GatewayFault => {
  const canonical = canonicalRequest(call, signedHeaders);
  const shown = canonicalRequest(
    { ...call, headers: { ...call.headers, "x-acs-security-token": TOKEN_MASK } },
    signedHeaders,
  );
  const text = `Specified signature does not match our calculation. server StringToSign is [\`${acs3StringToSign(canonical)}\`] server CanonicalRequest is [\`${shown}\`]`;
  return { status: 400, code: "SignatureDoesNotMatch", message: text };
};
