import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of a test's own. */
export type TempDir = AsyncDisposable & {
  readonly path: (name: string) => string;
  /** Writes a file and gives its path. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
};

/** Makes a directory that is removed at the end of the test. */
export const makeTempDir = async (): Promise<TempDir> => {
  const dir = await mkdtemp(join(tmpdir(), "iotb-test-"));
  const path = (name: string): string => join(dir, name);
  return {
    path,
    write: async (name, content) => {
      await writeFile(path(name), content);
      return path(name);
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
};
