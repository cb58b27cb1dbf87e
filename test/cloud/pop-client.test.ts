import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { createPopClient } from "../../src/cloud/pop-client.js";
import { IotbError } from "../../src/domain/errors.js";
import { verifyRpc } from "../../src/protocol/rpc-signature.js";
import { clientOf, failureOf } from "../support/pop-failure.js";
import { POP_KEYS } from "../support/pop-keys.js";
import { answer, hold, type ScriptedRequest, startPopScriptedServer } from "../support/pop-scripted-server.js";

const never = new AbortController().signal;

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
