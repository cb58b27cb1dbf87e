import assert from "node:assert/strict";
import { type ErrorCode, IotbError } from "../../src/domain/errors.js";

/** A check for `assert.throws` and `assert.rejects`: an expected failure of this code whose message matches. */
export const failsWith =
  (code: ErrorCode, message: RegExp) =>
  (thrown: unknown): boolean => {
    if (!(thrown instanceof IotbError)) throw thrown;
    if (thrown.code !== code || !message.test(thrown.message)) {
      throw new Error(`expected ${code} ${message}, got ${thrown.code} ${JSON.stringify(thrown.message)}`);
    }
    return true;
  };

/** Runs what must fail with an expected failure of this code whose message matches. */
export const rejectsWith = (work: () => Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> =>
  assert.rejects(work, failsWith(code, message));
