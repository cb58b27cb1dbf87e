import assert from "node:assert/strict";
import type { Ended } from "./e2e-process.js";
import type { Scratch } from "./e2e-scratch.js";

/** Secrets made for a test, and what was signed with them: none may ever be seen. */
export class Canaries {
  readonly #values = new Map<string, string>();

  /** Adds a value with its name, and gives it back. */
  add(name: string, value: string): string {
    this.#values.set(value, name);
    return value;
  }

  get count(): number {
    return this.#values.size;
  }

  /** Fails where a text holds a canary, as it is or as it goes into a URL. */
  assertAbsent(where: string, text: string): void {
    for (const [value, name] of this.#values) {
      for (const form of [value, encodeURIComponent(value), encodeURIComponent(encodeURIComponent(value))]) {
        assert.ok(!text.includes(form), `${name} is in ${where}:\n${text}`);
      }
    }
  }

  /** Checks all that a command printed. */
  assertQuiet(args: readonly string[], { stdout, stderr }: Ended): void {
    this.assertAbsent(`stdout of iotb ${args.join(" ")}`, stdout);
    this.assertAbsent(`stderr of iotb ${args.join(" ")}`, stderr);
  }

  /** Checks every file of a folder but those named. */
  assertNotWritten(scratch: Scratch, permitted: readonly string[]): void {
    for (const { name, text } of scratch.everything()) {
      if (!permitted.includes(name)) this.assertAbsent(name, text);
    }
  }
}
