import { randomBytes } from "node:crypto";
import { open, readFile, rename, unlink } from "node:fs/promises";
import { IotbError } from "../domain/errors.js";
import { REGISTER_STATES, type RegisterBatch } from "../domain/register-batch.js";
import { isDeviceName } from "../protocol/device-name.js";
import { fileFault, systemCodeOf } from "./file-fault.js";

const SCHEMA = "iotb.register-state/1";

/** What a registration is for; one that was begun elsewhere must not be gone on with here. */
export type RegisterPlace = {
  readonly endpoint: string;
  readonly instanceId: string | null;
  readonly productKey: string;
};

/** How far a registration is, in a file beside its output, from before its first call until the output is written. */
export type RegisterJournal = {
  readonly path: string;
  /** The batches of a registration that was interrupted, or null. Throws `bad-input-file`, and `guard` for another place. */
  load(): Promise<readonly RegisterBatch[] | null>;
  /** Throws `output-failed`. */
  save(batches: readonly RegisterBatch[]): Promise<void>;
  remove(): Promise<void>;
};

/** The journal of the registration that writes to `output`. It holds names and apply ids, and no secret. */
export const registerJournal = (output: string, place: RegisterPlace): RegisterJournal => {
  const path = `${output}.register.json`;
  return {
    path,
    load: async () => {
      const text = await readFile(path, "utf8").catch((thrown: unknown) => {
        if (systemCodeOf(thrown) === "ENOENT") return null;
        throw fileFault("bad-input-file", path, thrown);
      });
      return text === null ? null : readBatches(path, text, place);
    },
    save: async (batches) => {
      const fresh = `${path}.${randomBytes(4).toString("hex")}`;
      try {
        await using file = await open(fresh, "wx", 0o600);
        await file.writeFile(`${JSON.stringify({ schema: SCHEMA, ...place, batches })}\n`);
        await file.sync(); // it must outlive what is asked for next
        await rename(fresh, path);
      } catch (thrown) {
        await unlink(fresh).catch(() => undefined);
        throw fileFault("output-failed", path, thrown);
      }
    },
    remove: async () => {
      await unlink(path).catch(() => undefined);
    },
  };
};

const readBatches = (path: string, text: string, place: RegisterPlace): readonly RegisterBatch[] => {
  const value = parsed(text);
  const { batches } = value;
  if (value["schema"] !== SCHEMA || !Array.isArray(batches) || !batches.every(isBatch)) {
    throw new IotbError("bad-input-file", `${path}: not the state of a registration`, {
      hint: "it was changed or cut short; look at iotb devices list before you remove it and register anew",
    });
  }
  for (const [name, here] of Object.entries(place)) {
    if (value[name] === here) continue;
    throw new IotbError("guard", `${path} is of a registration with another ${name}, ${JSON.stringify(value[name])}`, {
      hint: "go on with the target it was begun with, or name another --output",
    });
  }
  return batches;
};

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
};

const isBatch = (value: unknown): value is RegisterBatch => {
  if (typeof value !== "object" || value === null) return false;
  const { names, count, applyId, state } = value as Partial<Record<keyof RegisterBatch, unknown>>;
  const namesFit =
    names === null ||
    (Array.isArray(names) && names.length === count && names.every((name) => isDeviceName(`${name}`)));
  const idFits = applyId === null || (typeof applyId === "string" && /^\d{1,20}$/.test(applyId));
  return namesFit && idFits && Number.isSafeInteger(count) && REGISTER_STATES.some((one) => one === state);
};
