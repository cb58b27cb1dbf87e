import type { DeviceAddress } from "../domain/device.js";
import { addressAt, type DeviceRoster } from "../domain/device-roster.js";
import { IotbError } from "../domain/errors.js";
import { checkScale, checkTakeOver } from "../domain/guards.js";
import { checkSameInstance, DEFAULT_REGION, mqttEndpoint, popEndpoint } from "../domain/target.js";
import { isLoopbackHost } from "../domain/target-host.js";
import { formatMqttEndpoint, type MqttEndpoint, parseMqttEndpoint } from "../protocol/mqtt-endpoint.js";
import { heed } from "./ask.js";
import type { CommandContext } from "./command.js";
import type { ApiAccess } from "./compose/api-access.js";
import { LOCAL_INSTANCE_ID, LOCAL_MQTT } from "./local-platform-defaults.js";
import type { FleetOptions } from "./options/fleet.js";
import type { TargetOptions } from "./options/target.js";

/** Makes loopback targets count as foreign, to rehearse the guards without a cloud account. It only ever adds guards. */
const REHEARSAL_VARIABLE = "IOTB_GUARD_LOOPBACK";

/** Devices whose names are held at once while their states are asked. */
const ASKED_AT_ONCE = 10_000;

/** Whether the guards hold for these hosts: they do unless every one is this machine. */
export const isGuarded = (hosts: readonly string[], env: CommandContext["env"]): boolean =>
  !hosts.every(isLoopbackHost) || ["1", "true", "yes", "on"].includes(env[REHEARSAL_VARIABLE]?.toLowerCase() ?? "");

/**
 * Where devices connect to: what `--host` names, what a device config names, the local platform, or the cloud's own address.
 * Throws `usage` where hosts, instance, product and region do not belong together.
 */
export const mqttEndpointsOf = (
  target: TargetOptions,
  productKey: string,
  configHost: string | null,
  api: Pick<ApiAccess, "url" | "region"> | null,
): readonly MqttEndpoint[] => {
  const { mqtt, local, instanceId, mqttPort } = target;
  const region = target.region ?? api?.region ?? DEFAULT_REGION;
  const endpoints =
    mqtt.length > 0
      ? mqtt
      : local
        ? [LOCAL_MQTT]
        : [parseMqttEndpoint(configHost ?? mqttEndpoint({ instanceId, productKey, region }), mqttPort)];
  const contradiction = local
    ? null
    : checkSameInstance({
        mqttHosts: endpoints.map(({ host }) => host),
        instanceId,
        productKey,
        region,
        popEndpoint: api?.url ?? target.endpoint?.href ?? popEndpoint(region),
      });
  if (contradiction !== null) throw contradiction;
  return endpoints;
};

/** The first line on stderr: what this command is aimed at. Off loopback it asks the platform, which is also the first check. */
export const announceTarget = async (
  { output, signal }: CommandContext,
  target: Pick<TargetOptions, "instanceId" | "local">,
  api: ApiAccess | null,
  endpoints: readonly MqttEndpoint[],
  productKey: string | null,
): Promise<void> => {
  const hosts = endpoints.map(({ host }) => host);
  const apiHost = api === null ? null : new URL(api.url).hostname;
  const all = apiHost === null ? hosts : [...hosts, apiHost];
  const more = endpoints.length > 2 ? [`${endpoints.length - 2} more`] : [];
  const named = [...endpoints.slice(0, 2).map(formatMqttEndpoint), ...more];
  const places = [...named, ...(api === null ? [] : [api.url])].join(" · ");
  if (all.every(isLoopbackHost)) {
    const instance = target.local ? LOCAL_INSTANCE_ID : (target.instanceId ?? "no instance");
    output.note(`target LOCAL ${places} · ${instance}${productKey === null ? "" : ` · product ${productKey}`}`);
    return;
  }
  const instance = target.instanceId ?? "instance without an id";
  if (api === null || productKey === null) {
    output.note(`target ALIBABA CLOUD ${places} · ${instance} · not asked: no credentials`);
    return;
  }
  const facts = await api.registry.product(productKey, signal);
  output.note(
    `target ALIBABA CLOUD ${api.region} · ${instance} · ${facts.productName} ${productKey} · ${facts.onlineCount} online`,
  );
};

/**
 * With `--local`, that a platform is there at all: without one every device would retry for a minute. What it answers does not
 * matter. Throws `api-unreachable`.
 */
export const requireLocalPlatform = async (
  { local }: Pick<TargetOptions, "local">,
  api: ApiAccess | null,
  productKey: string,
  signal: AbortSignal,
): Promise<void> => {
  if (!local || api === null) return;
  await api.registry.product(productKey, signal).catch((thrown: unknown) => {
    if (!(thrown instanceof IotbError) || !["api-unreachable", "interrupted"].includes(thrown.code)) return;
    if (thrown.code === "interrupted") throw thrown;
    throw new IotbError("api-unreachable", `no local platform: ${thrown.message}`, {
      hint: "start it in another terminal: iotb platform --devices FILE",
      cause: thrown,
    });
  });
};

/** The guards before a device connects: none is kicked off, no stranger's host is loaded. Throws `guard`. */
export const guardConnecting = async (
  context: CommandContext,
  fleet: Pick<FleetOptions, "connectRate" | "guards"> & Partial<Pick<FleetOptions, "life">>,
  devices: DeviceRoster,
  endpoints: readonly MqttEndpoint[],
  api: ApiAccess | null,
  guarded: boolean,
): Promise<void> => {
  const { takeOver, operatedHost } = fleet.guards;
  const loopback = !guarded;
  await heed(
    checkScale({
      loopback,
      hosts: endpoints.map(({ host }) => host),
      devices: devices.count,
      connectRate: fleet.connectRate,
      tty: context.canAsk(),
      iOperate: operatedHost === null ? [] : [operatedHost],
      roughFlag: fleet.life?.roughFlag ?? null,
    }),
    context,
  );
  if (loopback || takeOver) return;
  const online = api === null ? null : await onlineElsewhere(context, api, devices);
  const states = online?.map(() => "ONLINE") ?? null;
  await heed(checkTakeOver({ loopback, states, devices: online ?? [], takeOver }), context);
};

/** The devices of a roster that the platform says are online, asked a part at a time; null where it does not tell. */
const onlineElsewhere = async (
  { output, signal }: CommandContext,
  api: ApiAccess,
  devices: DeviceRoster,
): Promise<readonly DeviceAddress[] | null> => {
  const online: DeviceAddress[] = [];
  try {
    for (let first = 0; first < devices.count; first += ASKED_AT_ONCE) {
      const count = Math.min(ASKED_AT_ONCE, devices.count - first);
      const asked = Array.from({ length: count }, (_, i) => addressAt(devices, first + i));
      const states = await api.registry.states(asked, signal);
      if (states.length < asked.length) return null;
      online.push(...asked.filter((_, i) => states[i] === "ONLINE"));
    }
    return online;
  } catch (thrown) {
    if (thrown instanceof IotbError && thrown.code === "interrupted") throw thrown;
    output.note(`device states could not be asked: ${thrown instanceof IotbError ? thrown.message : thrown}`);
    return null;
  }
};
