import type { ClientRequestArgs } from "node:http";
import RPCClient from "@alicloud/pop-core";
import { judgeExchange, type Outcome } from "./call-judgement.js";
import { CallLine } from "./call-line.js";
import type { PopAnswer } from "./pop-answer.js";
import { parsePopEndpoint } from "./pop-endpoint.js";
import { createRedactor } from "./redactor.js";

/** The API's version, the only one there is. [PubBroadcast] */
const API_VERSION = "2018-01-20";
const CONNECT_TIMEOUT_MS = 3000;
const ANSWER_TIMEOUT_MS = 10_000;

/** Where the API is and who calls it. */
export type PopClientOptions = {
  /** `https://host[:port]`; `http://` on this machine only. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string | undefined;
  /** Goes into every call; absent for an account's instance without an id. */
  readonly instanceId?: string | undefined;
  readonly userAgent?: string | undefined;
  /** PEM, instead of Node's roots. */
  readonly ca?: string | undefined;
  readonly connectTimeoutMs?: number | undefined;
};

/** A call's own parameters, named as the API names them. Lists become `Name.1`, `Name.2`; undefined ones are left out. */
export type PopParameters = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** How long a call may take: from connection to the end of the answer, 10 s unless told. */
export type PopCallOptions = { readonly signal: AbortSignal; readonly timeoutMs?: number | undefined };

/** Calls the platform's API. */
export interface PopClient {
  /** The API's address. */
  readonly url: URL;
  /**
   * One signed POST, never repeated; its answer said `Success: true`. Fails with `api-refused`, `api-throttled`,
   * `api-unreachable`, `api-unknown-fate` (sent, not a query, no usable answer) or `interrupted` (aborted without harm).
   */
  call(action: string, parameters: PopParameters, options: PopCallOptions): Promise<PopAnswer>;
  /** The same call, signed and connected beforehand, none of it sent; its time runs from its sending. */
  prepare(action: string, parameters: PopParameters, options: PopCallOptions): PreparedCall;
}

/** A call of which nothing is sent yet. Disposing of it gives it up. */
export interface PreparedCall extends Disposable {
  /** Resolves when it is connected, or could not be; never rejects. */
  readonly ready: Promise<void>;
  /** Sends it, once, by a new connection where there is none any more. Answers and fails as {@link PopClient.call}. */
  send(): Promise<PopAnswer>;
}

/** What the library's declarations leave out: with `verbose` an answer comes with the HTTP exchange it came by. */
type VerboseClient = { request(action: string, parameters: object, options: object): Promise<unknown> };
const VerboseRpcClient = RPCClient as unknown as new (config: RPCClient.Config, verbose: true) => VerboseClient;

/** Makes a client. Throws `usage` on an endpoint that cannot be one. Holds nothing open between calls. */
export const createPopClient = (options: PopClientOptions): PopClient => {
  const { accessKeyId, accessKeySecret, securityToken, instanceId, ca } = options;
  const url = parsePopEndpoint(options.endpoint);
  const redact = createRedactor([accessKeySecret, securityToken ?? "", accessKeyId]);
  const rpc = new VerboseRpcClient(
    {
      endpoint: url.origin,
      apiVersion: API_VERSION,
      accessKeyId,
      accessKeySecret,
      ...(securityToken ? { securityToken } : {}),
    },
    true,
  );
  /** Signs a call and connects; it is sent when the line is released. */
  const begin = (action: string, parameters: PopParameters, callOptions: PopCallOptions) => {
    const { signal, timeoutMs = ANSWER_TIMEOUT_MS } = callOptions;
    const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const line = new CallLine({ url, ca, connectTimeoutMs, answerTimeoutMs: timeoutMs, signal });
    const exchange = rpc.request(action, wireParameters(instanceId, parameters), {
      method: "POST",
      headers: headersFor(action, options.userAgent),
      // The line keeps the time; the library's own timer stays as a backstop for what it alone sees.
      readTimeout: timeoutMs + 1000,
      connectTimeout: connectTimeoutMs,
      // Without the agent and the idle timeout that the library adds: see CallLine.
      beforeRequest: (args: ClientRequestArgs): ClientRequestArgs => ({
        ...args,
        agent: undefined,
        timeout: undefined,
        createConnection: (_, take) => line.open(take),
      }),
    });
    const outcome = Promise.race([
      exchange.then(
        (answer): Outcome => ({ kind: "answer", answer }),
        (thrown: unknown): Outcome => ({ kind: "thrown", thrown }),
      ),
      line.cut.then((reason): Outcome => ({ kind: "cut", reason })),
    ]);
    return { line, outcome };
  };

  const prepare: PopClient["prepare"] = (action, parameters, callOptions) => {
    let { line, outcome } = begin(action, parameters, callOptions);
    return {
      ready: Promise.race([line.decided, outcome.then(() => undefined)]),
      send: async () => {
        // what was not connected sent nothing: beginning anew repeats no call
        if (line.isVoid) {
          line[Symbol.dispose]();
          ({ line, outcome } = begin(action, parameters, callOptions));
        }
        using sending = line;
        sending.release();
        const judged = judgeExchange(await outcome, { action, url, line, redact });
        if ("answer" in judged) return judged.answer;
        throw judged.error;
      },
      [Symbol.dispose]: () => line[Symbol.dispose](),
    };
  };
  return { url, prepare, call: (...asked) => prepare(...asked).send() };
};

/** Drops what is undefined (it would be sent as the text "undefined") and lone surrogates (they cannot be encoded). */
const wireParameters = (
  instanceId: string | undefined,
  parameters: PopParameters,
): Record<string, string | string[]> => {
  const wire: Record<string, string | string[]> = instanceId ? { IotInstanceId: instanceId.toWellFormed() } : {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    wire[name] = typeof value === "object" ? value.map((item) => item.toWellFormed()) : String(value).toWellFormed();
  }
  return wire;
};

/** Setting any header replaces all that the library sets, so they are all here. A compressed answer could hide its size. */
const headersFor = (action: string, userAgent = `iotb Node.js/${process.version}`): Record<string, string> => ({
  "x-sdk-client": `Node.js(${process.version}), @alicloud/pop-core`,
  "user-agent": userAgent,
  "x-acs-action": action,
  "x-acs-version": API_VERSION,
  "accept-encoding": "identity",
});
