import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { listRoster } from "../../src/domain/device-roster.js";
import type { FanoutDigest } from "../../src/domain/fanout.js";
import type { BroadcastRecord, LogRecord } from "../../src/domain/log-records.js";
import { micros } from "../../src/domain/time.js";
import { receiptPieces } from "../../src/files/receipt-lines.js";
import { parseBroadcastTopic } from "../../src/protocol/topics.js";
import { devicesOf } from "../support/message-bytes.js";
import {
  callLine,
  clockLine,
  correlate,
  presenceLine,
  receiptLine,
  recording,
  sha256,
} from "../support/recording-lines.js";
import { BODY, TrackerStage } from "../support/tracker-stage.js";

const COUNT = 5;
const TOPIC = "/broadcast/pk/g";
/** The last two are of another product. */
const DEVICES = [
  ...devicesOf("pk", COUNT - 2),
  ...devicesOf("other", 2).map((one, i) => ({ ...one, deviceName: `d${i + 3}` })),
];
const SENT = [10_000, 20_000, 30_000] as const;
/** All settle here; later than anything that happens, sooner than any rule. */
const END = 1_000_000;

type Event =
  | { kind: "presence"; device: number; at: number; online: boolean }
  | { kind: "message"; device: number; at: number; topic: string; body: string };

const device = fc.nat(COUNT - 1);
const at = fc.integer({ min: 5000, max: 60_000 });
const body = fc.oneof({ weight: 4, arbitrary: fc.constant(BODY) }, { weight: 1, arbitrary: fc.constant("else") });
const presence = fc.record({ kind: fc.constant("presence" as const), device, at, online: fc.boolean() });
const ownTopic = (number: number, id: number) => {
  const { productKey, deviceName } = DEVICES[number] as (typeof DEVICES)[number];
  return `/sys/${productKey}/${deviceName}/broadcast/request/${id}`;
};
const full = fc
  .record({ device, other: device, astray: fc.nat(9), at, id: fc.integer({ min: 1, max: 4 }), body })
  .map(({ device, other, astray, at, id, body }) => ({
    kind: "message" as const,
    device,
    at,
    body,
    topic: ownTopic(astray === 0 ? other : device, id),
  }));
const noise = fc.record({ kind: fc.constant("message" as const), device, at, body, topic: fc.constant("/ext/notify") });

const inOrder = (events: readonly Event[]) => events.toSorted((a, b) => a.at - b.at);

/** The lines that a shard's recording holds of these events: a topic's id only where it is the device's own. */
const recorded = (events: readonly Event[]): LogRecord[] => [
  ...DEVICES.map((one, i) => ({ ...presenceLine(i, 1), productKey: one.productKey })),
  ...events.map((event): LogRecord => {
    const { productKey } = DEVICES[event.device] as (typeof DEVICES)[number];
    if (event.kind === "presence") {
      return { ...presenceLine(event.device, event.at, event.online ? "online" : "offline"), productKey };
    }
    const own = event.topic.startsWith(ownTopic(event.device, 0).slice(0, -1));
    return receiptLine(event.device, "0", event.at, {
      productKey,
      messageId: own ? (parseBroadcastTopic(event.topic)?.messageId ?? null) : null,
      topic: event.topic,
      payloadSha256: sha256(event.body),
    });
  }),
];

/** The lines that a run's directory holds of these events: what the stage kept of its broadcasts, written and read. */
const kept = (stage: TrackerStage, events: readonly Event[], calls: readonly BroadcastRecord[]): LogRecord[] => {
  const naming = { devices: listRoster(DEVICES), anchor: { bootId: "b", monotonicUs: micros(0), unixUs: micros(0) } };
  const receipts = calls.flatMap((call) => {
    const arrivals = stage.kept.get(call.messageId);
    assert.ok(arrivals);
    return [...receiptPieces(arrivals, call, naming, { presences: 0, receipts: 0 })].join("").trimEnd().split("\n");
  });
  const presence = recorded(events).filter(({ schema }) => schema === "iotb.presence/1");
  return [...presence, ...receipts.filter((line) => line !== "").map((line) => JSON.parse(line) as LogRecord)];
};

