import iotSdk, * as iot from "@alicloud/iot20180120";
import { Config } from "@alicloud/openapi-client";
import RPCClient from "@alicloud/pop-core";

/** What a foreign client was answered: the fields as they are on the wire, and the HTTP status where it tells. */
export type WitnessAnswer = { readonly fields: Record<string, unknown>; readonly status: number | null };

/** How a foreign client is told where to go and with what. */
export type WitnessLogin = {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
};

/** An unmodified client of the API. What it throws for an answer is turned back into that answer. */
export type ApiWitness = {
  readonly name: string;
  call(login: WitnessLogin, action: keyof typeof SDK_CALLS, parameters: Record<string, string>): Promise<WitnessAnswer>;
};

type Sdk = InstanceType<typeof iotSdk.default>;
type Model = { toMap(): Record<string, unknown> };
type SdkCall = (
  sdk: Sdk,
  map: Record<string, unknown>,
) => Promise<{ readonly statusCode: number; readonly body: Model }>;

/** The SDK has a method and a class for each action. */
const SDK_CALLS = {
  PubBroadcast: (sdk, map) => sdk.pubBroadcast(new iot.PubBroadcastRequest(map)),
  Pub: (sdk, map) => sdk.pub(new iot.PubRequest(map)),
  RRpc: (sdk, map) => sdk.rRpc(new iot.RRpcRequest(map)),
  QueryDevice: (sdk, map) => sdk.queryDevice(new iot.QueryDeviceRequest(map)),
  BatchRegisterDevice: (sdk, map) => sdk.batchRegisterDevice(new iot.BatchRegisterDeviceRequest(map)),
  QueryBatchRegisterDeviceStatus: (sdk, map) =>
    sdk.queryBatchRegisterDeviceStatus(new iot.QueryBatchRegisterDeviceStatusRequest(map)),
  QueryPageByApplyId: (sdk, map) => sdk.queryPageByApplyId(new iot.QueryPageByApplyIdRequest(map)),
  DisableThing: (sdk, map) => sdk.disableThing(new iot.DisableThingRequest(map)),
} satisfies Record<string, SdkCall>;

/** Signs with version 1. Throws whatever has a code, and hides the HTTP status of what succeeded. */
const popCore = (method: "GET" | "POST"): ApiWitness => ({
  name: `@alicloud/pop-core by ${method}`,
  call: async (login, action, parameters) => {
    const client = new RPCClient({ ...login, apiVersion: "2018-01-20" });
    try {
      return { fields: await client.request<Record<string, unknown>>(action, parameters, { method }), status: null };
    } catch (thrown) {
      const { data, entry } = thrown as {
        data?: Record<string, unknown>;
        entry?: { response: { statusCode: number } };
      };
      if (data === undefined) throw thrown;
      return { fields: data, status: entry?.response.statusCode ?? null };
    }
  },
});

/** Signs with version 3, or with version 1 where it is told "v2". Throws for HTTP 4xx and 5xx only. */
const sdk = (name: string, more: { readonly signatureAlgorithm?: string }): ApiWitness => ({
  name,
  call: async ({ endpoint, ...keys }, action, parameters) => {
    const client = new iotSdk.default(
      new Config({ ...keys, endpoint: new URL(endpoint).host, protocol: "http", regionId: "cn-shanghai", ...more }),
    );
    const map = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
    );
    try {
      const call: SdkCall = SDK_CALLS[action];
      const { statusCode, body } = await call(client, map);
      return { fields: body.toMap(), status: statusCode };
    } catch (thrown) {
      const { data } = thrown as { data?: Record<string, unknown> };
      if (data === undefined) throw thrown;
      return { fields: data, status: Number(data["statusCode"]) };
    }
  },
});

/** Every foreign client there is. */
export const API_WITNESSES: readonly ApiWitness[] = [
  popCore("GET"),
  popCore("POST"),
  sdk("@alicloud/iot20180120 (signature V3)", {}),
  sdk("@alicloud/iot20180120 (signature V1)", { signatureAlgorithm: "v2" }),
];
