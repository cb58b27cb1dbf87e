/** The questions about the platform that no document answers, by the names that reports carry. docs/platform.md lists them as its open questions. */
export const PROBE_QUESTIONS = {
  "error-http-status": "With which HTTP status does the API refuse a call for a product that does not exist?",
  "gateway-order": "Of two faults in one call, which does the gateway name?",
  "format-default": "In which format does the gateway answer a call without Format?",
  "get-url-length": "How long a URL does the gateway take in a GET?",
  "names-per-check": "Does BatchCheckDeviceNames take more than 1,000 names?",
  "success-members": "Which members has the answer to a broadcast that was accepted, and is Code among them?",
  "message-id-time": "Is the time of the call in the message id, as published samples suggest?",
  "broadcast-qos": "With which QoS does a full broadcast arrive?",
  "over-quota": "How is a second full broadcast within the minute refused?",
  "subscribed-delivery": "Does a device that subscribes to its broadcast topics get a broadcast once or twice?",
  "too-large": "How is a broadcast of one byte more than 64 KB refused?",
  "short-keep-alive": "Does a device with a keep-alive of 10 s get in?",
  "long-keep-alive": "Does a device with a keep-alive of 1,500 s get in?",
  "plain-tcp": "May devices of this account connect without TLS?",
  "kick-notice": "Is a device told when another connection takes its place?",
} as const;

/** The name of a question. */
export type ProbeQuestion = keyof typeof PROBE_QUESTIONS;

/** What was found. `answer` is null where it could not be asked; then `why` says so. */
export type ProbeAnswer = {
  readonly id: ProbeQuestion;
  readonly question: string;
  readonly answer: string | null;
  readonly why: string | null;
};

/** An answer to a question. */
export const answered = (id: ProbeQuestion, answer: string): ProbeAnswer => ({
  id,
  question: PROBE_QUESTIONS[id],
  answer,
  why: null,
});

/** A question that stays open. */
export const unanswered = (id: ProbeQuestion, why: string): ProbeAnswer => ({
  id,
  question: PROBE_QUESTIONS[id],
  answer: null,
  why,
});
