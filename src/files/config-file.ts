import { readFile } from "node:fs/promises";
import { IotbError } from "../domain/errors.js";
import { findJsonFault, positionAt } from "../protocol/json-fault.js";
import { fileFault } from "./file-fault.js";

/** The texts that a config file gives for each flag, as if they had been typed. */
export type ConfigFile = ReadonlyMap<string, readonly string[]>;

/** Names that hold secrets, whether or not a flag is called so. */
const SECRET_NAME = /secret|password|token|access-?key/i;

/**
 * Reads a config file: one JSON object, keys are long flag names without dashes, values are texts, numbers, booleans or lists
 * of texts. `known` says whether any command has such a flag. Throws `bad-input-file` with line and column for what is not
 * JSON, for unknown names, for values of another kind, and for secrets, which have no place in it.
 */
export const readConfigFile = async (path: string, known: (name: string) => boolean): Promise<ConfigFile> => {
  const text = await readFile(path, "utf8").catch((thrown: unknown) => {
    throw fileFault("bad-input-file", path, thrown);
  });
  const fault = findJsonFault(text);
  if (fault !== null) {
    throw new IotbError("bad-input-file", `${path}:${fault.line}:${fault.column}: ${fault.why}`, { hint: HINT });
  }
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new IotbError("bad-input-file", `${path}:1:1: not a JSON object`, { hint: HINT });
  }
  const config = new Map<string, readonly string[]>();
  for (const [name, given] of Object.entries(value)) {
    const refuse = (why: string, hint: string): IotbError => {
      const { line, column } = positionAt(text, Math.max(text.search(keyPattern(name)), 0));
      return new IotbError("bad-input-file", `${path}:${line}:${column}: ${JSON.stringify(name)} ${why}`, { hint });
    };
    if (SECRET_NAME.test(name))
      throw refuse("is a secret", "secrets are not read from a config file: use a profile or the environment");
    if (!known(name)) throw refuse("is not the name of a flag", HINT);
    const texts = textsOf(given);
    if (texts === null) throw refuse("is not a text, a number, a boolean or a list of texts", HINT);
    config.set(name, texts);
  }
  return config;
};

const HINT = 'keys are long flag names: { "region": "cn-shanghai", "drain": "5s", "host": ["10.0.0.1", "10.0.0.2"] }';

const keyPattern = (name: string): RegExp => {
  const literal = JSON.stringify(name).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(`${literal}\\s*:`);
};

const textsOf = (value: unknown): readonly string[] | null => {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return [String(value)];
  if (Array.isArray(value) && value.every((item) => typeof item === "string" || typeof item === "number"))
    return value.map(String);
  return null;
};
