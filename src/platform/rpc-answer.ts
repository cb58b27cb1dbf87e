import { randomUUID } from "node:crypto";

/** A value in an answer. A bigint is written as an unquoted integer, which JSON.stringify cannot do. */
export type AnswerValue =
  | string
  | number
  | boolean
  | bigint
  | readonly AnswerValue[]
  | { readonly [name: string]: AnswerValue };

/** What goes back to an API client. */
export type RpcAnswer = {
  readonly status: number;
  readonly body: string;
  /** Null on success. */
  readonly code: string | null;
};

/** JSON text, with bigints as integers. */
export const encodeAnswer = (value: AnswerValue): string => {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(encodeAnswer).join(",")}]`;
  return `{${Object.entries(value)
    .map(([name, field]) => `${JSON.stringify(name)}:${encodeAnswer(field)}`)
    .join(",")}}`;
};

/** An upper-case UUID, as the platform writes it. [PubBroadcast: RequestId] */
export const newRequestId = (): string => randomUUID().toUpperCase();

/** The answer to a call that did what it was asked. [PubBroadcast: response] */
export const successAnswer = (fields: { readonly [name: string]: AnswerValue }): RpcAnswer => ({
  status: 200,
  body: encodeAnswer({ RequestId: newRequestId(), Success: true, ...fields }),
  code: null,
});

/** The answer to a well-formed call that the product refuses; HTTP 200 is recalled from clients' behaviour. [Error codes] */
export const businessError = (
  code: string,
  message: string,
  fields: { readonly [name: string]: AnswerValue } = {},
): RpcAnswer => ({
  status: 200,
  body: encodeAnswer({ RequestId: newRequestId(), Success: false, Code: code, ErrorMessage: message, ...fields }),
  code,
});

/** The answer of the gateway before the product. [Common error codes] */
export const gatewayError = (hostId: string, status: number, code: string, message: string): RpcAnswer => ({
  status,
  body: encodeAnswer({
    RequestId: newRequestId(),
    HostId: hostId,
    Code: code,
    Message: message,
    Recommend: `https://error-center.aliyun.com/status/search?Keyword=${encodeURIComponent(code)}&source=PopGw`,
  }),
  code,
});
