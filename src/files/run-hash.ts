import type { FileSeal } from "../domain/run-record.js";
import { sha256Hex } from "../protocol/sha256.js";

/**
 * The SHA-256 over the seals of a run: of the lines `sha256  name`, as `sha256sum` writes them, sorted, each with its line end.
 * Lower-case hex.
 */
export const hashOfSeals = (files: Readonly<Record<string, FileSeal>>): string => {
  const lines = Object.entries(files).map(([name, { sha256 }]) => `${sha256}  ${name}\n`);
  return sha256Hex(lines.sort().join(""));
};
