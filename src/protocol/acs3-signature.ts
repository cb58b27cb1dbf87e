import { createHmac, timingSafeEqual } from "node:crypto";
import { percentEncode } from "./percent-encode.js";
import type { RpcParameters } from "./rpc-signature.js";
import { sha256Hex } from "./sha256.js";

/** The one algorithm of signature version 3 that is implemented. [Signature V3] */
export const ACS3_ALGORITHM = "ACS3-HMAC-SHA256";

/** The headers that must be there and signed. [Signature V3: request headers] */
export const ACS3_REQUIRED_HEADERS = [
  "host",
  "x-acs-action",
  "x-acs-content-sha256",
  "x-acs-date",
  "x-acs-signature-nonce",
  "x-acs-version",
] as const;

/** A request as it is signed. The query is decoded; header names are in lower case. */
export type Acs3Request = {
  readonly method: string;
  readonly path: string;
  readonly query: RpcParameters;
  readonly headers: RpcParameters;
  readonly body: Uint8Array;
};

/** What the `authorization` header says. */
export type Acs3Authorization = {
  readonly accessKeyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
};

/** Own choice: clients sign about ten. */
const MAX_SIGNED_HEADERS = 100;

/** Reads an `authorization` header of this algorithm; null where it has another form. */
export const parseAcs3Authorization = (text: string): Acs3Authorization | null => {
  const match = /^ACS3-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-fA-F]+)$/.exec(
    text,
  );
  if (match === null) return null;
  const [, accessKeyId = "", signedHeaders = "", signature = ""] = match;
  const names = signedHeaders.split(";");
  return names.length > MAX_SIGNED_HEADERS
    ? null
    : { accessKeyId, signedHeaders: names, signature: signature.toLowerCase() };
};

/**
 * The canonical request: method, path, query, the signed headers, their names, the body's hash. Clients leave `!'()*` bare in
 * the URL and encode them here, so the query is encoded anew from its decoded form. [Signature V3: canonical request]
 */
export const canonicalRequest = (request: Acs3Request, signedHeaders: readonly string[]): string => {
  const { method, path, query, headers, body } = request;
  const canonicalQuery = Object.keys(query)
    .sort()
    .map((name) => `${percentEncode(name)}=${percentEncode(query[name] ?? "")}`)
    .join("&");
  const canonicalHeaders = signedHeaders.map((name) => `${name}:${headerValue(headers, name).trim()}\n`).join("");
  return [method.toUpperCase(), path, canonicalQuery, canonicalHeaders, signedHeaders.join(";"), sha256Hex(body)].join(
    "\n",
  );
};

/** Names come from the caller: what every object has is no header. */
const headerValue = (headers: RpcParameters, name: string): string =>
  Object.hasOwn(headers, name) ? (headers[name] ?? "") : "";

/** What is signed: the algorithm and the canonical request's hash. */
export const acs3StringToSign = (canonical: string): string => `${ACS3_ALGORITHM}\n${sha256Hex(canonical)}`;

const signatureOf = (canonical: string, accessKeySecret: string): string =>
  createHmac("sha256", accessKeySecret).update(acs3StringToSign(canonical)).digest("hex");

/** The `authorization` header for a request: `host`, `content-type` and every `x-acs-` header are signed. [Signature V3] */
export const signAcs3 = (request: Acs3Request, accessKeyId: string, accessKeySecret: string): string => {
  const signed = Object.keys(request.headers)
    .filter((name) => name === "host" || name === "content-type" || name.startsWith("x-acs-"))
    .sort();
  const signature = signatureOf(canonicalRequest(request, signed), accessKeySecret);
  return `${ACS3_ALGORITHM} Credential=${accessKeyId},SignedHeaders=${signed.join(";")},Signature=${signature}`;
};

/**
 * Whether the signature is right, the body is the one that was announced, and nothing that must be signed is left out.
 * Compared in constant time.
 */
export const verifyAcs3 = (
  request: Acs3Request,
  { signedHeaders, signature }: Acs3Authorization,
  accessKeySecret: string,
): boolean => {
  if (!ACS3_REQUIRED_HEADERS.every((name) => signedHeaders.includes(name))) return false;
  if (request.headers["x-acs-content-sha256"]?.toLowerCase() !== sha256Hex(request.body)) return false;
  const given = Buffer.from(signature);
  const wanted = Buffer.from(signatureOf(canonicalRequest(request, signedHeaders), accessKeySecret));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};
