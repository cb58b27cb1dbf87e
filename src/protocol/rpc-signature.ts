import { createHmac, timingSafeEqual } from "node:crypto";
import { percentEncode } from "./percent-encode.js";

/** The flat parameters of an RPC call, as names and texts. */
export type RpcParameters = Readonly<Record<string, string>>;

/** What is signed: the method, the path and every parameter but `Signature`, sorted by name. [Signature V1] */
export const stringToSign = (method: string, parameters: RpcParameters): string => {
  const canonical = Object.keys(parameters)
    .filter((name) => name !== "Signature")
    .sort()
    .map((name) => `${percentEncode(name)}=${percentEncode(parameters[name] ?? "")}`)
    .join("&");
  return `${method.toUpperCase()}&%2F&${percentEncode(canonical)}`;
};

/** The signature of an RPC call, base64 of HMAC-SHA1 under the AccessKey secret and `&`. [Signature V1] */
export const signRpc = (method: string, parameters: RpcParameters, accessKeySecret: string): string =>
  createHmac("sha1", `${accessKeySecret}&`).update(stringToSign(method, parameters)).digest("base64");

/** Whether `parameters.Signature` is right for this call. Compared in constant time. */
export const verifyRpc = (method: string, parameters: RpcParameters, accessKeySecret: string): boolean => {
  const given = Buffer.from(parameters["Signature"] ?? "");
  const wanted = Buffer.from(signRpc(method, parameters, accessKeySecret));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};
