import { readFile } from "node:fs/promises";
import { fileFault } from "../files/file-fault.js";

/** Reads a PEM file that a TLS flag names. Throws `bad-input-file`. */
export const readPem = async (path: string): Promise<string> =>
  readFile(path, "utf8").catch((thrown: unknown) => {
    throw fileFault("bad-input-file", path, thrown);
  });
