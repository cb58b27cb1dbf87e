import { IotbError } from "../domain/errors.js";
import { isLoopbackHost } from "../domain/target-host.js";

/** A call that brought no usable answer. */
export type NoAnswer = {
  readonly action: string;
  readonly url: URL;
  /** What went wrong, in words, free of secrets. */
  readonly why: string;
  /** Whether a part of the request may have left. */
  readonly sent: boolean;
  /** Whether this side gave the call up. */
  readonly aborted: boolean;
  readonly requestId?: string | null;
};

/** Calls that change nothing, so that whether they arrived does not matter. */
export const isQuery = (action: string): boolean => /^(?:Query|Get|List|BatchGet|BatchQuery)/.test(action);

/** Connection errors in words; others show their code. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (ECONNREFUSED)",
  ENOTFOUND: "there is no host of that name (ENOTFOUND)",
  EAI_AGAIN: "the name service does not answer (EAI_AGAIN)",
  EHOSTUNREACH: "there is no way to that host (EHOSTUNREACH)",
  ENETUNREACH: "there is no way to that network (ENETUNREACH)",
  ECONNRESET: "the connection was reset (ECONNRESET)",
  ETIMEDOUT: "the connection timed out (ETIMEDOUT)",
  EPIPE: "the connection was closed (EPIPE)",
};

/** A connection's error code in words. */
export const wordsOf = (failure: string): string =>
  Object.hasOwn(WORDS, failure) ? (WORDS[failure] ?? failure) : failure;

/** What to try, by where the endpoint is. */
const hintFor = (url: URL): string =>
  isLoopbackHost(url.hostname)
    ? "is the platform running? start it with: iotb platform"
    : "check the network, --region and --endpoint";

/**
 * The error for a call without a usable answer: `interrupted` where it was given up without harm, `api-unreachable` where
 * nothing was sent or nothing could change, `api-unknown-fate` where it may have been carried out.
 */
export const noAnswerError = ({ action, url, why, sent, aborted, requestId = null }: NoAnswer): IotbError => {
  if (sent && !isQuery(action))
    return new IotbError("api-unknown-fate", `${action} was sent to ${url.host} and its fate is unknown: ${why}`, {
      hint: "it may have been accepted: look for receipts before you repeat it",
      requestId,
    });
  if (aborted) return new IotbError("interrupted", `${action} was given up: ${why}`);
  return new IotbError(
    "api-unreachable",
    `${url.host} ${sent ? "did not answer" : "could not be reached for"} ${action}: ${why}`,
    {
      hint: hintFor(url),
      requestId,
    },
  );
};
