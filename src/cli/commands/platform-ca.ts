import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IotbError, reasonOf } from "../../domain/errors.js";

/** A certificate authority in a file, for `--ca`; the file goes with the platform it belongs to. */
export type PlatformCa = AsyncDisposable & { readonly path: string };

/** Writes an authority's PEM into a folder of its own under the system's temporary one. Throws `output-failed`. */
export const writePlatformCa = async (pem: string): Promise<PlatformCa> => {
  try {
    const folder = await mkdtemp(join(tmpdir(), "iotb-platform-"));
    const path = join(folder, "ca.pem");
    await writeFile(path, pem);
    return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  } catch (thrown) {
    throw new IotbError("output-failed", `the certificate authority cannot be written: ${reasonOf(thrown)}`, {
      hint: `make room in ${tmpdir()}, or name another folder in TMPDIR`,
      cause: thrown,
    });
  }
};
