import type { ErrorCode } from "../domain/errors.js";

/** The exit codes by what they mean. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  api: 3,
  throttled: 4,
  fleetIncomplete: 5,
  deliveryIncomplete: 6,
  invalidRun: 7,
  unknownFate: 8,
  thresholdFailed: 99,
  interrupted: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of another program that was run in this one's place; it stands whatever else happened. */
export type ForeignExit = { readonly foreign: number };

const CODE_OF: Readonly<Record<ErrorCode, ExitCode>> = {
  usage: EXIT.usage,
  "bad-input-file": EXIT.usage,
  "payload-invalid": EXIT.usage,
  credentials: EXIT.api,
  "output-failed": EXIT.usage,
  "port-in-use": EXIT.usage,
  guard: EXIT.usage,
  kicked: EXIT.usage,
  "api-refused": EXIT.api,
  "api-unreachable": EXIT.api,
  "api-throttled": EXIT.throttled,
  "api-unknown-fate": EXIT.unknownFate,
  "fleet-incomplete": EXIT.fleetIncomplete,
  "platform-ended": EXIT.invalidRun,
  "out-of-resources": EXIT.usage,
  "shard-died": EXIT.invalidRun,
  interrupted: EXIT.interrupted,
  internal: EXIT.unexpected,
};

/** The strongest first: what was cut short, then what must not be repeated, then errors, then judgements. */
const PRECEDENCE: readonly ExitCode[] = [130, 8, 1, 2, 3, 4, 5, 7, 6, 99, 0];

/** The exit code of an expected failure. */
export const exitCodeOf = (code: ErrorCode): ExitCode => CODE_OF[code];

/** The exit code where several hold; 0 where none does. */
export const strongestExitCode = (codes: readonly ExitCode[]): ExitCode =>
  PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.done;
