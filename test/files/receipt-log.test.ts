import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { describe, it } from "node:test";
import { broadcastRecord } from "../../src/domain/broadcast-record.js";
import type { LogRecord } from "../../src/domain/log-records.js";
import { micros } from "../../src/domain/time.js";
import { openBroadcastLog } from "../../src/files/broadcast-log.js";
import { type LogReading, readLog } from "../../src/files/log-reader.js";
import { openReceiptLog } from "../../src/files/receipt-log.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

const ANCHOR = { bootId: "boot", monotonicUs: micros(1_000), unixUs: micros(1_700_000_000_000_000) };
const DEVICE = { productKey: "g6palBDnzyT", deviceName: "dk001" };
const SHA = "a".repeat(64);
const ABC_SHA = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const NO_STDIN = Readable.from([]);
const RECEIPT = {
  ...DEVICE,
  messageId: "1386995865331441413",
  topic: "/sys/g6palBDnzyT/dk001/broadcast/request/1386995865331441413",
  receivedAt: micros(2_500),
  bytes: 3,
  payloadSha256: SHA,
  qos: 0 as const,
  dup: false,
};
const ACCEPTANCE = {
  broadcast: { productKey: "g6palBDnzyT", topicFullName: null, body: Buffer.from("abc"), dueAt: micros(1_000) },
  messageId: "1386995865331441413",
  requestId: "BB71E443-4447-4024-A000-EDE09922891E",
  sentAt: micros(1_100),
  acceptedAt: micros(1_900),
};

const readAll = async (path: string, stdin = NO_STDIN): Promise<LogReading & { records: LogRecord[] }> => {
  const records: LogRecord[] = [];
  const reading = await readLog(path, stdin, (record) => records.push(record));
  return { ...reading, records };
};

describe("a receipt log", () => {
  it("is read as it was written", async () => {
    await using dir = await makeTempDir();
    const path = dir.path("r.ndjson");
    await using log = await openReceiptLog({ path, stdout: new PassThrough() }, ANCHOR);
    log.presence({ ...DEVICE, state: "online", at: micros(1_500) });
    log.receipt({ ...RECEIPT, payload: Buffer.from("abc") });
    log.presence({ ...DEVICE, state: "offline", at: micros(3_000), reason: "kicked", closedBy: "platform" });
    await log.end();
    const { records, ...reading } = await readAll(path);
    assert.deepEqual(reading, { lines: 5, ignored: 0, cut: false });
    assert.deepEqual(records, [
      { schema: "iotb.clock/1", bootId: "boot", monotonicUs: 1_000, unixUs: 1_700_000_000_000_000 },
      {
        schema: "iotb.presence/1",
        ...DEVICE,
        state: "online",
        atUs: 1_700_000_000_000_500,
        reason: null,
        closedBy: null,
      },
      {
        schema: "iotb.receipt/1",
        ...DEVICE,
        messageId: RECEIPT.messageId,
        topic: RECEIPT.topic,
        receivedAtUs: 1_700_000_000_001_500,
        bytes: 3,
        payloadSha256: SHA,
        qos: 0,
        dup: false,
        payloadBase64: "YWJj",
      },
      {
        schema: "iotb.presence/1",
        ...DEVICE,
        state: "offline",
        atUs: 1_700_000_000_002_000,
        reason: "kicked",
        closedBy: "platform",
      },
      { schema: "iotb.end/1", presences: 2, receipts: 1 },
    ]);
  });

  it("asks to wait while its reader is slow, and keeps every line", async () => {
    const stdout = new PassThrough({ highWaterMark: 1_024 });
    const log = await openReceiptLog({ path: "-", stdout }, ANCHOR);
    let asked = 0;
    const reading = readAll("-", stdout);
    for (let i = 0; i < 2_000; i++) {
      if (log.receipt(RECEIPT)) continue;
      asked++;
      await log.drained();
    }
    await log.end();
    assert.ok(!stdout.writableEnded, "stdout stays open");
    stdout.end();
    const { records } = await reading;
    assert.ok(asked > 0);
    assert.equal(records.length, 2_002);
    assert.deepEqual(records.at(-1), { schema: "iotb.end/1", presences: 0, receipts: 2_000 });
  });

  it("tells that its disk is full", async () => {
    const log = await openReceiptLog({ path: "/dev/full", stdout: new PassThrough() }, ANCHOR);
    log.receipt(RECEIPT);
    await assert.rejects(log.end(), failsWith("output-failed", /\/dev\/full: no space left/));
  });

  it("tells that its directory is missing", async () => {
    await using dir = await makeTempDir();
    await assert.rejects(
      openReceiptLog({ path: dir.path("x/r.ndjson"), stdout: new PassThrough() }, ANCHOR),
      failsWith("output-failed", /no such file/),
    );
  });
});

