import { fileURLToPath } from "node:url";
import type { DeviceRegistry } from "../../src/app/ports.js";
import { createPopClient } from "../../src/cloud/pop-client.js";
import { createPopDeviceRegistry } from "../../src/cloud/pop-device-registry.js";
import type { DeviceTriplet } from "../../src/domain/device.js";
import { type ProgramUnderTest, startIotb } from "./e2e-process.js";

/** The devices that are shipped as an example: dk001 to dk004. */
export const DEVICES_4 = fileURLToPath(new URL("../../../fixtures/devices-4.csv", import.meta.url));
export const PAYLOAD = fileURLToPath(new URL("../../../fixtures/payload.json", import.meta.url));
export const PRODUCT = "g6palBDnzyT";

/** What the ready line says. */
type Ready = { readonly mqtt: string; readonly pop: string; readonly instanceId: string; readonly devices: number };

/** `iotb platform` in a process, ready. */
export type RunningPlatform = AsyncDisposable & {
  readonly ready: Ready;
  readonly program: ProgramUnderTest;
  /** Resolves when the platform says that so many of these devices are online. */
  online(devices: readonly DeviceTriplet[], count: number): Promise<void>;
};

/** What a platform is started with. */
type Start = {
  readonly args?: readonly string[];
  readonly accessKey?: string;
  readonly devices?: string;
  readonly mqttPort?: number;
};

/** Some tests run dozens of programs against one platform. */
const PLATFORM_PATIENCE_MS = 300_000;

/** Starts `iotb platform` on free ports, with the example's devices unless `devices` names a file. */
export const startPlatformProgram = async ({
  args = [],
  accessKey = "iotb-local:iotb-local",
  devices = DEVICES_4,
  mqttPort = 0,
}: Start = {}): Promise<RunningPlatform> => {
  const ports = ["--mqtt-port", String(mqttPort), "--pop-port", "0"];
  const program = startIotb(["platform", "--json", "--devices", devices, ...ports, ...args], {
    env: { IOTB_ACCESS_KEY: accessKey },
    patienceMs: PLATFORM_PATIENCE_MS,
  });
  const stop = () => program[Symbol.asyncDispose]();
  const [line] = await program.printed(/^\{.*\}$/m).catch(async (thrown: unknown) => {
    await stop();
    throw thrown;
  });
  const ready = JSON.parse(line) as Ready;
  const [accessKeyId = "", accessKeySecret = ""] = accessKey.split(":");
  const endpoint = ready.pop.replace("0.0.0.0", "127.0.0.1");
  const registry = createPopDeviceRegistry(createPopClient({ endpoint, accessKeyId, accessKeySecret }));
  return {
    ready,
    program,
    online: (triplets, count) => untilOnline(registry, triplets, count),
    [Symbol.asyncDispose]: stop,
  };
};

const untilOnline = async (registry: DeviceRegistry, devices: readonly DeviceTriplet[], count: number) => {
  const never = new AbortController().signal;
  for (;;) {
    const states = await registry.states(devices, never);
    if (states.filter((state) => state === "ONLINE").length === count) return;
  }
};
