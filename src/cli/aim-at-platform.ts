import { checkPayloadGiven, checkReach, confirmProduct } from "../domain/guards.js";
import { isAlibabaHost, isLoopbackHost } from "../domain/target-host.js";
import type { Clock } from "../domain/time.js";
import { formatMqttEndpoint, parseMqttEndpoint } from "../protocol/mqtt-endpoint.js";
import { heed } from "./ask.js";
import type { CommandContext } from "./command.js";
import { type ApiAccess, openApi, openLocalApi } from "./compose/api-access.js";
import { announceTarget, guardConnecting, isGuarded, mqttEndpointsOf } from "./live-target.js";
import { LOCAL_INSTANCE_ID } from "./local-platform-defaults.js";
import type { MeasureAim } from "./measure-aim.js";
import type { MeasureSetup } from "./measure-setup.js";
import type { LiveMeasureOptions } from "./options/measure.js";

/**
 * Aims a measurement at the platform: the run's own (`platform`), or the one that the target names. Throws `guard`, `usage`,
 * `credentials` and the `api-…` codes.
 */
export const aimAtPlatform = async (
  context: CommandContext,
  options: LiveMeasureOptions,
  setup: MeasureSetup,
  platform: { readonly popUrl: string; readonly mqttUrls: readonly string[] } | null,
  clock: Clock,
): Promise<MeasureAim> => {
  const { output, signal, env } = context;
  const { target, message } = options;
  const { devices, productKey } = setup;
  const api =
    platform === null ? await openApi(target, env, clock) : openLocalApi(platform.popUrl, LOCAL_INSTANCE_ID, clock);
  for (const note of api.notes) output.note(note);
  output.detail(`credentials = ${api.credentialsSource}`);
  const endpoints =
    platform === null
      ? mqttEndpointsOf(target, productKey, setup.host, api)
      : platform.mqttUrls.map((url) => parseMqttEndpoint(url, null));
  const hosts = endpoints.map((endpoint) => endpoint.host);
  const guarded = isGuarded([...hosts, new URL(api.url).hostname], env);
  await announceTarget(context, target, api, endpoints, productKey);
  await guardSending(options, setup, context, api, guarded);
  await guardConnecting(context, options.fleet, devices, endpoints, api, guarded);
  return {
    endpoints,
    guarded,
    login: { kind: "triplet", sign: options.fleet.sign },
    publisher: api.publisher,
    summary: {
      kind: hosts.every(isLoopbackHost) && !isAlibabaHost(new URL(api.url).hostname) ? "local" : "alicloud",
      productKey,
      topicFullName: message.topicFullName,
      instanceId: platform === null ? target.instanceId : LOCAL_INSTANCE_ID,
      endpoint: api.url,
      hosts: endpoints.slice(0, 10).map(formatMqttEndpoint),
    },
    beforeFirst: async ({ requested, online }) => {
      // once more, because others may have come online while the fleet did; which of the run's own are missing is not known
      // here, so all of them may be the product's
      const own = Math.max(0, setup.held - (requested - online));
      if (guarded && !options.reachOthers) await guardReach(options, setup, context, api, guarded, own);
      else await askOnce(api, productKey, signal);
    },
    // every API call has a connection of its own: nothing is held open
    [Symbol.asyncDispose]: async () => undefined,
  };
};

/**
 * A query before the first broadcast: a process's first call loads, compiles and resolves what every call needs, which is no
 * broadcast's time. Whether it is answered does not matter: the account may not be allowed to ask. Where the guard asks, that does.
 */
const askOnce = async (api: ApiAccess, productKey: string, signal: AbortSignal): Promise<void> => {
  await api.registry.product(productKey, signal).catch(() => undefined);
};

/** The guards before the first byte goes out: the message is the user's, the product is meant, nobody else is reached. */
const guardSending = async (
  options: LiveMeasureOptions,
  setup: MeasureSetup,
  context: CommandContext,
  api: ApiAccess,
  guarded: boolean,
): Promise<void> => {
  const loopback = !guarded;
  const { productKey, bodyGiven } = setup;
  await heed(checkPayloadGiven({ loopback, given: bodyGiven }), context);
  await heed(confirmProduct({ loopback, tty: context.canAsk(), productKey, ...options.consent }), context);
  // devices that are taken over are online now and this run's own in a moment
  const alreadyOwn = options.fleet.guards.takeOver ? setup.held : 0;
  await guardReach(options, setup, context, api, guarded, alreadyOwn);
};

/** Refuses if more devices are online than the run's own `connected`. */
const guardReach = async (
  { reachOthers }: LiveMeasureOptions,
  { productKey }: MeasureSetup,
  context: CommandContext,
  api: ApiAccess,
  guarded: boolean,
  connected: number,
): Promise<void> => {
  if (!guarded || reachOthers) return;
  const { onlineCount } = await api.registry.product(productKey, context.signal);
  await heed(checkReach({ loopback: false, onlineCount, held: connected, reachOthers }), context);
};
