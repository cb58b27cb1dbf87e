import assert from "node:assert/strict";
import { test } from "node:test";
import { createPopClient } from "../../src/cloud/pop-client.js";
import { createPopPublisher } from "../../src/cloud/pop-publisher.js";
import type { Broadcast } from "../../src/domain/broadcast.js";
import { micros } from "../../src/domain/time.js";
import { publishBy } from "../support/one-publish.js";
import { POP_KEYS } from "../support/pop-keys.js";
import { answer, type Script, startPopScriptedServer } from "../support/pop-scripted-server.js";

const signal = new AbortController().signal;
const bytes = Uint8Array.of(9, 0, 255, 10, 13, 9);
const broadcast: Broadcast = {
  productKey: "a1B2c3D4e5F",
  topicFullName: null,
  body: bytes.subarray(1, 5),
  dueAt: micros(5),
};

/** Publishes once to a server with that script; the clock counts its readings in tens. */
const publishOnce = async (script: Script, what: Broadcast = broadcast) => {
  await using server = await startPopScriptedServer(script);
  let reading = 0;
  const client = createPopClient({ endpoint: server.endpoint, ...POP_KEYS });
  const publisher = createPopPublisher(client, () => {
    reading += 10;
    return micros(reading);
  });
  const outcome = await publishBy(publisher, what, signal).catch((error: unknown) => error);
  return { outcome, form: server.requests[0]?.form ?? {}, calls: server.requests.length };
};

test("a broadcast goes out as base64 of its very bytes and comes back with its exact id and both times", async () => {
  const { outcome, form } = await publishOnce(
    answer('{"RequestId":"BB-1","MessageId":1234291569964771841,"Success":true}'),
  );
  assert.deepEqual(outcome, {
    broadcast,
    messageId: "1234291569964771841",
    requestId: "BB-1",
    sentAt: 10,
    acceptedAt: 20,
  });
  assert.deepEqual([...Buffer.from(form["MessageContent"] ?? "", "base64")], [0, 255, 10, 13]);
  assert.equal(form["ProductKey"], "a1B2c3D4e5F");
  assert.ok(!("TopicFullName" in form));
});

test("a subscribed broadcast names its topic", async () => {
  const topicFullName = "/broadcast/a1B2c3D4e5F/group1";
  const { form } = await publishOnce(answer('{"MessageId":"7","Success":true}'), { ...broadcast, topicFullName });
  assert.equal(form["TopicFullName"], topicFullName);
});

test("an id as text or as a short number is taken, and a missing request id is an empty text", async () => {
  for (const [literal, messageId] of [
    ['"889455942124347329"', "889455942124347329"],
    ["42", "42"],
  ]) {
    const { outcome } = await publishOnce(answer(`{"MessageId":${literal},"Success":true}`));
    assert.deepEqual(outcome, { broadcast, messageId, requestId: "", sentAt: 10, acceptedAt: 20 });
  }
});

for (const literal of ['""', "null", "1.5", "-3", '"abc"', "{}", "[]", "true", "1e300", '"123456789012345678901"']) {
  test(`accepted, but with the message id ${literal}: cannot be correlated, and says so`, async () => {
    const { outcome, calls } = await publishOnce(answer(`{"RequestId":"R-9","MessageId":${literal},"Success":true}`));
    assert.ok(outcome instanceof Error);
    assert.match(outcome.message, /was accepted, but its answer carries no message id/);
    assert.deepEqual([Reflect.get(outcome, "code"), Reflect.get(outcome, "requestId")], ["api-unknown-fate", "R-9"]);
    assert.equal(calls, 1);
  });
}
