import type { DeviceLister, DeviceState, ListCursor, ListedDevice } from "./ports.js";

/** One page of a list, with how many devices there are in all, by the platform's count at that moment. */
export type ListedDevices = { readonly devices: readonly ListedDevice[]; readonly total: number };

/** A list of a million devices is the most that the platform pages. [QueryDevice: NextToken] */
const MAX_PAGES = 20_000;

/**
 * Pages the devices of a product, each device once: while the list is read, devices that are added move others to a later page.
 * Ends early, without an error, once `signal` is aborted. Fails with `IotbError` of the `api-…` codes.
 */
export async function* listDevices(
  lister: DeviceLister,
  query: { readonly productKey: string; readonly state: DeviceState | null },
  signal: AbortSignal,
): AsyncGenerator<ListedDevices> {
  const seen = new Set<string>();
  let cursor: ListCursor | null = null;
  for (let pages = 0; pages < MAX_PAGES && !signal.aborted; pages++) {
    const { devices, total, next } = await lister.page(query, cursor, signal);
    const fresh = devices.filter(({ deviceName }) => !seen.has(deviceName));
    for (const { deviceName } of fresh) seen.add(deviceName);
    yield { devices: fresh, total };
    if (next === null) return;
    cursor = next;
  }
}
