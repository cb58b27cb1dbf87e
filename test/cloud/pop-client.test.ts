import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { createPopClient, type PopClientOptions } from "../../src/cloud/pop-client.js";
import { IotbError } from "../../src/domain/errors.js";
import { verifyRpc } from "../../src/protocol/rpc-signature.js";
import { everythingIn, POP_KEYS } from "../support/pop-keys.js";
import {
  answer,
  cutShort,
  hold,
  reset,
  type Script,
  type ScriptedRequest,
  startPopScriptedServer,
} from "../support/pop-scripted-server.js";

const never = new AbortController().signal;
const clientOf = (endpoint: string, more: Partial<PopClientOptions> = {}) =>
  createPopClient({ endpoint, ...POP_KEYS, ...more });

/** The error of a promise that must fail with an `IotbError`. */
const failureOf = async (promise: Promise<unknown>): Promise<IotbError> => {
  const thrown = await promise.then(
    (value) => assert.fail(`no failure but ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof IotbError, everythingIn(thrown));
  return thrown;
};

test("a call is one POST whose form is signed as the platform verifies it", async () => {
  await using server = await startPopScriptedServer(answer({ Success: true, RequestId: "A-1" }));
  const client = clientOf(server.endpoint, { instanceId: "iot-x" });
  const got = await client.call(
    "BatchGetDeviceState",
    { ProductKey: "pk", DeviceName: ["a b*'()!~", "ü\uD800"], Absent: undefined, Count: 3, Flag: false },
    { signal: never },
  );
  assert.deepEqual(got, { Success: true, RequestId: "A-1" });
  const { method, url, form, headers } = server.requests[0] as ScriptedRequest;
  assert.equal(`${method} ${url}`, "POST /");
  assert.equal(headers["content-type"], "application/x-www-form-urlencoded");
  assert.equal(headers["x-acs-action"], "BatchGetDeviceState");
  assert.match(headers["user-agent"] ?? "", /^iotb /);
  assert.ok(verifyRpc("POST", form, POP_KEYS.accessKeySecret));
  assert.equal(form["SecurityToken"], POP_KEYS.securityToken);
  assert.equal(form["IotInstanceId"], "iot-x");
  assert.equal(form["DeviceName.1"], "a b*'()!~");
  assert.equal(form["DeviceName.2"], "ü\uFFFD");
  assert.equal(form["Count"], "3");
  assert.equal(form["Flag"], "false");
  assert.ok(!("Absent" in form));
  assert.equal(server.requests.length, 1);
});

test("without instance id and token neither is sent", async () => {
  await using server = await startPopScriptedServer(answer({ Success: true }));
  const { accessKeyId, accessKeySecret } = POP_KEYS;
  const client = createPopClient({ endpoint: `${server.endpoint}/`, accessKeyId, accessKeySecret });
  await client.call("QueryProduct", {}, { signal: never });
  const { form } = server.requests[0] as ScriptedRequest;
  assert.deepEqual(
    ["IotInstanceId", "SecurityToken", "undefined"].filter((name) => name in form),
    [],
  );
  assert.ok(!Object.values(form).includes("undefined"));
});

test("the largest message fits: 65,536 bytes of any kind", async () => {
  await using server = await startPopScriptedServer(answer({ Success: true }));
  const content = Buffer.alloc(65_536, 0xff).toString("base64");
  await clientOf(server.endpoint).call("PubBroadcast", { MessageContent: content }, { signal: never });
  assert.equal(server.requests[0]?.form["MessageContent"], content);
  assert.ok(verifyRpc("POST", server.requests[0]?.form ?? {}, POP_KEYS.accessKeySecret));
});

test("long numbers come back as their exact text, short ones as numbers", async () => {
  await using server = await startPopScriptedServer(
    answer('{"Success":true,"Code":"","MessageId":1234291569964771840,"Data":{"n":7,"list":[98765432109876543210]}}'),
  );
  const got = await clientOf(server.endpoint).call("PubBroadcast", {}, { signal: never });
  assert.equal(got["MessageId"], "1234291569964771840");
  assert.deepEqual(got["Data"], { n: 7, list: ["98765432109876543210"] });
});

const refusals: readonly (readonly [string, Script, string, RegExp, RegExp | null])[] = [
  [
    "a business error at HTTP 200 is read from ErrorMessage",
    answer({ RequestId: "R-1", Success: false, Code: "iot.prod.NotExistedProduct", ErrorMessage: "No such product." }),
    "api-refused",
    /^PubBroadcast was refused: iot\.prod\.NotExistedProduct: No such product\.$/,
    /product key.*region.*--instance-id/,
  ],
  [
    "Success false without a code",
    answer({ RequestId: "R-1", Success: false, ErrorMessage: "Something." }),
    "api-refused",
    /refused: Something\.$/,
    null,
  ],
  ["Success false and nothing else", answer({ RequestId: "R-1", Success: false }), "api-refused", /no reason/, null],
  [
    "a wrong signature, without the string to sign",
    (response, { form }) =>
      answer(
        {
          RequestId: "R-1",
          Code: "SignatureDoesNotMatch",
          Message: `Specified signature is not matched with our calculation. server string to sign is:POST&%2F&AccessKeyId%3D${form["AccessKeyId"]}%26x`,
        },
        400,
      )(response, { form } as ScriptedRequest),
    "api-refused",
    /refused: SignatureDoesNotMatch: Specified signature is not matched with our calculation\.$/,
    /secret/,
  ],
  [
    "an unknown key",
    answer({ RequestId: "R-1", Code: "InvalidAccessKeyId.NotFound", Message: "Not found." }, 404),
    "api-refused",
    /InvalidAccessKeyId/,
    /AccessKey id/,
  ],
  [
    "an expired time stamp",
    answer({ RequestId: "R-1", Code: "InvalidTimeStamp.Expired", Message: "Expired." }, 400),
    "api-refused",
    /Expired/,
    /clock/,
  ],
  [
    "a RAM user without the right",
    answer({ RequestId: "R-1", Code: "iot.common.RamActionPermissionDeny", ErrorMessage: "Denied." }),
    "api-refused",
    /Denied/,
    /AliyunIOTFullAccess/,
  ],
  [
    "a numeric code",
    answer({ RequestId: "R-1", Code: 29, Success: false, ErrorMessage: "No." }),
    "api-refused",
    /29: No\./,
    null,
  ],
  ...["Throttling", "Throttling.User", "Throttling.Api", "iot.messagebroker.RateLimit"].map(
    (code): readonly [string, Script, string, RegExp, RegExp] => [
      `${code} is throttling`,
      answer({ RequestId: "R-1", Success: false, Code: code, Message: "Too fast." }, code.startsWith("T") ? 400 : 200),
      "api-throttled",
      /throttled/,
      /one full broadcast a minute/,
    ],
  ),
  [
    "HTTP 429 is throttling whatever the code",
    answer({ RequestId: "R-1", Code: "Other", Message: "no" }, 429),
    "api-throttled",
    /throttled/,
    /minute/,
  ],
];

for (const [name, script, code, message, hint] of refusals) {
  test(`a refusal is told apart: ${name}`, async () => {
    await using server = await startPopScriptedServer(script);
    const error = await failureOf(clientOf(server.endpoint).call("PubBroadcast", {}, { signal: never }));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    if (hint === null) assert.equal(error.hint, null);
    else assert.match(error.hint ?? "", hint);
    assert.equal(error.requestId, "R-1");
    assert.equal(server.requests.length, 1);
  });
}

const unusable: readonly (readonly [string, Script])[] = [
  ["no answer within the time", hold],
  ["a reset after the request", reset],
  ["an answer cut short", cutShort],
  ["an empty body", answer("", 502)],
  ["an empty body at HTTP 200", answer("")],
  ["HTML", answer("<html><body>Bad gateway</body></html>", 502)],
  ["XML", answer("<?xml version='1.0'?><Error><Code>Throttling</Code></Error>", 400)],
  ["null", answer("null")],
  ["a bare number", answer("5")],
  ["a list", answer('[{"Success":true}]')],
  ["an object that says nothing", answer("{}")],
  ["Success as text", answer('{"Success":"true"}')],
  ["Success true at HTTP 500", answer({ Success: true }, 500)],
  ["a code that is an object", answer({ Code: { a: 1 } }, 400)],
  ["a gateway timeout with a code", answer({ Code: "GatewayTimeout", Message: "x" }, 504)],
  ["a forbidden member", answer('{"__proto__":{"Success":true}}')],
  ["absurd nesting", answer("[".repeat(200_000))],
  ["a connection closed before the head", (response) => response.socket?.destroy()],
];

for (const [name, script] of unusable) {
  test(`no usable answer: ${name}`, async () => {
    await using server = await startPopScriptedServer(script);
    const client = clientOf(server.endpoint);
    const options = { signal: never, timeoutMs: 250 };
    const published = await failureOf(client.call("PubBroadcast", {}, options));
    assert.equal(published.code, "api-unknown-fate", published.message);
    assert.match(published.hint ?? "", /before you repeat it/);
    const queried = await failureOf(client.call("QueryProduct", {}, options));
    assert.equal(queried.code, "api-unreachable", queried.message);
    assert.equal(server.requests.length, 2, "nothing is repeated");
  });
}

test("a late answer is no connect timeout, although the library below calls it one", async () => {
  await using server = await startPopScriptedServer(hold);
  const client = clientOf(server.endpoint, { connectTimeoutMs: 50 });
  const error = await failureOf(client.call("PubBroadcast", {}, { signal: never, timeoutMs: 400 }));
  assert.equal(error.code, "api-unknown-fate");
  assert.match(error.message, /answer took too long/);
});

test("an answer that trickles in ends with the time for the whole of it", async () => {
  await using server = await startPopScriptedServer((response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(drip));
  });
  const error = await failureOf(clientOf(server.endpoint).call("PubBroadcast", {}, { signal: never, timeoutMs: 200 }));
  assert.equal(error.code, "api-unknown-fate");
});

test("an endless answer is cut", async () => {
  const block = Buffer.alloc(256 * 1024, 0x20);
  await using server = await startPopScriptedServer((response) => {
    response.writeHead(200);
    const pour = (): void => {
      while (!response.destroyed && response.write(block));
      if (!response.destroyed) response.once("drain", pour);
    };
    pour();
  });
  const error = await failureOf(clientOf(server.endpoint).call("PubBroadcast", {}, { signal: never }));
  assert.equal(error.code, "api-unknown-fate");
  assert.match(error.message, /far too long/);
});

test("nothing listening: nothing was sent, and the hint names the platform", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
    const error = await failureOf(clientOf(`http://${host}:${port}`).call("PubBroadcast", {}, { signal: never }));
    assert.equal(error.code, "api-unreachable", host);
    assert.match(
      error.message,
      /could not be reached for PubBroadcast: nothing listens there|ENETUNREACH|EADDRNOTAVAIL/,
    );
    assert.equal(error.hint, "is the platform running? start it with: iotb platform");
  }
});

