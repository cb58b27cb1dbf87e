import { IotbError } from "../../domain/errors.js";
import { connectionsPerProcess } from "../../domain/shard.js";
import { isLoopbackHost } from "../../domain/target-host.js";
import { openFileLimit } from "../../files/open-file-limit.js";
import { readTripletFile } from "../../files/triplet-file.js";
import type { CommandContext } from "../command.js";
import { startPlatformHere } from "../compose/own-platform.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { LOCAL_ACCESS_KEY } from "../local-platform-defaults.js";
import { readPublishedSecrets } from "../published-secrets.js";
import type { PlatformOptions } from "./platform.js";
import { writePlatformCa } from "./platform-ca.js";

/** Runs a local platform until a signal ends it, and answers the exit code. */
export const runPlatform = async (options: PlatformOptions, context: CommandContext): Promise<ExitCode> => {
  const { output, signal } = context;
  const { bind, mqttPort, mqttsPort, wsPort, popPort, instanceId, accessKey } = options;
  const devices = options.devicesFile === null ? [] : (await readTripletFile(options.devicesFile)).triplets;
  await guardBind(options, devices);
  await using platform = await startPlatformHere({
    devices,
    bind,
    mqttPort,
    ...(mqttsPort === null ? {} : { mqttsPort }),
    ...(wsPort === null ? {} : { wsPort }),
    popPort,
    instanceId,
    accessKeys: [{ accessKeyId: accessKey.id, accessKeySecret: accessKey.secret }],
  });
  const { mqttUrl, mqttsUrl, wsUrl, popUrl } = platform;
  await using ca = platform.caPem === null ? null : await writePlatformCa(platform.caPem);
  const productKeys = platform.productKeys();
  output.json({
    schema: "iotb.platform/1",
    ready: true,
    mqtt: mqttUrl,
    mqttEndpoints: [mqttUrl],
    mqtts: mqttsUrl,
    ws: wsUrl,
    ca: ca?.path ?? null,
    pop: popUrl,
    instanceId,
    productKeys,
    devices: platform.deviceCount(),
    accessKeyId: accessKey.id,
  });
  const key = accessKey.id === LOCAL_ACCESS_KEY.id && accessKey.secret === LOCAL_ACCESS_KEY.secret;
  const holds = connectionsPerProcess(await openFileLimit());
  output.result(
    [
      `local platform ready: ${platform.deviceCount()} devices of ${productKeys.length === 0 ? "no product yet" : productKeys.slice(0, 5).join(", ")}`,
      `  MQTT      ${mqttUrl}   (up to ${holds.toLocaleString("en-US")} connections)`,
      ...(mqttsUrl === null ? [] : [`  TLS       ${mqttsUrl}   --ca ${ca?.path ?? ""}`]),
      ...(wsUrl === null ? [] : [`  WebSocket ${wsUrl}`]),
      `  API       ${popUrl}`,
      `  instance  ${instanceId}`,
      `  AccessKey ${key ? `${accessKey.id} with the published secret ${LOCAL_ACCESS_KEY.secret}` : `${accessKey.id}, the secret you gave`}`,
      "stop it with Ctrl-C",
    ].join("\n"),
  );
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  const { connects, broadcasts, deliveries } = platform.counters();
  output.note(`stopped after ${connects} logins, ${broadcasts} broadcasts, ${deliveries} deliveries`);
  return EXIT.done;
};

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
