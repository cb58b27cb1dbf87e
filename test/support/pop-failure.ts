import assert from "node:assert/strict";
import { createPopClient, type PopClient, type PopClientOptions } from "../../src/cloud/pop-client.js";
import { IotbError } from "../../src/domain/errors.js";
import { everythingIn, POP_KEYS } from "./pop-keys.js";

/** A client with the tests' keys. */
export const clientOf = (endpoint: string, more: Partial<PopClientOptions> = {}): PopClient =>
  createPopClient({ endpoint, ...POP_KEYS, ...more });

/** The error of a promise that must fail with an `IotbError`. */
export const failureOf = async (promise: Promise<unknown>): Promise<IotbError> => {
  const thrown = await promise.then(
    (value) => assert.fail(`no failure but ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof IotbError, everythingIn(thrown));
  return thrown;
};
