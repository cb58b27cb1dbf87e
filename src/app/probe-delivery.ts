import { counted } from "../domain/counted.js";
import { micros } from "../domain/time.js";
import { inferredIdTimeMs } from "../protocol/message-id.js";
import type { RawAnswer, RawApi, TestConnection, TestDevices } from "./ports.js";
import { wordsOf } from "./probe-api.js";
import { answered, type ProbeAnswer, type ProbeQuestion, unanswered } from "./probe-questions.js";
import type { Sleep } from "./sleep.js";

/** What the questions that need a device are asked with. */
export type DeliveryProbe = {
  readonly api: RawApi;
  readonly devices: TestDevices;
  readonly productKey: string;
  readonly sleep: Sleep;
  /** Time between two broadcasts that must not be throttled. */
  readonly quotaMs: number;
  /** How long a message may take, and how long a second copy is waited for. */
  readonly patienceMs: number;
  readonly unixMs: () => number;
  readonly signal: AbortSignal;
  readonly onAnswer: (answer: ProbeAnswer) => void;
};

const BODY = Buffer.from('{"iotb":"probe"}');
/** One byte more than there may be. [PubBroadcast: MessageContent] */
const TOO_LARGE = 64 * 1024 + 1;
/** What every full broadcast's topic has. */
const BROADCAST_TOPIC = "/broadcast/request/";

/**
 * Answers the questions about delivery: sends three full broadcasts of a few bytes and one that is too large, to a product whose
 * devices are all test devices; logs in a device at most five times.
 */
export const probeDelivery = async (probe: DeliveryProbe): Promise<void> => {
  const { devices, onAnswer } = probe;
  {
    await using device = await devices.open(0, {});
    if (device.outcome === "online") await probeBroadcast(probe, device);
    else leaveOpen(probe, ["success-members", "message-id-time", "broadcast-qos", "over-quota"], device.outcome);
  }
  await waitForQuota(probe);
  {
    await using device = await devices.open(0, {
      filters: [`/sys/${"$"}{productKey}/${"$"}{deviceName}${BROADCAST_TOPIC}+`],
    });
    if (device.outcome === "online") onAnswer(answered("subscribed-delivery", await countCopies(probe, device)));
    else leaveOpen(probe, ["subscribed-delivery"], device.outcome);
  }
  await waitForQuota(probe);
  onAnswer(answered("too-large", wordsOf(await broadcast(probe, Buffer.alloc(TOO_LARGE, "x")))));
  await probeLogins(probe);
};

const broadcast = ({ api, productKey, signal }: DeliveryProbe, body: Buffer): Promise<RawAnswer> => {
  signal.throwIfAborted();
  const parameters = { ProductKey: productKey, MessageContent: body.toString("base64") };
  // a call in flight is awaited: a message that was sent is worth knowing about
  return api.call({ action: "PubBroadcast", parameters }, new AbortController().signal);
};

const probeBroadcast = async (probe: DeliveryProbe, device: TestConnection): Promise<void> => {
  const { onAnswer, unixMs, patienceMs } = probe;
  const sentAt = unixMs();
  const said = await broadcast(probe, BODY);
  const { messageId } = said;
  const over = await broadcast(probe, BODY);
  onAnswer(answered("success-members", `${wordsOf(said)}; ${said.members.join(", ")}`));
  if (messageId === null) {
    leaveOpen(probe, ["message-id-time", "broadcast-qos"], `the broadcast was not accepted: ${wordsOf(said)}`);
  } else {
    const apart = Math.round(inferredIdTimeMs(messageId) - sentAt);
    onAnswer(answered("message-id-time", `the id's time and this machine's clock at the call are ${apart} ms apart`));
    const message = await device.next(`${BROADCAST_TOPIC}${messageId}`, patienceMs);
    if (message === null) leaveOpen(probe, ["broadcast-qos"], `no message within ${patienceMs} ms`);
    else onAnswer(answered("broadcast-qos", `QoS ${message.qos}`));
  }
  onAnswer(answered("over-quota", wordsOf(over)));
};

const countCopies = async (probe: DeliveryProbe, device: TestConnection): Promise<string> => {
  const { messageId, ...said } = await broadcast(probe, BODY);
  if (messageId === null) return `the broadcast was not accepted: ${wordsOf({ ...said, messageId })}`;
  let copies = 0;
  while ((await device.next(`${BROADCAST_TOPIC}${messageId}`, probe.patienceMs)) !== null) copies++;
  return counted(copies, "copy", "copies");
};

const waitForQuota = async ({ sleep, quotaMs, signal }: DeliveryProbe): Promise<void> => {
  await sleep(micros(quotaMs * 1_000), signal);
  signal.throwIfAborted();
};

/** Logins with a device of their own: each may try five times a minute. [Limits: connection requests of a device] */
const probeLogins = async (probe: DeliveryProbe): Promise<void> => {
  const { devices, onAnswer, patienceMs } = probe;
  const own = devices.count - 1;
  if (own < 1) {
    const questions = ["short-keep-alive", "long-keep-alive", "plain-tcp", "kick-notice"] as const;
    leaveOpen(probe, questions, "it takes a second test device");
    return;
  }
  for (const [id, changes] of [
    ["short-keep-alive", { keepaliveSeconds: 10 }],
    ["long-keep-alive", { keepaliveSeconds: 1_500 }],
    ["plain-tcp", { plainTcp: true }],
  ] as const) {
    probe.signal.throwIfAborted();
    await using device = await devices.open(own, changes);
    onAnswer(answered(id, device.outcome));
  }
  await using first = await devices.open(own, {});
  await using second = await devices.open(own, {});
  if (first.outcome !== "online" || second.outcome !== "online") {
    leaveOpen(probe, ["kick-notice"], `logins ended as ${first.outcome}, ${second.outcome}`);
  } else {
    const notice = await first.next("/ext/notify", patienceMs);
    onAnswer(answered("kick-notice", notice === null ? "no notice" : `a notice with QoS ${notice.qos}`));
  }
};

const leaveOpen = ({ onAnswer }: DeliveryProbe, ids: readonly ProbeQuestion[], why: string): void => {
  for (const id of ids) onAnswer(unanswered(id, why));
};
