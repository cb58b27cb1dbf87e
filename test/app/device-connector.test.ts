import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { DeviceConnector } from "../../src/app/device-connector.js";
import { micros } from "../../src/domain/time.js";
import { ConnectorStage, refusal } from "../support/connector-stage.js";

test("as fast as they succeed, at most 256 at once", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 600 });
  stage.start();
  assert.equal(stage.opened.length, 256);
  stage.online(0);
  assert.deepEqual(stage.opened.slice(256), [256]);
  stage.refuse(1, refusal("connack-5", true));
  assert.equal(stage.opened.length, 258);
});

test("at a rate, each when it is due, however late the timer", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 100, connectRate: 50 });
  stage.start();
  assert.deepEqual(stage.opened, [0]);
  stage.pass(20);
  assert.deepEqual(stage.opened, [0, 1]);
  stage.pass(100);
  assert.equal(stage.opened.length, 7);
});

test("in another order than by number: who is due goes by the order, when by the turn", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 3, connectRate: 50, order: Uint32Array.of(2, 0, 1) });
  stage.start();
  stage.pass(40);
  assert.deepEqual(stage.opened, [2, 0, 1]);
  stage.online(2);
  stage.online(0);
  stage.online(1);
  const [{ connect } = {}] = stage.reports;
  assert.deepEqual([connect?.minUs, connect?.maxUs], [0, 40_000]);
});

test("connecting is done when every device is online or given up for good", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 3, connectRate: 1000 });
  stage.start();
  stage.pass(10);
  stage.online(0);
  stage.refuse(2, refusal("connack-4", true));
  assert.deepEqual([stage.reports.length, stage.connector.isConnecting], [0, true]);
  stage.pass(10);
  stage.online(1);
  const [report] = stage.reports;
  assert.ok(report);
  const { connect, ...counts } = report;
  assert.deepEqual(counts, {
    online: 2,
    failed: { "connack-4": 1 },
    failedTexts: { "connack-4": "text of connack-4" },
    failedDevices: [2],
    startedAt: 1_000_000,
    lastOnlineAt: 1_020_000,
  });
  // device 1 was due 1 ms after the start and online after 20
  assert.deepEqual([connect.count, connect.minUs, connect.maxUs], [2, 10_000, 19_000]);
  assert.deepEqual([stage.connector.isConnecting, stage.connector.online, stage.connector.givenUp], [false, 2, 1]);
  stage.pass(1000);
  assert.equal(stage.reports.length, 1, "told once");
});

test("once all are online its timer runs on only where devices may come back", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  for (const reconnect of [false, true]) {
    const connector = new DeviceConnector({
      open: (device) => queueMicrotask(() => connector.onOnline(device, micros(1))),
      deviceCount: 3,
      clock: () => micros(1),
      pace: { perSecond: Number.POSITIVE_INFINITY, ramp: null },
      stagger: { shard: 0, shards: 1, fleet: 3 },
      connectTimeout: micros(5_000_000),
      backoff: { floor: micros(1_000_000), ceiling: micros(30_000_000) },
      reconnect,
      random: () => 0.5,
      onDone: () => undefined,
    });
    connector.start(micros(1));
    assert.equal(timers(), before + 1);
    await setImmediate();
    assert.equal(connector.isConnecting, false);
    assert.equal(timers(), before + (reconnect ? 1 : 0));
    connector.stop();
    assert.equal(timers(), before);
  }
});

test("a fleet of nobody is done at once", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 0 });
  stage.start();
  assert.deepEqual([stage.reports.length, stage.reports[0]?.online, stage.reports[0]?.lastOnlineAt], [1, 0, null]);
});

test("what may succeed later is tried again after its back-off, and its time counts from when it was first due", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 1 });
  stage.start();
  stage.refuse(0, refusal("ECONNREFUSED"));
  stage.pass(990);
  assert.deepEqual(stage.opened, [0]);
  stage.pass(530);
  assert.deepEqual(stage.opened, [0, 0], "half-way between the floor of 1 s and twice that");
  stage.online(0);
  assert.equal(stage.reports[0]?.connect.maxUs, 1_520_000);
  assert.deepEqual(stage.reports[0]?.failed, {});
});

