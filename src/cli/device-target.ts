import type { DeviceRoster } from "../domain/device-roster.js";
import { IotbError } from "../domain/errors.js";
import type { Clock } from "../domain/time.js";
import type { MqttEndpoint } from "../protocol/mqtt-endpoint.js";
import type { CommandContext } from "./command.js";
import { type ApiAccess, openApi } from "./compose/api-access.js";
import { announceTarget, guardConnecting, isGuarded, mqttEndpointsOf, requireLocalPlatform } from "./live-target.js";
import type { FleetOptions } from "./options/fleet.js";
import type { TargetOptions } from "./options/target.js";

/** What a command that only connects devices is aimed at. */
export type DeviceTargetRequest = {
  readonly target: TargetOptions;
  readonly devices: DeviceRoster;
  readonly productKey: string;
  /** A device config's host, or null. */
  readonly host: string | null;
  readonly fleet: Pick<FleetOptions, "connectRate" | "guards"> & Partial<Pick<FleetOptions, "life">>;
};

/** Where devices may connect now that every guard has let them, and whether the guards hold there. */
export type DeviceTarget = { readonly endpoints: readonly MqttEndpoint[]; readonly guarded: boolean };

/**
 * Finds where devices connect, says so, and asks every guard before the first of them does. The API is needed for the guards
 * only: without credentials it is not asked, and the guards decide what follows. Throws `guard`, `usage`, `api-…`.
 */
export const openDeviceTarget = async (
  context: CommandContext,
  clock: Clock,
  { target, devices, productKey, host, fleet }: DeviceTargetRequest,
): Promise<DeviceTarget> => {
  const { env, signal } = context;
  const api = await openApi(target, env, clock).catch((thrown: unknown) => withoutApi(thrown, context));
  const endpoints = mqttEndpointsOf(target, productKey, host, api);
  // without --endpoint the API is asked about the devices and nothing else: it makes no loopback host foreign
  const apiHosts = target.endpoint === null ? [] : [target.endpoint.hostname];
  const guarded = isGuarded([...endpoints.map((endpoint) => endpoint.host), ...apiHosts], env);
  await announceTarget(context, target, guarded || target.local ? api : null, endpoints, guarded ? productKey : null);
  await requireLocalPlatform(target, api, productKey, signal);
  await guardConnecting(context, fleet, devices, endpoints, api, guarded);
  return { endpoints, guarded };
};

const withoutApi = (thrown: unknown, { output }: CommandContext): ApiAccess | null => {
  if (!(thrown instanceof IotbError) || thrown.code !== "credentials") throw thrown;
  output.detail(`no API: ${thrown.message}`);
  return null;
};
