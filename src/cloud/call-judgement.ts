import type { IotbError } from "../domain/errors.js";
import type { CallLine, CutReason } from "./call-line.js";
import { noAnswerError, wordsOf } from "./no-answer.js";
import { isRecord, type PopAnswer, plainJson, requestIdOf, textOf } from "./pop-answer.js";
import type { Redactor } from "./redactor.js";
import { refusalError } from "./refusal.js";

/** How one exchange ended: the library answered, the library threw, or the line was cut from this side. */
export type Outcome =
  | { readonly kind: "answer"; readonly answer: unknown }
  | { readonly kind: "thrown"; readonly thrown: unknown }
  | { readonly kind: "cut"; readonly reason: CutReason };

const CUT_WORDS: Readonly<Record<CutReason, string>> = {
  aborted: "it was interrupted",
  "connect-timeout": "connecting took too long",
  "answer-timeout": "the answer took too long",
  "answer-too-large": "the answer was far too long",
};

/** The call that is judged. */
export type CallContext = {
  readonly action: string;
  readonly url: URL;
  readonly line: Pick<CallLine, "sent" | "failure">;
  readonly redact: Redactor;
};

/**
 * Tells an answer, a refusal and a failure apart, which the library mixes up: it ignores the HTTP status, lets
 * `Success: false` without a code pass, looks for a reason in the wrong place, and throws things that are no errors.
 */
export const judgeExchange = (
  outcome: Outcome,
  { action, url, line, redact }: CallContext,
): { readonly answer: PopAnswer } | { readonly error: IotbError } => {
  const lost = (why: string, answer: PopAnswer = {}): { readonly error: IotbError } => ({
    error: noAnswerError({
      action,
      url,
      why,
      sent: line.sent,
      aborted: outcome.kind === "cut" && outcome.reason === "aborted",
      requestId: requestIdOf(answer),
    }),
  });
  if (outcome.kind === "cut") return lost(CUT_WORDS[outcome.reason]);
  const read = outcome.kind === "answer" ? readVerbose(outcome.answer) : readThrown(outcome.thrown);
  if (read === null) {
    if (line.failure !== null) return lost(wordsOf(line.failure));
    return lost(outcome.kind === "thrown" ? wordsOfThrown(outcome.thrown) : "the answer was no JSON object");
  }
  const { body, status } = read;
  // A gateway that lost the service behind it knows as little as we do.
  if (status === 502 || status === 504) return lost(`the gateway got no answer itself (HTTP ${status})`, body);
  const ok = status === null || (status >= 200 && status < 300);
  if (outcome.kind === "answer" && body["Success"] === true && ok) return { answer: body };
  if (outcome.kind === "answer" && body["Success"] !== false)
    return lost(`the answer does not say whether it succeeded (HTTP ${status ?? "status unknown"})`, body);
  const text = redact(textOf(body, "ErrorMessage") || textOf(body, "Message"));
  const code = redact(typeof body["Code"] === "number" ? String(body["Code"]) : textOf(body, "Code"));
  return { error: refusalError({ action, code, text, requestId: requestIdOf(body), status }) };
};

type Read = { readonly body: PopAnswer; readonly status: number | null };

const readBody = (json: unknown, entry: unknown): Read | null => {
  try {
    const body = plainJson(json);
    if (!isRecord(body)) return null;
    const response = isRecord(entry) ? entry["response"] : null;
    const status = isRecord(response) ? response["statusCode"] : null;
    return { body, status: typeof status === "number" ? status : null };
  } catch {
    return null;
  }
};

/** A verbose answer is the pair of the parsed body and the exchange. */
const readVerbose = (answer: unknown): Read | null => (Array.isArray(answer) ? readBody(answer[0], answer[1]) : null);

/** The library throws an Error with `data` where the body has a `Code` that means no. */
const readThrown = (thrown: unknown): Read | null => {
  if (!(thrown instanceof Error) || !("data" in thrown)) return null;
  return readBody(thrown.data, "entry" in thrown ? thrown.entry : null);
};

/** Only words of our own: the library's messages quote addresses and whole bodies. */
const wordsOfThrown = (thrown: unknown): string => {
  if (isRecord(thrown) && thrown["name"] === "SyntaxError") {
    const text = thrown["text"];
    if (typeof text === "string" && text.trim() === "") return "the answer was empty";
    return "the answer was not JSON";
  }
  const code = isRecord(thrown) ? thrown["code"] : null;
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return wordsOf(code);
  return isRecord(thrown) && thrown["name"] === "RequestTimeoutError"
    ? "the answer took too long"
    : "the answer could not be read";
};
