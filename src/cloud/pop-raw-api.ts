import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { RawAnswer, RawApi, RawCall } from "../app/ports.js";
import { signRpc } from "../protocol/rpc-signature.js";
import { isRecord } from "./pop-answer.js";
import { parsePopEndpoint } from "./pop-endpoint.js";

/** Who calls, and where. */
export type RawApiOptions = {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string | undefined;
  readonly instanceId?: string | undefined;
  /** PEM, instead of Node's roots. */
  readonly ca?: string | undefined;
};

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/** What may stand in a code or a member's name; anything else is not shown, whoever sent it. */
const NAME = /^[A-Za-z0-9_.-]{1,80}$/;

/**
 * Calls the API with requests that the vendor's library cannot make: with a wrong signature, without a common parameter, by a
 * GET of any length. For `iotb probe` alone. Of an answer it keeps names and numbers: the texts of errors quote signed requests.
 */
export const createRawApi = (options: RawApiOptions): RawApi => {
  const url = parsePopEndpoint(options.endpoint);
  return {
    call: (call, signal) =>
      exchange(url, options.ca, call.method ?? "POST", encode(options, call), signal).catch((thrown: unknown) => ({
        ...NO_ANSWER,
        failure: isRecord(thrown) && NAME.test(String(thrown["code"])) ? String(thrown["code"]) : "no-answer",
      })),
  };
};

const NO_ANSWER: RawAnswer = {
  status: null,
  code: null,
  format: "other",
  members: [],
  messageId: null,
  failure: null,
};

/** The signed form. */
const encode = (options: RawApiOptions, call: RawCall): string => {
  const { accessKeyId, accessKeySecret, securityToken, instanceId } = options;
  const all: Record<string, string | null> = {
    Action: call.action,
    Version: "2018-01-20",
    Format: "JSON",
    AccessKeyId: accessKeyId,
    SignatureMethod: "HMAC-SHA1",
    SignatureVersion: "1.0",
    SignatureNonce: randomUUID(),
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    ...(securityToken ? { SecurityToken: securityToken } : {}),
    ...(instanceId ? { IotInstanceId: instanceId } : {}),
    ...call.parameters,
    ...call.common,
  };
  const sent = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null));
  const secret = call.badSignature ? `${accessKeySecret}-spoilt` : accessKeySecret;
  return new URLSearchParams({ ...sent, Signature: signRpc(call.method ?? "POST", sent, secret) }).toString();
};

const exchange = (
  url: URL,
  ca: string | undefined,
  method: "GET" | "POST",
  form: string,
  signal: AbortSignal,
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const place = new URL(method === "GET" ? `/?${form}` : "/", url);
    const headers = method === "GET" ? {} : { "content-type": "application/x-www-form-urlencoded" };
    const trust = ca === undefined ? {} : { ca };
    const request = send(
      place,
      { ...trust, method, agent: false, signal, timeout: TIMEOUT_MS, headers },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_ANSWER_BYTES) request.destroy(new Error("the answer is too long"));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve(readAnswer(response.statusCode ?? null, Buffer.concat(chunks).toString("utf8"))),
        );
      },
    );
    request.on("timeout", () => request.destroy(Object.assign(new Error("too slow"), { code: "timeout" })));
    request.on("error", reject);
    request.end(method === "POST" ? form : undefined);
  });

const readAnswer = (status: number | null, text: string): RawAnswer => {
  // read off the text: the number is beyond what JSON.parse keeps
  const messageId = /"MessageId"\s*:\s*"?(\d{1,20})"?[,}\s]/.exec(text)?.[1] ?? null;
  if (/^\s*</.test(text)) {
    const code = /<Code>([A-Za-z0-9_.-]{1,80})<\/Code>/.exec(text)?.[1] ?? null;
    return { ...NO_ANSWER, status, code, format: "xml" };
  }
  const body = parsed(text);
  if (body === null) return { ...NO_ANSWER, status };
  const code = body["Code"];
  return {
    status,
    code: typeof code === "string" && NAME.test(code) ? code : null,
    format: "json",
    members: Object.keys(body).filter((name) => NAME.test(name)),
    messageId,
    failure: null,
  };
};

const parsed = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
};
