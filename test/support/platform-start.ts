import { randomUUID } from "node:crypto";
import type { DeviceTriplet } from "../../src/domain/device.js";
import { type LocalPlatform, type PlatformOptions, startLocalPlatform } from "../../src/platform/local-platform.js";
import { signRpc } from "../../src/protocol/rpc-signature.js";
import { httpCall } from "./http-call.js";

export const PRODUCT = "a1B2c3D4e5F";
export const ACCESS_KEY = { accessKeyId: "testid", accessKeySecret: "testsecret-never-shown" };

/** `count` devices of a product. */
export const triplets = (count: number, productKey = PRODUCT): DeviceTriplet[] =>
  Array.from({ length: count }, (_, i) => ({
    productKey,
    deviceName: `dev_${String(i).padStart(6, "0")}`,
    deviceSecret: `0123456789abcdef${String(i).padStart(16, "0")}`,
  }));

/** The nth of some triplets, or a failure. */
export const nth = (devices: readonly DeviceTriplet[], i: number): DeviceTriplet => {
  const device = devices[i];
  if (!device) throw new Error(`there is no device ${i}`);
  return device;
};

/** A platform on free ports. */
export const startPlatform = (
  devices: readonly DeviceTriplet[],
  options: Partial<PlatformOptions> = {},
): Promise<LocalPlatform> =>
  startLocalPlatform({
    devices,
    mqttPort: 0,
    popPort: 0,
    instanceId: "iot-test",
    accessKeys: [ACCESS_KEY],
    ...options,
  });

/** The parameters of a signed call. */
export const signedCall = (
  action: string,
  parameters: Record<string, string>,
  method = "POST",
): Record<string, string> => {
  const all: Record<string, string> = {
    Action: action,
    Version: "2018-01-20",
    Format: "JSON",
    AccessKeyId: ACCESS_KEY.accessKeyId,
    SignatureMethod: "HMAC-SHA1",
    SignatureVersion: "1.0",
    SignatureNonce: randomUUID(),
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    ...parameters,
  };
  return { ...all, Signature: signRpc(method, all, ACCESS_KEY.accessKeySecret) };
};

/** Where a platform's API is. */
type Api = { readonly popUrl: string };

/** Calls the API by POST; answers the HTTP status, the text and the JSON (whose big integers are rounded). */
export const callApi = async (
  platform: Api,
  action: string,
  parameters: Record<string, string>,
): Promise<{ status: number; text: string; json: Record<string, unknown> }> =>
  postForm(platform, signedCall(action, parameters));

export const postForm = async (
  platform: Api,
  form: Record<string, string>,
): Promise<{ status: number; text: string; json: Record<string, unknown> }> => {
  const { status, text } = await httpCall(platform.popUrl, { method: "POST", body: new URLSearchParams(form) });
  return { status, text, json: JSON.parse(text) as Record<string, unknown> };
};

/** Sends a full broadcast and answers the message id as text. */
export const broadcastTo = async (
  platform: Api,
  body: Uint8Array | string,
  more: Record<string, string> = {},
): Promise<string> => {
  const MessageContent = Buffer.from(body).toString("base64");
  const { text } = await callApi(platform, "PubBroadcast", { ProductKey: PRODUCT, MessageContent, ...more });
  const id = /"MessageId":(\d+)/.exec(text)?.[1];
  if (id === undefined) throw new Error(`no message id: ${text}`);
  return id;
};
