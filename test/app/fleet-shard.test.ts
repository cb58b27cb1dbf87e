import assert from "node:assert/strict";
import { test } from "node:test";
import { micros } from "../../src/domain/time.js";
import { ShardStage } from "../support/shard-stage.js";

test("connecting: progress while it lasts, then how it went, by the numbers of the run", async (context) => {
  const stage = await ShardStage.set(context);
  await stage.shard.command({ kind: "connect", startAt: stage.now });
  assert.deepEqual(stage.opened, [0, 1]);
  stage.sink.online(0, stage.now);
  stage.pass(20);
  assert.deepEqual(stage.of("connecting").at(-1), { kind: "connecting", online: 1, refused: 0 });
  stage.sink.refused(1, stage.now, { reason: "connack-4", text: "bad password", final: true });
  const [connected] = stage.of("connected");
  assert.deepEqual([connected?.online, connected?.failed, connected?.failedDevices], [1, { "connack-4": 1 }, [101]]);
  const heard = stage.of("connecting").length;
  stage.pass(100);
  assert.equal(stage.of("connecting").length, heard, "no word of connecting once it is done");
});

test("a broadcast from its announcement to its digest", async (context) => {
  const stage = await ShardStage.set(context);
  await stage.online();
  await stage.expect();
  assert.equal(stage.reports.at(-1)?.kind, "expecting");
  stage.pass(10);
  const sentAt = stage.now;
  stage.pass(10);
  stage.receive(1, "7");
  await stage.shard.command({ kind: "accepted", messageId: "7", sentAt });
  assert.deepEqual(stage.of("progress"), [
    { kind: "progress", messageId: "7", expected: 2, outstanding: 1, lastReceiptAt: stage.now },
  ]);
  stage.pass(40);
  assert.equal(stage.of("progress").length, 1, "nothing new, nothing told");
  await stage.shard.command({
    kind: "settle",
    messageId: "7",
    dueAt: sentAt,
    settledAt: stage.now,
    keepFrom: stage.now,
    timed: true,
  });
  const digest = stage.of("digest")[0]?.digest;
  assert.deepEqual([digest?.delivered, digest?.missing, digest?.latency.maxUs], [1, [100], 10_000]);
});

test("a kicked device is told of by its number in the run, and never returns", async (context) => {
  const stage = await ShardStage.set(context, { reconnect: true });
  await stage.online();
  stage.sink.offline(1, stage.now, "kicked", "platform");
  stage.sink.offline(0, stage.now, "ECONNRESET", "network");
  assert.deepEqual(stage.of("kicked"), [{ kind: "kicked", device: 101 }]);
  stage.pass(10_000);
  assert.deepEqual(stage.opened, [0, 1, 0]);
});

test("a device that was stopped does not return either", async (context) => {
  const stage = await ShardStage.set(context, { reconnect: true });
  await stage.online();
  stage.sink.offline(1, stage.now, "stopped", "device");
  stage.pass(10_000);
  assert.deepEqual(stage.opened, [0, 1]);
});

test("stopping ends the engine and tells what was counted in all", async (context) => {
  const stage = await ShardStage.set(context, { reconnect: true });
  await stage.online();
  await stage.expect();
  stage.receive(0, "666");
  stage.sink.offline(0, stage.now, "ECONNRESET", "network");
  stage.pass(2010);
  stage.sink.online(0, stage.now);
  await stage.shard.command({ kind: "stop" });
  assert.equal(stage.disposed, 1);
  assert.deepEqual(stage.reports.at(-1), {
    kind: "stopped",
    receipts: 1,
    reconnects: 1,
    published: 0,
    disconnects: { ECONNRESET: 1 },
    foreign: 1,
    foreignIds: ["666"],
    afterSettling: 0,
    latest: [],
  });
  const heard = stage.reports.length;
  stage.pass(1000);
  assert.equal(stage.reports.length, heard, "no timer is left");
});

test("without recording neither receipts nor presence leave the shard", async (context) => {
  const stage = await ShardStage.set(context);
  await stage.online();
  stage.receive(0, "7");
  stage.pass(100);
  assert.deepEqual([stage.of("presence").length, stage.of("receipts").length], [0, 0]);
});

test("with recording presence goes out in batches, by the numbers of the run", async (context) => {
  const stage = await ShardStage.set(context, { record: true });
  await stage.online();
  stage.pass(20);
  stage.sink.offline(1, micros(1_020_001), "keepalive-timeout", "platform");
  stage.pass(20);
  const [first, second] = stage.of("presence");
  assert.deepEqual(
    first?.changes.map(({ device, state }) => [device, state]),
    [
      [100, "online"],
      [101, "online"],
    ],
  );
  assert.deepEqual(second, {
    kind: "presence",
    changes: [{ device: 101, at: 1_020_001, state: "offline", reason: "keepalive-timeout", closedBy: "platform" }],
    online: 1,
  });
});

