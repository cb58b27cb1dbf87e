/**
 * Every way iotb can fail, and whose it is: the user's, the peer's or ours. Adapters translate at the border into one of
 * these; only the command line turns them into text and exit codes.
 */
export const ERROR_CODES = [
  // the user's
  "usage", // a flag, argument or configuration value that cannot be meant
  "bad-input-file", // a file that is missing, unreadable or malformed, with line and column where known
  "payload-invalid", // a message body that is empty, too large or not JSON
  "credentials", // no usable AccessKey
  "output-failed", // a file or stream that could not be written
  "port-in-use", // a server could not listen
  "guard", // a guard stopped the command before it could do harm
  "kicked", // another client holds a device of this run
  // the peer's
  "api-refused", // the API answered no
  "api-unreachable", // no connection to the API: nothing was sent
  "api-throttled", // the API's quota
  "api-unknown-fate", // a call was sent and not answered: it may have been accepted
  "fleet-incomplete", // too few devices came online
  "platform-ended", // the local platform process ended during the run
  // ours
  "out-of-resources", // this machine gave no more processes, files or memory
  "shard-died", // a process of the fleet ended during the run
  "interrupted", // a signal
  "internal", // a defect
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An expected failure: what failed and why in `message`, what to do in `hint`. Neither may hold a secret. */
export class IotbError extends Error {
  override readonly name = "IotbError";
  readonly code: ErrorCode;
  /** What the user can do about it, or null. */
  readonly hint: string | null;
  /** The platform's request id, where an API answer was the cause. */
  readonly requestId: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    details: { hint?: string | null; requestId?: string | null; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.hint = details.hint ?? null;
    this.requestId = details.requestId ?? null;
  }
}

/** The text of anything thrown, for a message; never a stack. */
export const reasonOf = (thrown: unknown): string => {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return reasonOf(thrown.errors[0]);
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return String(thrown);
};
