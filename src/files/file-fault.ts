import { type ErrorCode, IotbError, reasonOf } from "../domain/errors.js";

/** The system's error names in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EEXIST: "it exists already",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOSPC: "no space left on the device",
  EROFS: "the file system is read-only",
  EPIPE: "nobody reads it any more",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links form a loop",
};

/** The name of a system error, `ENOENT` say, or null. */
export const systemCodeOf = (thrown: unknown): string | null =>
  thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;

/** Translates what the file system threw about `file` into an expected failure; one that is expected already passes through. */
export const fileFault = (code: ErrorCode, file: string, thrown: unknown, hint: string | null = null): IotbError => {
  if (thrown instanceof IotbError) return thrown;
  const why = REASONS[systemCodeOf(thrown) ?? ""] ?? reasonOf(thrown);
  return new IotbError(code, `${file}: ${why}`, { hint, cause: thrown });
};
