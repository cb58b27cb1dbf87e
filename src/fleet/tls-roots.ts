import { readFile } from "node:fs/promises";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { IotbError, reasonOf } from "../domain/errors.js";
import type { TlsTrust } from "./engine-options.js";
import { GLOBALSIGN_ROOT_R1 } from "./globalsign-root-r1.js";

/** Where systems keep their roots in one file: Debian, Fedora, openSUSE, Alpine and macOS, FreeBSD. */
const MACHINE_BUNDLES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/etc/ssl/cert.pem",
];

const readIfThere = (path: string): Promise<string | null> => readFile(path, "utf8").catch(() => null);

/** The first machine bundle that can be read. */
const machineRoots = async (): Promise<string | null> => {
  for (const path of MACHINE_BUNDLES) {
    const bundle = await readIfThere(path);
    if (bundle?.includes("BEGIN CERTIFICATE")) return bundle;
  }
  return null;
};

/**
 * The roots a server's certificate may chain to, PEM: `ca` and nothing else where it is given, as mosquitto's `--cafile`;
 * otherwise Node's, the machine's, GlobalSign Root CA R1, and what `extraCaFiles` hold (Node forgets `NODE_EXTRA_CA_CERTS` as
 * soon as a list of roots is given). An extra file that cannot be read is left out, as Node does.
 */
export const trustedRoots = async ({ ca, extraCaFiles = [] }: TlsTrust): Promise<readonly (string | Buffer)[]> => {
  if (ca !== undefined && ca.length > 0) return ca;
  const [machine, ...extra] = await Promise.all([machineRoots(), ...extraCaFiles.map(readIfThere)]);
  return [...rootCertificates, GLOBALSIGN_ROOT_R1, ...[machine, ...extra].filter((roots) => roots !== null)];
};

/** One TLS context for a whole fleet: the roots are parsed once. Throws `IotbError` "bad-input-file" for unusable PEM. */
export const createTrust = async (trust: TlsTrust): Promise<SecureContext> => {
  if (trust.ca?.some((pem) => !pem.toString().includes("BEGIN CERTIFICATE"))) {
    throw new IotbError("bad-input-file", "the --ca file holds no certificate", {
      hint: "give a PEM file of root certificates",
    });
  }
  try {
    return createSecureContext({
      ca: [...(await trustedRoots(trust))],
      ...(trust.cert === undefined ? {} : { cert: trust.cert }),
      ...(trust.key === undefined ? {} : { key: trust.key }),
    });
  } catch (thrown) {
    // no cause: the thrown error may point into the key
    throw new IotbError("bad-input-file", `the TLS certificates cannot be used: ${reasonOf(thrown)}`, {
      hint: "check that --ca, --cert and --key are PEM and that the key belongs to the certificate",
    });
  }
};
