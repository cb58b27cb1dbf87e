import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceTriplet } from "../../src/domain/device.js";
import { startIotb } from "./measure-cli.js";
import { triplets } from "./platform-start.js";

/** A running `iotb platform` and the files of its devices. */
export type MeasureStage = AsyncDisposable & {
  readonly dir: string;
  readonly devices: readonly DeviceTriplet[];
  readonly devicesFile: string;
  readonly payloadFile: string;
  readonly mqtt: string;
  readonly pop: string;
  /** Process id of the platform. */
  readonly pid: number;
  /** Writes a file into the stage's directory and answers its path. */
  write(name: string, text: string): Promise<string>;
  /** Writes a triplet CSV. */
  writeDevices(name: string, devices: readonly DeviceTriplet[]): Promise<string>;
  /** Flags that name this platform, directly or by way of a proxy. */
  target(by?: { readonly mqtt?: string; readonly pop?: string }): string[];
};

/** A directory that goes away with everything in it. */
export const tempDirectory = async (): Promise<AsyncDisposable & { readonly path: string }> => {
  const path = await mkdtemp(join(tmpdir(), "iotb-measure-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

/** Triplets as the CSV that `--devices` takes. */
export const csvOf = (devices: readonly DeviceTriplet[]): string =>
  [
    "DeviceName,DeviceSecret,ProductKey",
    ...devices.map(({ deviceName, deviceSecret, productKey }) => `${deviceName},${deviceSecret},${productKey}`),
    "",
  ].join("\n");

/** Starts `iotb platform` on free ports, with `count` devices of one product where none are given. */
export const startStage = async (
  count: number,
  devices: readonly DeviceTriplet[] = triplets(count),
): Promise<MeasureStage> => {
  const directory = await tempDirectory();
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(directory.path, name);
    await writeFile(path, text);
    return path;
  };
  const devicesFile = await write("devices.csv", csvOf(devices));
  const payloadFile = await write("payload.json", '{"volume":80,"mode":4}');
  const platform = startIotb(["platform", "--devices", devicesFile, "--mqtt-port", "0", "--pop-port", "0", "--json"]);
  const [ready = ""] = await platform.saw("stdout", /^\{.*\}\n/);
  const { mqtt, pop } = JSON.parse(ready) as { mqtt: string; pop: string };
  return {
    dir: directory.path,
    devices,
    devicesFile,
    payloadFile,
    mqtt,
    pop,
    pid: platform.pid,
    write,
    writeDevices: (name, rows) => write(name, csvOf(rows)),
    target: (by) => ["--endpoint", by?.pop ?? pop, "-h", by?.mqtt ?? mqtt],
    [Symbol.asyncDispose]: async () => {
      platform.kill("SIGTERM");
      await platform.ended;
      await directory[Symbol.asyncDispose]();
    },
  };
};

/** The name of the nth of some devices, or a failure. */
export const nameOf = (devices: readonly DeviceTriplet[], i: number): string => {
  const device = devices[i];
  if (device === undefined) throw new Error(`there is no device ${i}`);
  return device.deviceName;
};