test("a TLS handshake that never ends is a connect timeout: nothing was sent", async () => {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<import("node:net").Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  const { port } = server.address() as AddressInfo;
  const client = clientOf(`https://127.0.0.1:${port}`, { connectTimeoutMs: 100 });
  const error = await failureOf(client.call("PubBroadcast", {}, { signal: never }));
  assert.equal(error.code, "api-unreachable");
  assert.match(error.message, /connecting took too long/);
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, "close");
});

test("aborting before the start sends nothing; after sending, a query is interrupted and a broadcast's fate unknown", async () => {
  await using server = await startPopScriptedServer(hold);
  const client = clientOf(server.endpoint);
  const before = await failureOf(client.call("PubBroadcast", {}, { signal: AbortSignal.abort() }));
  assert.equal(before.code, "interrupted");
  for (const [n, action, code] of [
    [1, "PubBroadcast", "api-unknown-fate"],
    [2, "QueryProduct", "interrupted"],
  ] as const) {
    const controller = new AbortController();
    const failure = failureOf(client.call(action, {}, { signal: controller.signal }));
    await server.arrived(n);
    controller.abort();
    assert.equal((await failure).code, code);
  }
  assert.equal(server.requests.length, 2);
});

test("an endpoint that is no https address, or plain http off this machine, is refused", () => {
  for (const endpoint of [
    "http://iot.cn-shanghai.aliyuncs.com",
    "http://192.168.1.2:8087",
    "http://127.0.0.1.example.com",
    "iot.cn-shanghai.aliyuncs.com",
    "ftp://127.0.0.1",
    "https://user:pass@iot.cn-shanghai.aliyuncs.com",
    "https://iot.cn-shanghai.aliyuncs.com/path",
    "https://iot.cn-shanghai.aliyuncs.com/?x=1",
    "",
  ])
    assert.throws(
      () => clientOf(endpoint),
      (error) => error instanceof IotbError && error.code === "usage" && !error.message.includes("pass@"),
      endpoint,
    );
  for (const endpoint of [
    "https://iot.cn-shanghai.aliyuncs.com",
    "http://127.0.0.1:8087",
    "http://[::1]:1",
    "http://localhost",
  ])
    assert.ok(clientOf(endpoint));
});