test("back-off grows with every refusal and starts over once a device was online", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 1, reconnect: true });
  const waits: number[] = [];
  const untilNext = () => {
    const before = stage.opened.length;
    let waited = 0;
    for (; stage.opened.length === before; waited += 10) stage.pass(10);
    waits.push(Math.floor(waited / 100) * 100);
  };
  stage.start();
  for (let i = 0; i < 3; i++) {
    stage.refuse(0, refusal("ECONNREFUSED"));
    untilNext();
  }
  stage.online(0);
  stage.offline(0, true);
  untilNext();
  assert.deepEqual(waits, [1500, 2500, 4500, 1500]);
});

test("when time is up after the last due attempt, the rest has failed, each by its last reason", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 3 });
  stage.start();
  stage.online(0);
  stage.refuse(1, refusal("ECONNREFUSED"));
  stage.pass(5000);
  assert.equal(stage.reports.length, 0);
  stage.pass(20);
  const [report] = stage.reports;
  assert.deepEqual(report?.failed, { ECONNREFUSED: 1, "connect-timeout": 1 });
  assert.deepEqual(report?.failedTexts, {
    ECONNREFUSED: "text of ECONNREFUSED",
    "connect-timeout": "no answer in time",
  });
  assert.deepEqual(report?.failedDevices, [1, 2]);
});

test("time is up although attempts that are never answered hold every place", (context) => {
  for (const connectRate of [1000, Number.POSITIVE_INFINITY]) {
    const stage = new ConnectorStage(context, { deviceCount: 600, connectRate });
    stage.start();
    stage.pass(700);
    assert.equal(stage.opened.length, 256);
    stage.pass(5100);
    assert.deepEqual([stage.reports.length, stage.reports[0]?.failed], [1, { "connect-timeout": 600 }]);
    stage.connector.stop();
  }
});

test("a rate slower than the timeout is not late before its last device is due", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 3, connectRate: 0.1 });
  stage.start();
  stage.online(0);
  stage.pass(9000);
  assert.equal(stage.reports.length, 0);
  stage.pass(1010);
  stage.online(1);
  stage.pass(10_010);
  stage.online(2);
  assert.equal(stage.reports[0]?.online, 3);
});

test("after the time is up nothing more is tried, unless devices are to come back", (context) => {
  for (const reconnect of [false, true]) {
    const stage = new ConnectorStage(context, { deviceCount: 2, reconnect });
    stage.onOpen = (device) => {
      if (device === 1) stage.refuse(1, refusal("ECONNREFUSED"));
    };
    stage.start();
    stage.online(0);
    stage.pass(5100);
    assert.equal(stage.reports.length, 1);
    const tried = stage.opened.length;
    stage.pass(60_000);
    assert.equal(stage.opened.length > tried, reconnect);
    stage.connector.stop();
  }
});

test("a device that comes online late for the first time is no reconnect", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 1, reconnect: true });
  stage.start();
  stage.pass(5100);
  assert.equal(stage.reports[0]?.online, 0);
  stage.online(0);
  assert.deepEqual([stage.connector.online, stage.connector.reconnects], [1, 0]);
});

test("a device lost and back while others still connect is a reconnect, and has one connect time", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 2, reconnect: true });
  stage.start();
  stage.online(0);
  stage.offline(0, true);
  stage.pass(2000);
  assert.deepEqual(stage.opened, [0, 1, 0]);
  stage.online(0);
  stage.online(1);
  const [report] = stage.reports;
  assert.deepEqual([report?.online, report?.connect.count, stage.connector.reconnects], [2, 2, 1]);
});

test("a lost device comes back where it may", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 1, reconnect: true });
  stage.start();
  stage.online(0);
  stage.offline(0, true);
  assert.equal(stage.connector.online, 0);
  stage.pass(2000);
  stage.online(0);
  assert.deepEqual([stage.opened, stage.connector.reconnects, stage.connector.online], [[0, 0], 1, 1]);
});

