import type { DeviceTriplet } from "../../domain/device.js";
import { IotbError } from "../../domain/errors.js";
import { fileFault, systemCodeOf } from "../../files/file-fault.js";
import { makePrivateDir } from "../../files/private-dir.js";
import { writeSecretFile } from "../../files/secret-file.js";
import { readTripletFile } from "../../files/triplet-file.js";
import { formatTriplets } from "../../protocol/triplet-csv.js";
import type { CommandContext } from "../command.js";
import { startPlatformProcess } from "../compose/platform-process.js";
import { listEndpoints } from "../endpoint-list.js";
import { execEnvironment } from "../exec-environment.js";
import type { ForeignExit } from "../exit-codes.js";
import { LOCAL_ACCESS_KEY, LOCAL_INSTANCE_ID } from "../local-platform-defaults.js";
import { countWorkers } from "../options/workers.js";
import { printErrorAs } from "../print-error.js";
import { runChild } from "../run-child.js";
import { EXAMPLE_PRODUCT, generateTriplets } from "../triplet-generator.js";
import type { ExecOptions } from "./exec.js";

/** The exit codes that are this command's own, as `env` and shells have them. */
const PLATFORM_FAILED = 125;
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/** Runs a command beside a local platform and answers the command's exit code. */
export const runExec = async (options: ExecOptions, context: CommandContext): Promise<ForeignExit> => {
  const { output, signal } = context;
  const opened = await openStage(options, context).catch((thrown: unknown) => {
    printErrorAs(PLATFORM_FAILED, thrown, output);
    return null;
  });
  if (opened === null) return { foreign: PLATFORM_FAILED };
  await using stage = opened;
  if (signal.aborted) throw new IotbError("interrupted", "stopped before the command was started");
  output.note(`local platform ready: ${stage.summary}`);
  let running = true;
  void stage.platformEnded.then((how) => {
    if (running) output.error(`the local platform ended while the command ran (${how})`);
  });
  try {
    return { foreign: await runChild(options, stage.env, context.divertSignals) };
  } catch (thrown) {
    const exit = systemCodeOf(thrown) === "ENOENT" ? NOT_FOUND : CANNOT_RUN;
    const error = fileFault("usage", options.command, thrown, "the command after -- could not be run");
    printErrorAs(exit, exit === NOT_FOUND ? notFound(options.command, thrown) : error, output);
    return { foreign: exit };
  } finally {
    running = false;
  }
};

const notFound = (command: string, cause: unknown): IotbError =>
  new IotbError("usage", `${command}: command not found`, {
    hint: "check its name and PATH; a line of shell needs a shell: iotb exec -- sh -c '…'",
    cause,
  });

/** All that the command finds around it. Disposing of it stops the platform and removes what was written. */
type Stage = AsyncDisposable & {
  readonly env: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly platformEnded: Promise<string>;
};

const openStage = async ({ devices: wanted, workers }: ExecOptions, { env }: CommandContext): Promise<Stage> => {
  const devices =
    "file" in wanted
      ? (await readTripletFile(wanted.file)).triplets
      : [...generateTriplets({ count: wanted.count, productKey: EXAMPLE_PRODUCT, prefix: "dk" })];
  const dir = await makePrivateDir("iotb-exec-");
  try {
    const files = { devicesFile: dir.path("devices.csv"), noCredentialsFile: dir.path("no-credentials") };
    await writeSecretFile(files.devicesFile, [formatTriplets(devices)]);
    await writeSecretFile(files.noCredentialsFile, []);
    const platform = await startPlatformProcess({
      devices,
      workers: await countWorkers(workers, devices.length),
      mqttPort: 0,
      popPort: 0,
      instanceId: LOCAL_INSTANCE_ID,
      accessKeys: [{ accessKeyId: LOCAL_ACCESS_KEY.id, accessKeySecret: LOCAL_ACCESS_KEY.secret }],
    });
    const { mqttUrls, popUrl } = platform;
    return {
      env: execEnvironment(env, {
        ...files,
        endpoint: popUrl,
        hosts: mqttUrls,
        productKey: onlyProduct(devices),
        instanceId: LOCAL_INSTANCE_ID,
        accessKey: LOCAL_ACCESS_KEY,
      }),
      summary: `${devices.length} devices, API ${popUrl}, MQTT ${listEndpoints(mqttUrls)}`,
      platformEnded: platform.ended,
      [Symbol.asyncDispose]: async () => {
        await platform[Symbol.asyncDispose]();
        await dir[Symbol.asyncDispose]();
      },
    };
  } catch (thrown) {
    await dir[Symbol.asyncDispose]();
    throw thrown;
  }
};

/** The product of the devices where it is one: a command that names none must not hit the wrong one of several. */
const onlyProduct = (devices: readonly DeviceTriplet[]): string | null => {
  const products = new Set(devices.map(({ productKey }) => productKey));
  const [first = null] = products;
  return products.size === 1 ? first : null;
};
