import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { suite, test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { verifyRpc } from "../../src/protocol/rpc-signature.js";
import { clientOf, failureOf } from "../support/pop-failure.js";
import { POP_KEYS } from "../support/pop-keys.js";
import { answer, hold, reset, startPopScriptedServer } from "../support/pop-scripted-server.js";

const never = new AbortController().signal;

/** Time for what is under way between the two ends, both in this process. */
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
};

/** The server has closed a connection, and the client has seen it. */
const closed = async (socket: Socket): Promise<void> => {
  socket.destroy();
  await once(socket, "close");
  await turns();
};

suite("a prepared call", { timeout: 30_000 }, () => {
  test("is connected beforehand and sends nothing until it is told to, then once, signed as ever", async () => {
    await using server = await startPopScriptedServer(answer({ Success: true, RequestId: "P-1" }));
    const call = clientOf(server.endpoint).prepare("PubBroadcast", { ProductKey: "pk" }, { signal: never });
    await call.ready;
    await server.connected(1);
    await turns();
    assert.deepEqual([server.sockets.length, server.sockets[0]?.bytesRead, server.requests.length], [1, 0, 0]);
    assert.equal((await call.send())["RequestId"], "P-1");
    assert.ok(verifyRpc("POST", server.requests[0]?.form ?? {}, POP_KEYS.accessKeySecret));
    assert.deepEqual([server.sockets.length, server.requests.length], [1, 1]);
  });

  test("goes by a new connection where the server has closed the first, and is there once", async () => {
    await using server = await startPopScriptedServer(answer({ Success: true }));
    const call = clientOf(server.endpoint).prepare("PubBroadcast", {}, { signal: never });
    await call.ready;
    await closed(await server.connected(1));
    assert.equal((await call.send())["Success"], true);
    assert.deepEqual([server.sockets.length, server.requests.length], [2, 1]);
  });

  test("that found nobody is tried again when it is sent, and only then tells", async () => {
    const placeholder = createServer().listen(0, "127.0.0.1");
    await once(placeholder, "listening");
    const address = placeholder.address();
    const port = typeof address === "object" ? address?.port : undefined;
    placeholder.close();
    await once(placeholder, "close");
    const call = clientOf(`http://127.0.0.1:${port}`).prepare("PubBroadcast", {}, { signal: never });
    await call.ready;
    const error = await failureOf(call.send());
    assert.deepEqual([error.code, /nothing listens there/.test(error.message)], ["api-unreachable", true]);
  });

  test("given up, by signal or by disposal, was never sent and keeps no connection", async () => {
    await using server = await startPopScriptedServer(answer({ Success: true }));
    const client = clientOf(server.endpoint);
    const controller = new AbortController();
    const aborted = client.prepare("PubBroadcast", {}, { signal: controller.signal });
    await aborted.ready;
    const first = await server.connected(1);
    controller.abort();
    if (!first.closed) await once(first, "close");
    assert.equal((await failureOf(aborted.send())).code, "interrupted");
    const dropped = client.prepare("PubBroadcast", {}, { signal: never });
    await dropped.ready;
    const second = await server.connected(2);
    dropped[Symbol.dispose]();
    if (!second.closed) await once(second, "close");
    await turns();
    assert.deepEqual([server.sockets.length, server.requests.length], [2, 0]);
  });

  test("that is lost after its sending has an unknown fate and is not sent again", async () => {
    await using server = await startPopScriptedServer(reset);
    const call = clientOf(server.endpoint).prepare("PubBroadcast", {}, { signal: never });
    await call.ready;
    assert.equal((await failureOf(call.send())).code, "api-unknown-fate");
    assert.deepEqual([server.sockets.length, server.requests.length], [1, 1]);
  });

  test("has its time for an answer from its sending on, however long it waited", async () => {
    await using server = await startPopScriptedServer((response, request) =>
      (server.requests.length === 1 ? answer({ Success: true }) : hold)(response, request),
    );
    const client = clientOf(server.endpoint, { connectTimeoutMs: 150 });
    const patient = client.prepare("PubBroadcast", {}, { signal: never, timeoutMs: 150 });
    await patient.ready;
    await setTimeout(400);
    assert.equal((await patient.send())["Success"], true);
    const late = client.prepare("PubBroadcast", {}, { signal: never, timeoutMs: 150 });
    await late.ready;
    const error = await failureOf(late.send());
    assert.deepEqual([error.code, /answer took too long/.test(error.message)], ["api-unknown-fate", true]);
    assert.deepEqual([server.sockets.length, server.requests.length], [2, 2]);
  });
});
