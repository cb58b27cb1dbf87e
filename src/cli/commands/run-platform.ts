import { grouped } from "../../domain/counted.js";
import { IotbError } from "../../domain/errors.js";
import { connectionsPerProcess } from "../../domain/shard.js";
import { isLoopbackHost } from "../../domain/target-host.js";
import { openFileLimit } from "../../files/open-file-limit.js";
import { readTripletFile } from "../../files/triplet-file.js";
import type { CommandContext } from "../command.js";
import {
  checkExportDir,
  exportState,
  importState,
  type RunningPlatform,
  startPlatformHere,
} from "../compose/own-platform.js";
import { listEndpoints } from "../endpoint-list.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { LOCAL_ACCESS_KEY } from "../local-platform-defaults.js";
import { checkPorts } from "../options/platform-ports.js";
import { countWorkers } from "../options/workers.js";
import { readPublishedSecrets } from "../published-secrets.js";
import type { PlatformOptions } from "./platform.js";
import { writePlatformCa } from "./platform-ca.js";

/** Runs a local platform until a signal ends it, keeps its state where that is asked for, and answers the exit code. */
export const runPlatform = async (options: PlatformOptions, context: CommandContext): Promise<ExitCode> => {
  const { exportDir } = options;
  if (exportDir !== null) await checkExportDir(exportDir);
  const stopped = await runUntilStopped(options, context);
  // only now: while it stops, devices go offline
  if (exportDir !== null) {
    const state = stopped.state();
    await exportState(exportDir, state);
    context.output.note(`state of ${state.devices.length} devices kept in ${exportDir}`);
  }
  return EXIT.done;
};

/** The devices that it begins with. Throws `bad-input-file`, `guard`. */
const readKnown = async (options: PlatformOptions) => {
  const devices = options.devicesFile === null ? [] : (await readTripletFile(options.devicesFile)).triplets;
  const state = options.importDir === null ? null : await importState(options.importDir);
  await guardBind(options, [...devices, ...(state?.devices ?? [])]);
  return { devices, ...(state === null ? {} : { state }) };
};

const startPlatform = async (options: PlatformOptions): Promise<RunningPlatform> => {
  const { bind, mqttPort, mqttsPort, wsPort, popPort, instanceId, accessKey } = options;
  const known = await readKnown(options);
  const workers = await countWorkers(options.workers, known.devices.length + (known.state?.devices.length ?? 0));
  checkPorts(options, workers);
  return startPlatformHere(
    {
      ...known,
      bind,
      mqttPort,
      ...(mqttsPort === null ? {} : { mqttsPort }),
      ...(wsPort === null ? {} : { wsPort }),
      popPort,
      instanceId,
      quota: options.quota,
      ...(options.faults === null ? {} : { faults: options.faults }),
      accessKeys: [{ accessKeyId: accessKey.id, accessKeySecret: accessKey.secret }],
    },
    workers,
  );
};

const runUntilStopped = async (options: PlatformOptions, context: CommandContext): Promise<RunningPlatform> => {
  const { output, signal } = context;
  const { instanceId, accessKey } = options;
  await using platform = await startPlatform(options);
  const { mqttUrls, mqttsUrls, wsUrls, popUrl, workerPids } = platform;
  await using ca = platform.caPem === null ? null : await writePlatformCa(platform.caPem);
  const productKeys = platform.productKeys();
  output.json({
    schema: "iotb.platform/1",
    ready: true,
    mqtt: mqttUrls[0],
    mqttEndpoints: mqttUrls,
    mqtts: mqttsUrls[0] ?? null,
    ws: wsUrls[0] ?? null,
    ca: ca?.path ?? null,
    pop: popUrl,
    instanceId,
    productKeys,
    devices: platform.deviceCount(),
    accessKeyId: accessKey.id,
    ...(workerPids.length === 0 ? {} : { mqttsEndpoints: mqttsUrls, wsEndpoints: wsUrls, workerPids }),
  });
  const key = accessKey.id === LOCAL_ACCESS_KEY.id && accessKey.secret === LOCAL_ACCESS_KEY.secret;
  const holds = connectionsPerProcess(await openFileLimit()) * mqttUrls.length;
  output.result(
    [
      `local platform ready: ${platform.deviceCount()} devices of ${productKeys.length === 0 ? "no product yet" : productKeys.slice(0, 5).join(", ")}`,
      `  MQTT      ${listEndpoints(mqttUrls)}   (up to ${grouped(holds)} connections)`,
      ...(mqttsUrls.length === 0 ? [] : [`  TLS       ${listEndpoints(mqttsUrls)}   --ca ${ca?.path ?? ""}`]),
      ...(wsUrls.length === 0 ? [] : [`  WebSocket ${listEndpoints(wsUrls)}`]),
      `  API       ${popUrl}`,
      `  instance  ${instanceId}`,
      `  AccessKey ${key ? `${accessKey.id} with the published secret ${LOCAL_ACCESS_KEY.secret}` : `${accessKey.id}, the secret you gave`}`,
      "stop it with Ctrl-C",
    ].join("\n"),
  );
  workerPids.forEach((pid, i) => {
    output.detail(`worker ${i}: pid ${pid}, ${mqttUrls[i]}`);
  });
  const failure = await Promise.race([untilAborted(signal), platform.failed]);
  if (failure !== null) throw failure;
  const { connects, broadcasts, deliveries } = await platform.counters();
  output.note(`stopped after ${connects} logins, ${broadcasts} broadcasts, ${deliveries} deliveries`);
  return platform;
};

const untilAborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });

/** Other machines get in with no key or secret that everybody can read. Throws `guard`. */
const guardBind = async (
  { bind, accessKey }: PlatformOptions,
  devices: readonly { readonly deviceName: string; readonly deviceSecret: string }[],
): Promise<void> => {
  if (isLoopbackHost(bind)) return;
  if (accessKey.id === LOCAL_ACCESS_KEY.id || accessKey.secret === LOCAL_ACCESS_KEY.secret) {
    throw new IotbError("guard", `--bind ${bind} lets other machines in, and the default AccessKey is published`, {
      hint: "give one of your own in IOTB_ACCESS_KEY=ID:SECRET",
    });
  }
  const secrets = await readPublishedSecrets();
  const published = devices.find(({ deviceSecret }) => secrets.has(deviceSecret));
  if (published !== undefined) {
    throw new IotbError(
      "guard",
      `--bind ${bind} lets other machines in, and the secret of ${published.deviceName} is published`,
      {
        hint: "make devices of your own: iotb devices generate",
      },
    );
  }
};
