import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileFault } from "./file-fault.js";

/** A directory that nobody else can look into. Disposing of it removes it with all that is in it. */
export type PrivateDir = AsyncDisposable & { readonly path: (name: string) => string };

/** Makes a directory of mode 0700 among the system's temporary files. Throws `output-failed`. */
export const makePrivateDir = async (prefix: string): Promise<PrivateDir> => {
  const dir = await mkdtemp(join(tmpdir(), prefix)).catch((thrown: unknown) => {
    throw fileFault("output-failed", tmpdir(), thrown);
  });
  return {
    path: (name) => join(dir, name),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
};
