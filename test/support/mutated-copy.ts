import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "./cli-run.js";

/** One changed place in the compiled program. */
export type Mutation = {
  /** Under `dist/src`. */
  readonly file: string;
  /** What must stand there exactly once. */
  readonly from: string;
  readonly to: string;
};

/** A copy of the compiled program in a folder of its own, as it is or with one place changed. */
export class MutatedCopy implements Disposable {
  readonly #folder: string;

  constructor(mutation: Mutation | null = null) {
    this.#folder = mkdtempSync(join(tmpdir(), "iotb-mutant-"));
    for (const part of ["bin", "package.json"]) cpSync(part, join(this.#folder, part), { recursive: true });
    cpSync("dist/src", join(this.#folder, "dist/src"), {
      recursive: true,
      filter: (path) => !path.endsWith(".map") && !path.endsWith(".d.ts"),
    });
    symlinkSync(realpathSync("node_modules"), join(this.#folder, "node_modules"));
    if (mutation !== null) this.#change(mutation);
  }

  /** Runs a command of the copy to its end. */
  run(args: readonly string[]): ReturnType<typeof runCli> {
    return runCli(args, { program: join(this.#folder, "bin/iotb.js") });
  }

  /** Changes the one place; fails where it is not there exactly once, which is how a mutation learns that the code has changed. */
  #change({ file, from, to }: Mutation): void {
    const path = join(this.#folder, "dist/src", file);
    const parts = readFileSync(path, "utf8").split(from);
    assert.equal(parts.length, 2, `dist/src/${file} has ${JSON.stringify(from)} ${parts.length - 1} times, not once`);
    writeFileSync(path, parts.join(to));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
