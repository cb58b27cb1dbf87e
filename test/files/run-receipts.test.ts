import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ArrivalSlot, ODD_RECEIPTS_KEPT, type OddReceipt, type RecordedArrivals } from "../../src/domain/arrivals.js";
import { listRoster } from "../../src/domain/device-roster.js";
import type { BroadcastRecord } from "../../src/domain/log-records.js";
import { micros } from "../../src/domain/time.js";
import { judgeLine } from "../../src/files/log-record-shape.js";
import { RunReceipts, type RunReceiptsOptions } from "../../src/files/run-receipts.js";
import type { SealedFile } from "../../src/files/sealed-file.js";
import { rejectsWith } from "../support/cli-fails-with.js";

const ANCHOR = { bootId: "boot", monotonicUs: micros(0), unixUs: micros(1_700_000_000_000_000) };
const DEVICES = listRoster(
  Array.from({ length: 6 }, (_, i) => ({ productKey: "pk", deviceName: `dev-${i}`, deviceSecret: "secret" })),
);
const SENT = "a".repeat(64);
const OTHER = "b".repeat(64);
const CALL: BroadcastRecord = {
  schema: "iotb.broadcast/1",
  messageId: "77",
  requestId: "r",
  productKey: "pk",
  topicFullName: null,
  bytes: 3,
  payloadSha256: SENT,
  dueAtUs: 0,
  sentAtUs: 0,
  acceptedAtUs: 0,
};

/** What was written, piece by piece, by a file that takes a turn for each. */
const openSink = (more: Partial<RunReceiptsOptions> = {}, failAt = Number.POSITIVE_INFINITY) => {
  const pieces: string[] = [];
  const told: string[] = [];
  let idle = Promise.resolve();
  const file = {
    name: "receipts.ndjson.gz",
    write: (piece: string) => {
      idle = new Promise((resolve, reject) => {
        setImmediate(() => {
          if (pieces.length >= failAt) return reject(Object.assign(new Error("full"), { code: "ENOSPC" }));
          pieces.push(piece);
          resolve();
        });
      });
      return idle;
    },
  } as unknown as SealedFile;
  const receipts = new RunReceipts({
    file,
    devices: DEVICES,
    anchor: ANCHOR,
    onCrowded: () => told.push("crowded"),
    onFailure: ({ message }) => told.push(message),
    ...more,
  });
  /** Turns of the event loop in which a writer that may write has written. */
  const turns = async () => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const lines = () =>
    pieces
      .join("")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const judged = judgeLine(JSON.parse(line));
        assert.equal(judged.kind, "record", line);
        return judged.kind === "record" ? judged.record : null;
      })
      .filter((line) => line !== null);
  return { receipts, told, turns, lines };
};

const arrivalsOf = (at: readonly number[], more: Partial<RecordedArrivals> = {}): RecordedArrivals => ({
  firstDevice: 0,
  at: Float64Array.from(at),
  extra: null,
  corrupt: null,
  odd: [],
  ...more,
});
const odd = (device: number, at: number, more: Partial<OddReceipt> = {}): OddReceipt => ({
  device,
  at: micros(at),
  first: false,
  topic: null,
  body: null,
  ...more,
});
const receiptsIn = (lines: ReturnType<ReturnType<typeof openSink>["lines"]>) =>
  lines.flatMap((line) =>
    line.schema === "iotb.receipt/1"
      ? [
          [
            line.deviceName,
            line.receivedAtUs - ANCHOR.unixUs,
            line.payloadSha256 === SENT,
            line.known ?? null,
            line.topic,
          ] as const,
        ]
      : [],
  );
const own = (name: string) => `/sys/pk/${name}/broadcast/request/77`;