describe("a broadcast log", () => {
  it("is added to, a clock line for each run, each call written through", async () => {
    await using dir = await makeTempDir();
    const path = dir.path("b.ndjson");
    for (let run = 0; run < 2; run++) {
      await using log = await openBroadcastLog({ path, stdout: new PassThrough() }, ANCHOR);
      await log.append(broadcastRecord(ACCEPTANCE, ABC_SHA, ANCHOR));
      assert.equal((await readFile(path, "utf8")).split("\n").length, 2 * (run + 1) + 1);
    }
    const { records } = await readAll(path);
    assert.deepEqual(
      records.map(({ schema }) => schema),
      ["iotb.clock/1", "iotb.broadcast/1", "iotb.clock/1", "iotb.broadcast/1"],
    );
    assert.deepEqual(records[1], {
      schema: "iotb.broadcast/1",
      messageId: "1386995865331441413",
      requestId: "BB71E443-4447-4024-A000-EDE09922891E",
      productKey: "g6palBDnzyT",
      topicFullName: null,
      bytes: 3,
      payloadSha256: ABC_SHA,
      dueAtUs: 1_700_000_000_000_000,
      sentAtUs: 1_700_000_000_000_100,
      acceptedAtUs: 1_700_000_000_000_900,
    });
  });
});

describe("readLog", () => {
  const end = '{"schema":"iotb.end/1","presences":0,"receipts":0}';

  it("finds lines wherever the chunks begin", async () => {
    const bytes = Buffer.from(`${end}\n\n{"schema":"iotb.other/7","x":"ä"}\r\n${end}\n`);
    for (let size = 1; size <= bytes.length; size += 7) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const { records, ...reading } = await readAll("-", Readable.from(chunks));
      assert.deepEqual(reading, { lines: 4, ignored: 1, cut: false });
      assert.equal(records.length, 2);
    }
  });

  it("leaves out half a line at the end, and takes a whole one", async () => {
    const half = await readAll("-", Readable.from([Buffer.from(`${end}\n${end.slice(0, 20)}`)]));
    assert.deepEqual([half.records.length, half.cut], [1, true]);
    const whole = await readAll("-", Readable.from([Buffer.from(end)]));
    assert.deepEqual([whole.records.length, whole.cut], [1, false]);
  });

  const bad: [string, string, RegExp][] = [
    ["what is not JSON", `${end}\nnonsense\n`, /\(stdin\):2: not JSON/],
    ["a list", "[]\n", /:1: not a JSON object/],
    ["no schema", "{}\n", /:1: no schema/],
    ["a schema that is no text", '{"schema":1}\n', /:1: no schema/],
    ["a missing key", '{"schema":"iotb.end/1","presences":0}\n', /:1: iotb\.end\/1: receipts is missing/],
    ["a wrong type", '{"schema":"iotb.end/1","presences":0,"receipts":"1"}\n', /receipts does not hold/],
    ["a negative count", '{"schema":"iotb.end/1","presences":0,"receipts":-1}\n', /receipts does not hold/],
    [
      "an id of a number",
      '{"schema":"iotb.receipt/1","productKey":"pk","deviceName":"dk001","messageId":1386995865331441413}\n',
      /messageId does not hold/,
    ],
    [
      "a name with controls",
      '{"schema":"iotb.presence/1","productKey":"pk","deviceName":"dk\\u001b001"}\n',
      /deviceName does not hold/,
    ],
    ["an endless line", "x".repeat(2_000_000), /:1: the line is too long/],
  ];
  for (const [name, text, message] of bad) {
    it(`refuses ${name}`, () =>
      assert.rejects(readAll("-", Readable.from([Buffer.from(text)])), failsWith("bad-input-file", message)));
  }

  it("passes on what the receiver throws", async () => {
    const failing = readLog("-", Readable.from([Buffer.from(`${end}\n`)]), () => {
      throw new RangeError("mine");
    });
    await assert.rejects(failing, RangeError);
  });
});