test("a device that must stay away never returns, nor does any without reconnect", (context) => {
  for (const [reconnect, mayReturn] of [
    [true, false],
    [false, true],
  ] as const) {
    const stage = new ConnectorStage(context, { deviceCount: 1, reconnect });
    stage.start();
    stage.online(0);
    stage.offline(0, mayReturn);
    stage.pass(600_000);
    assert.deepEqual([stage.opened, stage.connector.givenUp], [[0], 1]);
    stage.connector.stop();
  }
});

test("a connection that ended before the fleet was online is told by its own reason, not by an earlier refusal", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 2 });
  stage.start();
  stage.refuse(0, refusal("ECONNREFUSED"));
  stage.pass(2000);
  stage.online(0);
  stage.offline(0, false, "kicked");
  stage.online(1);
  const [report] = stage.reports;
  assert.deepEqual([report?.online, report?.failed, report?.failedDevices], [1, { kicked: 1 }, [0]]);
  assert.deepEqual(report?.failedTexts, { kicked: "came online and ended again" });
});

test("retries keep within the window, and none is lost when there is no place", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 400 });
  stage.start();
  for (let device = 0; device < 400; device++) stage.refuse(device, refusal("ECONNREFUSED"));
  assert.equal(stage.opened.length, 400);
  stage.pass(2000);
  assert.equal(stage.opened.length, 656, "256 of the 400 retries");
  for (let device = 0; device < 400; device++) if (stage.isOpen(device)) stage.online(device);
  stage.pass(50);
  for (let device = 0; device < 400; device++) if (stage.isOpen(device)) stage.online(device);
  assert.deepEqual([stage.connector.online, stage.reports.length], [400, 1]);
});

test("an engine that refuses at once neither overflows the stack nor loses a device", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 20_000, connectTimeout: micros(60_000_000) });
  let refused = 0;
  stage.onOpen = (device) => {
    refused++;
    stage.refuse(device, refusal("EMFILE", refused > 20_000));
  };
  stage.start();
  for (let i = 0; i < 300 && stage.reports.length === 0; i++) stage.pass(10);
  assert.equal(stage.opened.length, 40_000);
  assert.deepEqual(stage.reports[0]?.failed, { EMFILE: 20_000 });
  assert.equal(stage.reports[0]?.failedDevices.length, 20);
});

test("after `stop` nothing is opened", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 2, connectRate: 1, reconnect: true });
  stage.start();
  stage.online(0);
  stage.connector.stop();
  stage.offline(0, true);
  stage.pass(60_000);
  assert.deepEqual(stage.opened, [0]);
});

test("a device that is held stays away until it is told, and then comes at once, within the rate", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 3, connectRate: 100, reconnect: true });
  stage.start();
  stage.pass(30);
  for (const device of [0, 1, 2]) stage.online(device);
  for (const device of [0, 1]) {
    stage.connector.hold(device);
    stage.offline(device, true, "scenario");
  }
  stage.pass(60_000);
  assert.equal(stage.opened.length, 3);
  for (const device of [0, 1]) stage.connector.comeBack(device, micros(0));
  stage.connector.comeBack(2, micros(0));
  assert.ok(stage.opened.length >= 4, "without waiting for a tick");
  stage.pass(20);
  assert.deepEqual(stage.opened.slice(3), [0, 1], "one that is not held is left alone");
});

test("a device that is held may not come back before its rest is over, nor if another client has it", (context) => {
  const stage = new ConnectorStage(context, { deviceCount: 2, reconnect: true });
  stage.start();
  for (const device of [0, 1]) stage.online(device);
  for (const device of [0, 1]) stage.connector.hold(device);
  stage.offline(0, true, "scenario");
  stage.offline(1, false, "kicked");
  for (const device of [0, 1]) stage.connector.comeBack(device, micros(stage.now + 500_000));
  stage.pass(490);
  assert.deepEqual(stage.opened.slice(2), []);
  stage.pass(30);
  assert.deepEqual(stage.opened.slice(2), [0]);
  assert.equal(stage.connector.givenUp, 1);
});