describe("the receipts of a run", () => {
  it("begin with a clock line and end with a count of the lines between", async () => {
    const { receipts, lines } = openSink();
    receipts.presence([{ device: 1, at: micros(5), state: "online" }]);
    receipts.presence([{ device: 1, at: micros(9), state: "offline", reason: 'a "reason"\n', closedBy: "network" }]);
    receipts.arrivals(CALL, [arrivalsOf([10, 0, 30]), arrivalsOf([40, 0], { firstDevice: 3 })]);
    await receipts.end();
    const all = lines();
    assert.deepEqual(
      all.map(({ schema }) => schema.split("/")[0]?.split(".")[1]),
      [...["clock", "presence", "presence", "receipt", "receipt", "receipt", "end"]],
    );
    assert.deepEqual(receiptsIn(all), [
      ["dev-0", 10, true, null, own("dev-0")],
      ["dev-2", 30, true, null, own("dev-2")],
      ["dev-3", 40, true, null, own("dev-3")],
    ]);
    assert.deepEqual(all.at(-1), { schema: "iotb.end/1", presences: 2, receipts: 3 });
    const gone = all[2];
    assert.equal(gone?.schema === "iotb.presence/1" && gone.reason, 'a "reason"\n');
  });

  it("tell the time and the payload of each odd one", async () => {
    const { receipts, lines } = openSink();
    const body = { bytes: 4, payloadSha256: OTHER };
    const part = arrivalsOf([10, 20, 0], {
      extra: Uint16Array.from([1, 0, 0]),
      corrupt: Uint8Array.from([0, 1, 0]),
      odd: [odd(1, 20, { first: true, body }), odd(0, 15), odd(2, 25, { topic: "/sys/pk/dev-0/broadcast/request/77" })],
    });
    receipts.arrivals(CALL, [part]);
    await receipts.end();
    assert.deepEqual(receiptsIn(lines()), [
      ["dev-0", 10, true, null, own("dev-0")],
      ["dev-0", 15, true, null, own("dev-0")],
      ["dev-1", 20, false, null, own("dev-1")],
      ["dev-2", 25, true, null, own("dev-0")],
    ]);
  });

  it("say of those beyond what is kept that only their number is known", async () => {
    const { receipts, lines } = openSink();
    const part = arrivalsOf([10, 20], {
      extra: Uint16Array.from([2, 0]),
      corrupt: Uint8Array.from([0, 1]),
      odd: [odd(0, 15)],
    });
    receipts.arrivals(CALL, [part]);
    await receipts.end();
    assert.deepEqual(receiptsIn(lines()), [
      ["dev-0", 10, true, null, own("dev-0")],
      ["dev-0", 15, true, null, own("dev-0")],
      ["dev-0", 10, true, "count", own("dev-0")],
      ["dev-1", 20, false, "count", own("dev-1")],
    ]);
  });

  it("wait while a broadcast is in flight, and are written in the gaps", async () => {
    const { receipts, lines, turns } = openSink();
    await turns();
    receipts.hold();
    receipts.presence([{ device: 0, at: micros(1), state: "online" }]);
    await turns();
    assert.equal(lines().length, 1, "the clock line, and nothing since");
    receipts.hold();
    receipts.release();
    await turns();
    assert.equal(lines().length, 1, "another one is in flight");
    receipts.release();
    await turns();
    assert.equal(lines().length, 2);
    receipts.hold();
    receipts.arrivals(CALL, [arrivalsOf([10])]);
    await receipts.end();
    assert.equal(lines().length, 4, "at the end nothing holds it");
  });

  it("are written all the same when too much waits, which is told once", async () => {
    const { receipts, lines, turns, told } = openSink({ maxWaitingBytes: 40 });
    receipts.hold();
    await turns();
    receipts.arrivals(CALL, [arrivalsOf([10, 20, 30])]);
    await turns();
    assert.equal(receiptsIn(lines()).length, 0, "24 bytes may wait");
    receipts.arrivals(CALL, [arrivalsOf([10, 20, 30])]);
    receipts.arrivals(CALL, [arrivalsOf([10, 20, 30])]);
    await turns();
    assert.deepEqual(told, ["crowded"]);
    assert.ok(receiptsIn(lines()).length >= 3);
    await receipts.end();
    assert.equal(receiptsIn(lines()).length, 9);
  });

  it("that cannot be written are given up, once, and the end says so", async () => {
    const { receipts, told, turns } = openSink({}, 1);
    await turns();
    receipts.presence([{ device: 0, at: micros(1), state: "online" }]);
    await turns();
    receipts.arrivals(CALL, [arrivalsOf([10])]);
    await turns();
    assert.deepEqual(told, ["receipts.ndjson.gz: no space left on the device"]);
    await rejectsWith(() => receipts.end(), "output-failed", /no space left/);
  });

  it("of a process that died have no end line, and so read as cut", async () => {
    const { receipts, lines } = openSink();
    receipts.arrivals(CALL, [arrivalsOf([10])]);
    receipts.markCut();
    await receipts.end();
    assert.deepEqual(
      lines().map(({ schema }) => schema),
      ["iotb.clock/1", "iotb.receipt/1"],
    );
  });
});

describe("a slot", () => {
  it("keeps so many odd receipts and no more", () => {
    const slot = new ArrivalSlot(1);
    for (let i = 0; i < ODD_RECEIPTS_KEPT + 10; i++) slot.keepOdd(odd(0, i));
    assert.equal(slot.recorded(0).odd.length, ODD_RECEIPTS_KEPT);
  });
});
