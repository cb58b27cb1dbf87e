import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Finding } from "./fuzz.js";

/** Where findings are kept, seen from dist/fuzz: the tests replay all of them. */
export const FINDINGS = fileURLToPath(new URL("../../test/fixtures/fuzz", import.meta.url));

/** Writes a finding's input as `<target>-<hash>.bin` and answers the path. */
export const writeFinding = ({ target, input }: Finding, folder: string = FINDINGS): string => {
  const path = join(folder, `${target}-${createHash("sha256").update(input).digest("hex").slice(0, 12)}.bin`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, input);
  return path;
};

/** The target and the input of a file that {@link writeFinding} wrote. Throws where it cannot be read. */
export const readFinding = (path: string): Omit<Finding, "why"> => ({
  target: basename(path).replace(/-[0-9a-f]{12}\.bin$/, ""),
  input: readFileSync(path),
});

/** The paths of all findings that are kept. */
export const findingPaths = (folder: string = FINDINGS): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".bin"))
    .sort()
    .map((name) => join(folder, name));
