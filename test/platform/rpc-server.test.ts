import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../../src/platform/platform-limits.js";
import type { RpcAnswer } from "../../src/platform/rpc-answer.js";
import type { RpcCall } from "../../src/platform/rpc-envelope.js";
import { startRpcServer } from "../../src/platform/rpc-server.js";
import { httpCall } from "../support/http-call.js";

const start = (answer: (call: RpcCall) => RpcAnswer | Promise<RpcAnswer>) =>
  startRpcServer(DEFAULT_LIMITS, "127.0.0.1", 0, () => answer, null);

for (const [how, gateway] of [
  ["at once", () => assert.fail("a defect with a secret")],
  ["later", () => Promise.reject(new Error("a defect with a secret"))],
] as const) {
  test(`a defect that shows ${how} is answered as the platform's, without its text`, async () => {
    await using server = await start(gateway);
    const { status, text } = await httpCall(`http://127.0.0.1:${server.port}/`);
    assert.equal(status, 500);
    assert.match(text, /"Code":"InternalError"/);
    assert.ok(!text.includes("defect"));
  });
}

test("an answer that comes after the caller went away goes nowhere, and the next caller gets his", async () => {
  let reply: (answer: RpcAnswer) => void = () => {};
  const calls: RpcCall[] = [];
  await using server = await start((call) => {
    calls.push(call);
    if (calls.length > 1) return { status: 200, body: "{}", code: null };
    queueMicrotask(() => socket.destroy());
    return new Promise((resolve) => {
      reply = resolve;
    });
  });
  const socket = connect(server.port, "127.0.0.1");
  const gone = once(socket, "close");
  socket.write("GET /?a=1&a=2&__proto__=3 HTTP/1.1\r\nhost: x\r\nX-Acs-Action: a\r\n\r\n");
  await gone;
  reply({ status: 200, body: "{}", code: null });
  assert.equal((await httpCall(`http://127.0.0.1:${server.port}/`)).status, 200);
  const [call] = calls;
  assert.deepEqual(Object.entries(call?.query ?? {}), [
    ["a", "2"],
    ["__proto__", "3"],
  ]);
  assert.equal(call?.headers["x-acs-action"], "a");
});
