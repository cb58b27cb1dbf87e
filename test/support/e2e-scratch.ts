import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A folder of a test's own, removed on disposal. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "iotb-e2e-"));

  /** A path in it. */
  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Writes a file and gives its path. */
  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }

  read(name: string): string {
    return readFileSync(this.at(name), "utf8");
  }

  /** The records of an NDJSON file. */
  records(name: string): Record<string, unknown>[] {
    return ndjson(this.read(name));
  }

  /** Every file under it with its text, packed ones unpacked. */
  everything(): { readonly name: string; readonly text: string }[] {
    return readdirSync(this.path, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(this.at(name)).isFile())
      .map((name) => ({
        name,
        text: name.endsWith(".gz") ? String(gunzipSync(readFileSync(this.at(name)))) : this.read(name),
      }));
  }

  /** Takes everybody's right to read a file. Root keeps it. */
  forbid(name: string): void {
    chmodSync(this.at(name), 0);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** The records of NDJSON text; fails on a line that is no JSON object. */
export const ndjson = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const value: unknown = JSON.parse(line);
      if (typeof value !== "object" || value === null) throw new Error(`no record: ${line}`);
      return { ...value };
    });
