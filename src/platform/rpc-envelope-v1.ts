import { type RpcParameters, stringToSign, verifyRpc } from "../protocol/rpc-signature.js";
import {
  checkCalled,
  fault,
  type GatewayFault,
  missing,
  type RpcCall,
  type RpcEnvelope,
  TOKEN_MASK,
} from "./rpc-envelope.js";

const COMMON = ["AccessKeyId", "Timestamp", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Signature"];

/**
 * Reads a call whose signature is among its parameters (version 1), or says why it is none. Query and form count together;
 * a name in both is the form's. [Signature V1]
 */
export const readV1Envelope = ({
  method,
  query,
  form,
}: RpcCall): { readonly envelope: RpcEnvelope } | { readonly fault: GatewayFault } => {
  const parameters: RpcParameters = Object.assign(Object.create(null), query, form);
  const called = checkCalled(parameters["Action"], parameters["Version"]);
  if (called !== null) return called;
  // By design JSON only. The platform answers XML where Format is absent (recalled), which no client of ours asks for.
  if (parameters["Format"]?.toUpperCase() !== "JSON") {
    return fault("InvalidParameter.Format", "This platform answers JSON only: send Format=JSON.");
  }
  const absent = COMMON.find((name) => !parameters[name]);
  if (absent !== undefined) return missing(absent);
  if (parameters["SignatureMethod"] !== "HMAC-SHA1" || parameters["SignatureVersion"] !== "1.0") {
    const text = "This platform verifies SignatureMethod HMAC-SHA1, SignatureVersion 1.0, and ACS3-HMAC-SHA256.";
    return fault("InvalidSignatureMethod", text);
  }
  return {
    envelope: {
      action: parameters["Action"] ?? "",
      parameters,
      accessKeyId: parameters["AccessKeyId"] ?? "",
      securityToken: parameters["SecurityToken"] ?? "",
      nonce: parameters["SignatureNonce"] ?? "",
      timestamp: parameters["Timestamp"] ?? "",
      check: (secret) => (verifyRpc(method, parameters, secret) ? null : mismatch(method, parameters)),
    },
  };
};

const mismatch = (method: string, parameters: RpcParameters): GatewayFault => {
  const shown = parameters["SecurityToken"] ? { ...parameters, SecurityToken: TOKEN_MASK } : parameters;
  const text = `Specified signature is not matched with our calculation. server string to sign is:${stringToSign(method, shown)}`;
  return { status: 400, code: "SignatureDoesNotMatch", message: text };
};