const play = (stage: TrackerStage, event: Event) => {
  if (event.kind === "message") stage.message(event.device, event.at, event.topic, event.body);
  else if (event.online) stage.presence.record({ device: event.device, at: micros(event.at), state: "online" });
  else {
    const { device, at } = event;
    stage.presence.record({ device, at: micros(at), state: "offline", reason: "closed", closedBy: "platform" });
  }
};

const accounts = (digests: readonly FanoutDigest[]) => digests.map(({ incomplete: _, ...account }) => account);

test("full broadcasts, all in flight at once: the same events give the same account live and recorded", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(presence, full, full, noise), { maxLength: 60 }), (unordered) => {
      // a receipt before its sending, or before the run announced anything, is a clock error that a live run cannot have
      const events = inOrder(unordered).filter((event) => {
        const id = event.kind === "message" ? Number(parseBroadcastTopic(event.topic)?.messageId ?? 0) : 0;
        return event.at >= (SENT[id - 1] ?? 5000);
      });
      const stage = new TrackerStage(DEVICES);
      stage.expect(4000);
      const due = SENT.map((sentAt, i) => ({ sentAt, id: `${i + 1}` }));
      for (const event of events) {
        while ((due[0]?.sentAt ?? Number.POSITIVE_INFINITY) <= event.at) accept(stage, due);
        play(stage, event);
      }
      while (due.length > 0) accept(stage, due);
      const live = SENT.map((sentAt, i) => stage.settle(`${i + 1}`, sentAt - 100, END, 1));
      const calls = SENT.map((sentAt, i) => callLine(`${i + 1}`, sentAt));
      const offline = correlate([clockLine(), ...calls], [recording(recorded(events))], DEVICES);
      assert.deepEqual(accounts(offline.broadcasts.map(({ digest }) => digest)), accounts(live));
      const again = correlate([clockLine(), ...calls], [recording(kept(stage, events, calls))], DEVICES);
      assert.deepEqual(accounts(again.broadcasts.map(({ digest }) => digest)), accounts(live));
      assert.deepEqual(
        [offline.foreign, offline.foreignIds],
        [stage.tracker.totals().foreign, stage.tracker.totals().foreignIds],
      );
    }),
  );
});

const accept = (stage: TrackerStage, due: { sentAt: number; id: string }[]) => {
  const next = due.shift();
  assert.ok(next);
  stage.accept(next.id, next.sentAt);
  if (due.length > 0) stage.expect(next.sentAt + 1);
};

const onTopic = fc.record({ kind: fc.constant("message" as const), device, at, body, topic: fc.constant(TOPIC) });

test("subscribed broadcasts, one at a time: the same events give the same account live and recorded", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(presence, onTopic, onTopic), { maxLength: 60 }), (unordered) => {
      // connections come and go before the first only: recorded calls do not tell when a live run took them as settled
      const events = inOrder(unordered).filter(({ kind, at }) => (kind === "presence") === at < SENT[0]);
      const stage = new TrackerStage(DEVICES);
      const live: FanoutDigest[] = [];
      stage.expect(4000, TOPIC);
      const rest = [...events];
      SENT.forEach((sentAt, i) => {
        while (rest[0] !== undefined && rest[0].at < sentAt) play(stage, rest.shift() as Event);
        if (i > 0) live.push(stage.settle(`${i}`, (SENT[i - 1] as number) - 100, END, sentAt - 1));
        if (i > 0) stage.expect(sentAt - 1, TOPIC);
        stage.accept(`${i + 1}`, sentAt);
      });
      for (const event of rest) play(stage, event);
      live.push(stage.settle(`${SENT.length}`, (SENT.at(-1) as number) - 100, END));
      const calls = SENT.map((sentAt, i) => callLine(`${i + 1}`, sentAt, { topicFullName: TOPIC }));
      const offline = correlate([clockLine(), ...calls], [recording(recorded(events))], DEVICES);
      assert.deepEqual(accounts(offline.broadcasts.map(({ digest }) => digest)), accounts(live));
      const again = correlate([clockLine(), ...calls], [recording(kept(stage, events, calls))], DEVICES);
      assert.deepEqual(accounts(again.broadcasts.map(({ digest }) => digest)), accounts(live));
    }),
  );
});
