import type { RawAnswer, RawApi, RawCall } from "./ports.js";
import { answered, type ProbeAnswer, type ProbeQuestion } from "./probe-questions.js";

/** What an answer said, in the few words that a report holds. */
export const wordsOf = ({ status, code, format, failure }: RawAnswer): string =>
  failure !== null ? `no answer (${failure})` : `HTTP ${status} ${code ?? (format === "json" ? "no code" : format)}`;

/** A product that no account has: the platform's keys have eleven characters. */
const NO_PRODUCT = "iotbProbeNoSuchProduct";

/** Lengths of a GET that are tried, characters of padding; the last is that of a full message. */
const PADDINGS = [4_000, 8_000, 16_000, 32_000, 64_000, 90_000];

type Step = (api: RawApi, productKey: string, signal: AbortSignal) => Promise<string>;

const one =
  (call: (productKey: string) => RawCall): Step =>
  async (api, productKey, signal) =>
    wordsOf(await api.call(call(productKey), signal));

/** Two faults at once: the one that is named is the one that is looked for first. */
const FAULT_PAIRS: readonly (readonly [string, Omit<RawCall, "action" | "parameters">])[] = [
  ["Action and Version missing", { common: { Action: null, Version: null } }],
  [
    "time expired, AccessKey unknown",
    { common: { Timestamp: "2020-01-01T00:00:00Z", AccessKeyId: "iotbProbeNoSuchKey" } },
  ],
  ["AccessKey unknown, signature wrong", { common: { AccessKeyId: "iotbProbeNoSuchKey" }, badSignature: true }],
  ["time expired, signature wrong", { common: { Timestamp: "2020-01-01T00:00:00Z" }, badSignature: true }],
  ["signature wrong, action unknown", { common: { Action: "IotbProbeNoSuchAction" }, badSignature: true }],
];

const STEPS: readonly (readonly [ProbeQuestion, Step])[] = [
  ["error-http-status", one(() => ({ action: "QueryProduct", parameters: { ProductKey: NO_PRODUCT } }))],
  [
    "gateway-order",
    async (api, ProductKey, signal) => {
      const found: string[] = [];
      for (const [name, faults] of FAULT_PAIRS) {
        const said = await api.call({ action: "QueryProduct", parameters: { ProductKey }, ...faults }, signal);
        found.push(`${name}: ${wordsOf(said)}`);
      }
      return found.join("; ");
    },
  ],
  [
    "format-default",
    async (api, ProductKey, signal) => {
      const said = await api.call(
        { action: "QueryProduct", parameters: { ProductKey }, common: { Format: null } },
        signal,
      );
      return said.failure === null ? `${said.format}, ${wordsOf(said)}` : wordsOf(said);
    },
  ],
  [
    "get-url-length",
    async (api, ProductKey, signal) => {
      let longest = 0;
      for (const length of PADDINGS) {
        const parameters = { ProductKey, IotbPadding: "x".repeat(length) };
        const said = await api.call({ action: "QueryProduct", parameters, method: "GET" }, signal);
        if (said.status !== 200) return `${longest} characters of padding pass, ${length} do not: ${wordsOf(said)}`;
        longest = length;
      }
      return `${longest} characters of padding pass`;
    },
  ],
  [
    "names-per-check",
    one((ProductKey) => {
      const names = Array.from({ length: 1_001 }, (_, i) => [`DeviceName.${i + 1}`, `iotb-probe-${i}`]);
      return { action: "BatchCheckDeviceNames", parameters: { ProductKey, ...Object.fromEntries(names) } };
    }),
  ],
];

/** Answers the questions that take no device and send no message. Nothing that the account has is changed. */
export const probeApi = async (
  api: RawApi,
  productKey: string,
  signal: AbortSignal,
  onAnswer: (answer: ProbeAnswer) => void,
): Promise<void> => {
  for (const [id, step] of STEPS) {
    signal.throwIfAborted();
    onAnswer(answered(id, await step(api, productKey, signal)));
  }
};
