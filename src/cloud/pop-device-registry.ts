import { setTimeout as wait } from "node:timers/promises";
import type { DeviceRegistry, DeviceState } from "../app/ports.js";
import { type DeviceAddress, deviceKey } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import { isLoopbackHost } from "../domain/target-host.js";
import { isRecord, type PopAnswer, recordOf, requestIdOf, textOf } from "./pop-answer.js";
import type { PopClient } from "./pop-client.js";

/** Names in one call. [BatchGetDeviceState: DeviceName.N] */
const NAMES_PER_CALL = 50;
/** Time between the starts of two calls: 40 a second, where the account may make 50. [BatchGetDeviceState: QPS limits] */
const CALL_EVERY_MS = 25;
/** As many names as a message shows. */
const NAMES_SHOWN = 5;

/** The states there are. [BatchGetDeviceState: Status] */
const STATES: ReadonlySet<string> = new Set<DeviceState>(["ONLINE", "OFFLINE", "UNACTIVE", "DISABLE"]);
const isState = (text: string): text is DeviceState => STATES.has(text);

/** Asks the API about products and devices, one call at a time and, off this machine, within the account's quota. */
export const createPopDeviceRegistry = (client: PopClient): DeviceRegistry => ({
  states: async (devices, signal) => {
    const found = new Map<string, DeviceState>();
    const everyMs = isLoopbackHost(client.url.hostname) ? 0 : CALL_EVERY_MS;
    let nextAt = performance.now();
    for (const batch of batches(devices)) {
      await pause(nextAt - performance.now(), signal);
      nextAt = performance.now() + everyMs;
      const productKey = batch[0]?.productKey ?? "";
      const names = batch.map(({ deviceName }) => deviceName);
      const answer = await client.call(
        "BatchGetDeviceState",
        { ProductKey: productKey, DeviceName: names },
        { signal },
      );
      for (const [deviceName, state] of statesIn(answer)) found.set(deviceKey({ productKey, deviceName }), state);
    }
    return inOrder(devices, found);
  },
  product: async (productKey, signal) => {
    const product = recordOf(await client.call("QueryProduct", { ProductKey: productKey }, { signal }), "Data");
    const answer = await client.call("QueryDeviceStatistics", { ProductKey: productKey }, { signal });
    const statistics = recordOf(answer, "Data");
    return {
      productKey,
      productName: textOf(product, "ProductName"),
      onlineCount: countIn(statistics, "onlineCount", answer),
      deviceCount: countIn(statistics, "deviceCount", answer),
    };
  },
});

/** Devices of one product each, at most as many as a call takes, each device once. */
const batches = (devices: readonly DeviceAddress[]): DeviceAddress[][] => {
  const byProduct = new Map<string, DeviceAddress[]>();
  for (const device of new Map(devices.map((one) => [deviceKey(one), one])).values()) {
    const group = byProduct.get(device.productKey);
    if (group) group.push(device);
    else byProduct.set(device.productKey, [device]);
  }
  return [...byProduct.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / NAMES_PER_CALL) }, (_, i) =>
      group.slice(i * NAMES_PER_CALL, (i + 1) * NAMES_PER_CALL),
    ),
  );
};

/** The states in one answer, by name; entries that are none are skipped and so count as not told. */
const statesIn = (answer: PopAnswer): (readonly [string, DeviceState])[] => {
  const list = recordOf(answer, "DeviceStatusList")["DeviceStatus"];
  return (Array.isArray(list) ? list : []).filter(isRecord).flatMap((entry) => {
    const state = textOf(entry, "Status");
    return isState(state) ? [[textOf(entry, "DeviceName"), state] as const] : [];
  });
};

const inOrder = (devices: readonly DeviceAddress[], found: ReadonlyMap<string, DeviceState>): DeviceState[] => {
  const untold = devices.filter((device) => !found.has(deviceKey(device))).map(({ deviceName }) => deviceName);
  if (untold.length > 0) {
    const more = untold.length > NAMES_SHOWN ? ` and ${untold.length - NAMES_SHOWN} more` : "";
    throw new IotbError(
      "api-refused",
      `the platform tells no state of ${untold.slice(0, NAMES_SHOWN).join(", ")}${more}`,
      { hint: "check that these devices exist in this product, instance and region" },
    );
  }
  return devices.flatMap((device) => found.get(deviceKey(device)) ?? []);
};

const countIn = (statistics: Record<string, unknown>, name: string, answer: PopAnswer): number => {
  const value = statistics[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new IotbError("api-refused", `the answer of QueryDeviceStatistics has no usable ${name}`, {
    hint: "without it the guards cannot tell how many devices a broadcast reaches: check --endpoint",
    requestId: requestIdOf(answer),
  });
};

const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  if (ms <= 0) return;
  try {
    await wait(ms, undefined, { signal });
  } catch {
    throw new IotbError("interrupted", "asking for the devices' states was interrupted");
  }
};
