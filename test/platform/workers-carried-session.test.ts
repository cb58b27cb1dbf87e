import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecord } from "../../src/platform/device-table.js";
import { stampMessage } from "../../src/platform/down-message.js";
import { addWeight, createSession } from "../../src/platform/session.js";
import { createSessionStore, resumeSession } from "../../src/platform/session-store.js";
import { subscribe } from "../../src/platform/subscriptions.js";
import { packSession, unpackSession } from "../../src/platform/workers/carried-session.js";
import { nth, triplets } from "../support/platform-start.js";

const device = createRecord(nth(triplets(1), 0), "", 0, 1);

test("a session goes from one process to another whose clock is another, and is gone where it was", () => {
  const [there, here] = [createSessionStore(), createSessionStore()];
  const session = createSession(60_000);
  for (const filter of ["/a", "/b/+"]) subscribe(session.subscriptions, filter);
  const messages = ["first", "second"].map((text) =>
    stampMessage({ topic: "/a", body: Buffer.from(text), qos: 1, expirySeconds: 10 }, 1_000, 1e9),
  );
  const [first, second] = messages;
  if (!first || !second) throw new Error("two messages");
  for (const message of messages) addWeight(there, session, message);
  session.inflight.set(7, first);
  session.queue.push(second);
  session.lastPacketId = 7;
  there.kept.set(device, { session, endsAt: 61_000 });

  const packed = structuredClone(packSession(there, device, 3_000));
  assert.deepEqual([there.bytes, there.kept.size], [0, 0]);
  if (packed === null) throw new Error("a session");
  unpackSession(here, device, packed, 500_000);
  assert.equal(here.kept.get(device)?.endsAt, 558_000);
  const landed = resumeSession(here, device, 500_000);
  assert.deepEqual([...(landed?.subscriptions.exact ?? []), ...(landed?.subscriptions.wild ?? [])], ["/a", "/b/+"]);
  assert.deepEqual([landed?.resend, landed?.lastPacketId, landed?.lifetimeMs], [[7], 7, 60_000]);
  assert.equal(landed?.inflight.get(7)?.expiresAt, 508_000);
  assert.deepEqual(
    landed?.queue.map(({ body }) => Buffer.from(body).toString()),
    ["second"],
  );
  assert.ok(here.bytes > 0 && here.bytes === landed?.bytes);
});

test("a session whose time is over is not carried", () => {
  const store = createSessionStore();
  store.kept.set(device, { session: createSession(1), endsAt: 10 });
  assert.equal(packSession(store, device, 10), null);
});
