import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  boolean,
  context,
  element,
  integer,
  octetString,
  oid,
  sequence,
  set,
  time,
  utf8String,
} from "./der.js";

/** A server's certificate with its chain and key, and the authority that vouches for it; all PEM. */
export type ServerCertificate = { readonly cert: string; readonly key: string; readonly caPem: string };

const DAY_MS = 24 * 3_600_000;

/** Longer than any rehearsal, and within what systems accept of a server. */
const VALID_DAYS = 365;

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));

/** A name with nothing but a common name. */
const nameOf = (commonName: string): Buffer => sequence(set(sequence(oid("2.5.4.3"), utf8String(commonName))));

const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));

/** The bytes of an IP address: four, or sixteen. */
const addressBytes = (address: string): Uint8Array => {
  if (isIP(address) === 4) return Uint8Array.from(address.split(".").map(Number));
  // an address has one form as a URL's host, with every group of zeros but one written out
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string | undefined): string[] => (text ? text.split(":") : []);
  const [front, back] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => "0");
  return Buffer.from([...front, ...zeros, ...back].map((group) => group.padStart(4, "0")).join(""), "hex");
};

/** A name that the server goes by, as a certificate has it. [RFC 5280, 4.2.1.6] */
const alternativeName = (host: string): Buffer =>
  isIP(host) === 0 ? context(2, Buffer.from(host, "latin1"), true) : context(7, addressBytes(host), true);

type Subject = {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
};

/** The identifier of a key: the SHA-1 of its bits. [RFC 5280, 4.2.1.2] */
const keyId = (publicKey: KeyObject): Buffer => {
  const spki = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha1").update(spki.subarray(-65)).digest(); // a P-256 point, uncompressed
};

const certify = (
  { name, publicKey, extensions }: Subject,
  issuer: { readonly name: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  unixMs: number,
): string => {
  const identifiers = [
    extension("2.5.29.14", false, octetString(keyId(publicKey))),
    extension("2.5.29.35", false, sequence(context(0, keyId(issuer.publicKey), true))),
  ];
  const body = sequence(
    context(0, integer(Uint8Array.of(2))), // version 3
    integer(randomBytes(16)),
    ECDSA_SHA256,
    nameOf(issuer.name),
    sequence(time(unixMs - DAY_MS), time(unixMs + VALID_DAYS * DAY_MS)),
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    context(3, sequence(...identifiers, ...extensions)),
  );
  const der = sequence(body, ECDSA_SHA256, bitString(sign("sha256", body, issuer.privateKey)));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
};

/**
 * Makes a certificate for the given host names and IP addresses, and a certificate authority that lives for this one alone: its
 * key is forgotten at once. P-256 keys, valid from the day before `unixMs` for a year. [RFC 5280]
 */
export const createServerCertificate = (hosts: readonly string[], unixMs: number): ServerCertificate => {
  const ca = { name: "iotb local platform CA", ...generateKeyPairSync("ec", { namedCurve: "prime256v1" }) };
  const leaf = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const caPem = certify(
    {
      name: ca.name,
      publicKey: ca.publicKey,
      extensions: [
        extension("2.5.29.19", true, sequence(boolean(true), integer(Uint8Array.of(0)))), // an authority for leaves only
        extension("2.5.29.15", true, bitString(Uint8Array.of(0x06), 1)), // signs certificates and revocation lists
      ],
    },
    ca,
    unixMs,
  );
  const cert = certify(
    {
      name: "iotb local platform",
      publicKey: leaf.publicKey,
      extensions: [
        extension("2.5.29.19", true, sequence()),
        extension("2.5.29.15", true, bitString(Uint8Array.of(0x80), 7)), // signs handshakes
        extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"))), // a TLS server
        extension("2.5.29.17", false, element(0x30, ...hosts.map(alternativeName))),
      ],
    },
    ca,
    unixMs,
  );
  return { cert: cert + caPem, key: leaf.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), caPem };
};