test("with recording receipts go out in columns; one message is named once, and bytes are not kept unless asked for", async (context) => {
  for (const keepPayloads of [false, true]) {
    const stage = await ShardStage.set(context, { record: true, keepPayloads });
    await stage.online();
    await stage.expect();
    stage.receive(0, "7");
    stage.receive(1, "7");
    stage.message(1, "/broadcast/pk/g", "other");
    stage.message(1, "/sys/pk/d0/broadcast/request/7");
    stage.pass(20);
    const [batch] = stage.of("receipts").map((report) => report.batch);
    assert.ok(batch);
    assert.deepEqual([batch.count, [...batch.device], [...batch.message]], [4, [100, 101, 101, 101], [0, 0, 1, 2]]);
    assert.deepEqual([...batch.flags], [3, 3, 3, 3], "QoS 1 and DUP");
    assert.deepEqual(
      batch.messages.map(({ messageId, topic, bytes, payload }) => [messageId, topic, bytes, payload?.length ?? null]),
      [
        ["7", null, 2, keepPayloads ? 2 : null],
        [null, "/broadcast/pk/g", 5, keepPayloads ? 5 : null],
        [null, "/sys/pk/d0/broadcast/request/7", 2, keepPayloads ? 2 : null],
      ],
    );
    assert.equal(batch.messages[0]?.payloadSha256, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  }
});

test("a full batch goes out at once, and no receipt is lost between batches", async (context) => {
  const stage = await ShardStage.set(context, { record: true });
  await stage.online();
  for (let i = 0; i < 8200; i++) stage.receive(i % 2, "7");
  assert.equal(stage.of("receipts").length, 1);
  await stage.shard.command({ kind: "stop" });
  const counts = stage.of("receipts").map(({ batch }) => batch.count);
  assert.deepEqual(counts, [8192, 8]);
  assert.equal(stage.reports.at(-1)?.kind, "stopped");
});

test("churn begins when the fleet is online: a device that left comes back, and neither is stopped", async (context) => {
  const stage = await ShardStage.set(context, { reconnect: true, churn: { kind: "count", perSecond: 2 } });
  await stage.online();
  stage.pass(1000);
  assert.deepEqual(stage.opened, [0, 1], "not before");
  await stage.shard.command({ kind: "live", startAt: stage.now });
  stage.pass(600);
  // one of two left, after half a second; the first back-off is one to two seconds
  stage.pass(2200);
  assert.ok(stage.opened.length >= 3);
  for (const device of stage.opened.slice(2, 3)) stage.sink.online(device, stage.now);
  await stage.shard.command({ kind: "stop" });
  const [stopped] = stage.of("stopped");
  assert.equal(stopped?.reconnects, 1);
  assert.deepEqual(Object.keys(stopped?.disconnects ?? {}), ["churn"]);
  const { length } = stage.opened;
  stage.pass(10_000);
  assert.equal(stage.opened.length, length, "no timer is left");
});

test("churn in the account: who left after sending is excused, who came back without having been there is a latecomer", async (context) => {
  const stage = await ShardStage.set(context, { reconnect: true });
  await stage.online();
  stage.sink.offline(0, stage.now, "churn", "device");
  stage.pass(10);
  await stage.expect();
  const sentAt = stage.now;
  stage.pass(10);
  stage.sink.offline(1, stage.now, "churn", "device");
  stage.sink.online(0, stage.now);
  stage.receive(0, "7");
  await stage.shard.command({ kind: "accepted", messageId: "7", sentAt });
  stage.pass(2000);
  stage.sink.online(1, stage.now);
  const at = stage.now;
  await stage.shard.command({
    kind: "settle",
    messageId: "7",
    dueAt: sentAt,
    settledAt: at,
    keepFrom: at,
    timed: true,
  });
  const digest = stage.of("digest")[0]?.digest;
  assert.deepEqual([digest?.expected, digest?.delivered, digest?.missing, digest?.latecomers], [1, 0, [], [100]]);
  assert.deepEqual(
    digest?.excused.map(({ device, reason, closedBy }) => [device, reason, closedBy]),
    [[101, "churn", "device"]],
  );
});

test("telemetry: each online device once in a period, from `live` on, counted in the totals", async (context) => {
  const stage = await ShardStage.set(context, { publishEvery: micros(100_000) });
  await stage.online();
  stage.pass(500);
  assert.deepEqual(stage.published, [], "not before");
  await stage.shard.command({ kind: "live", startAt: stage.now });
  stage.pass(90);
  assert.deepEqual(
    stage.published.map(({ device, topic }) => [device, topic]),
    [0, 1].map((device) => [device, `/sys/pk/d${device}/thing/event/property/post`]),
  );
  const ids = stage.published.map(({ body }) => (JSON.parse(body) as { id: string }).id);
  assert.equal(new Set(ids).size, 2);
  stage.sink.offline(1, stage.now, "closed", "platform");
  stage.pass(100);
  assert.deepEqual(
    stage.published.map(({ device }) => device),
    [0, 1, 0],
  );
  await stage.shard.command({ kind: "stop" });
  assert.deepEqual([stage.of("stopping")[0]?.published, stage.of("stopped")[0]?.published], [3, 3]);
  stage.pass(1000);
  assert.equal(stage.published.length, 3);
});
