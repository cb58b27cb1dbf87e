import { probeApi } from "../../app/probe-api.js";
import { probeDelivery } from "../../app/probe-delivery.js";
import { PROBE_QUESTIONS, type ProbeAnswer } from "../../app/probe-questions.js";
import { sleep } from "../../app/sleep.js";
import { createMonotonicClock } from "../../domain/clock.js";
import { listRoster } from "../../domain/device-roster.js";
import { IotbError } from "../../domain/errors.js";
import { checkReach, confirmProduct } from "../../domain/guards.js";
import { readTripletFile } from "../../files/triplet-file.js";
import { heed } from "../ask.js";
import { type CommandContext, DONE } from "../command.js";
import { openApi } from "../compose/api-access.js";
import { createProbeDevices } from "../compose/probe-devices.js";
import { productOf } from "../devices-input.js";
import { engineFor } from "../engine-settings.js";
import type { ExitCode } from "../exit-codes.js";
import { announceTarget, guardConnecting, isGuarded, mqttEndpointsOf } from "../live-target.js";
import { escapeControls } from "../terminal.js";
import type { ProbeOptions } from "./probe.js";

/** One full broadcast a minute, and a little. [PubBroadcast: QPS limits] */
const QUOTA_MS = 62_000;
/** How long a message may take on the way from the cloud, and on this machine. */
const PATIENCE_MS = 5_000;
const LOCAL_PATIENCE_MS = 500;

/** A device that is used for all, and one that may be kicked. */
const TEST_DEVICES = 2;

/** Asks the platform what its documents leave open and prints the answers; answers the exit code. */
export const runProbe = async (options: ProbeOptions, context: CommandContext): Promise<ExitCode> => {
  const { output, signal, env } = context;
  const { target, consent } = options;
  const { triplets, host } = await readTripletFile(options.devicesFile);
  const productKey = productOf(listRoster(triplets), target.productKey);
  const devices = triplets.filter((one) => one.productKey === productKey).slice(0, TEST_DEVICES);
  const clock = createMonotonicClock();
  const api = await openApi(target, env, clock);
  const endpoints = mqttEndpointsOf(target, productKey, host, api);
  const guarded = isGuarded([...endpoints.map((one) => one.host), new URL(api.url).hostname], env);
  await announceTarget(context, target, api, endpoints, productKey);
  await heed(confirmProduct({ loopback: !guarded, tty: context.canAsk(), productKey, ...consent }), context);
  // asked on every target: a wrong key or product would make all the answers that follow worthless
  const { onlineCount } = await api.registry.product(productKey, signal);
  // no way around this one: a probe is for a product of its own
  await heed(checkReach({ loopback: !guarded, onlineCount, held: 0, reachOthers: false }), context);
  await guardConnecting(
    context,
    { connectRate: 1, guards: options.guards },
    listRoster(devices),
    endpoints,
    api,
    guarded,
  );
  const settings = { ...DEVICE_SETTINGS, engine: "mqttjs" as const };
  const engine = await engineFor(context, settings, endpoints, target.tls);

  const answers: ProbeAnswer[] = [];
  const keepsQuota = target.quota === "real" || (target.quota === "auto" && guarded);
  if (keepsQuota) output.note("this takes about three minutes: a full broadcast may be sent once a minute");
  using progress = await output.progress("answered", Object.keys(PROBE_QUESTIONS).length);
  const onAnswer = (answer: ProbeAnswer): void => {
    answers.push(answer);
    progress.update(answers.length);
  };
  try {
    await probeApi(api.raw, productKey, signal, onAnswer);
    await probeDelivery({
      api: api.raw,
      devices: createProbeDevices(devices, engine, clock),
      productKey,
      sleep,
      quotaMs: keepsQuota ? QUOTA_MS : 0,
      patienceMs: guarded ? PATIENCE_MS : LOCAL_PATIENCE_MS,
      unixMs: Date.now,
      signal,
      onAnswer,
    });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
  progress.stop();
  print(answers, guarded ? { kind: "alicloud", region: api.region } : { kind: "local", region: null }, context);
  if (signal.aborted) throw new IotbError("interrupted", "stopped before every question was asked");
  return DONE;
};

const DEVICE_SETTINGS = {
  keepaliveSeconds: 300,
  qos: 1,
  sign: "hmacsha256",
  sourceAddresses: [],
  topics: [],
} as const;

/** No product, instance, device or host is in it: it is made to be shown to others. */
const print = (
  answers: readonly ProbeAnswer[],
  target: { readonly kind: string; readonly region: string | null },
  { output }: CommandContext,
): void => {
  output.json({ schema: "iotb.probe/1", target, atUs: Date.now() * 1_000, answers });
  for (const { id, question, answer, why } of answers) {
    output.result(`${id}\n  ${question}\n  ${escapeControls(answer ?? `not answered: ${why}`)}`);
  }
  output.note("to share this, run it with --json: it names no product, device, host or key");
};
