import type { DeviceIndex } from "./device.js";
import type { Stagger } from "./stagger.js";

/**
 * Which device of one process has which turn to connect, where device i of the fleet uses endpoint i mod `endpoints`: those of one
 * endpoint after those of another, the processes beginning with different ones. A platform process then has its connections from as
 * few processes at a time as there are for each endpoint, and what belongs to neighbours of its broadcasts lies together in the
 * system's memory: a delivery waits less for it. Null, by number, where some endpoint would have no process meanwhile, and where there
 * is but one.
 */
export const connectOrder = (
  { shard, shards }: Stagger,
  firstDevice: DeviceIndex,
  count: number,
  endpoints: number,
): Uint32Array | null => {
  if (endpoints === 1 || shards < endpoints) return null;
  const order = new Uint32Array(count);
  let turn = 0;
  for (let i = 0; i < endpoints; i++) {
    const endpoint = (shard + i) % endpoints;
    const first = (endpoint + endpoints - (firstDevice % endpoints)) % endpoints;
    for (let device = first; device < count; device += endpoints) order[turn++] = device;
  }
  return order;
};
