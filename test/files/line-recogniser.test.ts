import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type DeviceAddress, deviceKey } from "../../src/domain/device.js";
import type { LogRecord, PresenceRecord, ReceiptRecord } from "../../src/domain/log-records.js";
import { LineRecogniser } from "../../src/files/line-recogniser.js";
import { readLog } from "../../src/files/log-reader.js";

type Seen = LogRecord & { readonly number?: number };

/** A reading told as records, whichever way the lines were read; `recognised` counts those of the fast way. */
const read = async (bytes: Buffer, fast: boolean, blockBytes: number) => {
  const seen: Seen[] = [];
  const numbers = new Map<string, number>();
  const names: DeviceAddress[] = [];
  let recognised = 0;
  const numberOf = (device: DeviceAddress): number => {
    const key = deviceKey(device);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, names.length);
    return names.push({ productKey: device.productKey, deviceName: device.deviceName }) - 1;
  };
  const withOther = (record: ReceiptRecord | PresenceRecord, number: number, at: number): Seen => {
    const { productKey, deviceName } = names[number] ?? { productKey: "", deviceName: "" };
    if (record.schema === "iotb.presence/1") return { ...record, productKey, deviceName, atUs: at, number };
    const own = `/sys/${record.productKey}/${record.deviceName}/`;
    const topic = record.topic.startsWith(own)
      ? `/sys/${productKey}/${deviceName}/${record.topic.slice(own.length)}`
      : record.topic;
    return { ...record, productKey, deviceName, topic, receivedAtUs: at, number };
  };
  const recogniser = new LineRecogniser<ReceiptRecord | PresenceRecord>({
    numberOf,
    kindOf: (record) => record,
    addLines: (kind, devices, times, from, to) => {
      recognised += to - from;
      for (let i = from; i < to; i++) seen.push(withOther(kind, devices[i] ?? -1, times[i] ?? -1));
    },
  });
  const onRecord = (record: LogRecord): void => {
    const isNamed = record.schema === "iotb.receipt/1" || record.schema === "iotb.presence/1";
    seen.push(isNamed ? { ...record, number: numberOf(record) } : record);
  };
  const options = { blockBytes, ...(fast ? { recogniser } : {}) };
  try {
    const reading = await readLog("-", Readable.from([bytes]), onRecord, options);
    return { told: { seen, reading }, recognised };
  } catch (thrown) {
    return { told: { seen, failure: String(thrown) }, recognised };
  }
};

const SHA = ["a".repeat(64), "0123456789abcdef".repeat(4)] as const;
const MAX = Number.MAX_SAFE_INTEGER;
const productKey = fc.constantFrom("pk", "a1B2c3D4e5F");
const deviceName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("d001", "d002", "dev-3", "device:0004@x", "a".repeat(32), "device-5.") },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9_\-@.:]{4,32}$/) },
);
const time = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1_600_000_000_000_000, max: 1_900_000_000_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 7, 10, 999_999_999_999_999, 1_000_000_000_000_000, MAX - 1, MAX) },
);
const messageId = fc.constantFrom("1386995865331441413", "1386995865331441414", "7", "18446744073709551615");
const sha = fc.constantFrom(...SHA);

const receipt = fc
  .record({
    productKey,
    deviceName,
    other: deviceName,
    messageId: fc.oneof({ weight: 5, arbitrary: messageId }, { weight: 1, arbitrary: fc.constant(null) }),
    topicOf: fc.constantFrom("own", "own", "own", "own", "other", "group", "quoted", "telemetry"),
    receivedAtUs: time,
    bytes: fc.constantFrom(0, 200),
    payloadSha256: sha,
    qos: fc.constantFrom(0 as const, 1 as const),
    dup: fc.boolean(),
    payloadBase64: fc.constantFrom(undefined, undefined, undefined, "aGk=", "a".repeat(9_000)),
  })
  .map(({ other, topicOf, payloadBase64, ...rest }): ReceiptRecord => {
    const topics: Readonly<Record<string, string>> = {
      own: `/sys/${rest.productKey}/${rest.deviceName}/broadcast/request/${rest.messageId ?? "9"}`,
      other: `/sys/${rest.productKey}/${other}/broadcast/request/${rest.messageId ?? "9"}`,
      group: `/broadcast/${rest.productKey}/g`,
      quoted: `/broadcast/${rest.productKey}/"ä\u0001\\`,
      telemetry: `/sys/${rest.productKey}/${rest.deviceName}/thing/event/property/post_reply`,
    };
    const { messageId, productKey, deviceName, receivedAtUs, bytes, payloadSha256, qos, dup } = rest;
    return {
      schema: "iotb.receipt/1",
      ...{ messageId, productKey, deviceName, topic: topics[topicOf] ?? "" },
      ...{ receivedAtUs, bytes, payloadSha256, qos, dup },
      ...(payloadBase64 === undefined ? {} : { payloadBase64 }),
    };
  });
const presence = fc
  .record({ productKey, deviceName, online: fc.boolean(), atUs: time, reason: fc.constantFrom("closed", 'q"\n') })
  .map(
    ({ productKey, deviceName, online, atUs, reason }): PresenceRecord => ({
      schema: "iotb.presence/1",
      ...{ productKey, deviceName, state: online ? "online" : "offline", atUs },
      ...{ reason: online ? null : reason, closedBy: online ? null : "platform" },
    }),
  );
const canonical = fc
  .oneof({ weight: 8, arbitrary: receipt }, { weight: 2, arbitrary: presence })
  .map((record) => Buffer.from(JSON.stringify(record)));

/** The same value written otherwise, and lines that are none. */
const otherwise = canonical.chain((line) => {
  const text = line.toString();
  const value = JSON.parse(text) as Record<string, unknown>;
  return fc.constantFrom(
    JSON.stringify(Object.fromEntries(Object.entries(value).reverse())),
    JSON.stringify({ ...value, more: 1 }),
    ` ${text}\r`,
    text.replace('"deviceName":"d', '"deviceName":"\\u0064'),
    text.replace("}", ',"deviceName":"d002"}'),
    text.replace("iotb.receipt/1", "iotb.receipt/2"),
    text.slice(0, text.length / 2),
    text.replace(/AtUs":(\d+)/, 'AtUs":0$1'),
    text.replace(/AtUs":(\d+)/, 'AtUs":$1$1'),
    text.replace(/AtUs":(\d+)/, 'AtUs":-$1'),
    text.replace(/AtUs":(\d+)/, 'AtUs":$1.0'),
    text.replace(/AtUs":(\d+)/, 'AtUs":1e15'),
    text.replace(/AtUs":(\d+)/, 'AtUs":9007199254740993'),
    text.replace(/AtUs":(\d+)/, 'AtUs":"$1"'),
    text.replace(/"deviceName":"[^"]*"/, '"deviceName":"x\\"xx"'),
    text.replace(/"deviceName":"[^"]*"/, '"deviceName":""'),
    text.replace(/"deviceName":"[^"]*"/, '"deviceName":"d00\u0000"'),
    text + text,
    "",
    "  ",
    '{"schema":"iotb.clock/1","bootId":"b","monotonicUs":1,"unixUs":2}',
    '{"schema":"iotb.end/1","presences":0,"receipts":0}',
  );
});
/** One byte of a line changed, added or left out. */
const mutated = fc
  .record({ line: canonical, at: fc.nat(400), byte: fc.nat(255), how: fc.constantFrom("set", "add", "drop") })
  .map(({ line, at, byte, how }) => {
    const i = at % line.length;
    const rest = line.subarray(how === "add" ? i : i + 1);
    return Buffer.concat([line.subarray(0, i), how === "drop" ? Buffer.alloc(0) : Buffer.of(byte), rest]);
  });

const fileOf = (lines: readonly (Buffer | string)[], hasEnd: boolean): Buffer =>
  Buffer.concat(
    lines.flatMap((line, i) => [Buffer.from(line), Buffer.from(i < lines.length - 1 || hasEnd ? "\n" : "")]),
  );

const lines = (some: fc.Arbitrary<Buffer | string>, maxLength: number) => fc.array(some, { maxLength, size: "max" });
const blockBytes = fc.constantFrom(50, 333, 4_096, 131_072);

const same = async (bytes: Buffer, block: number): Promise<number> => {
  const fast = await read(bytes, true, block);
  const slow = await read(bytes, false, block);
  assert.deepEqual(fast.told, slow.told);
  return fast.recognised;
};

describe("lines recognised by their bytes", () => {
  it("say what the slow way says: lines that iotb wrote", () =>
    fc.assert(
      fc.asyncProperty(lines(canonical, 60), blockBytes, fc.boolean(), async (some, block, hasEnd) => {
        await same(fileOf(some, hasEnd), block);
      }),
    ));

  it("say what the slow way says: among lines written otherwise, up to the first bad one", () =>
    fc.assert(
      fc.asyncProperty(
        lines(fc.oneof({ weight: 12, arbitrary: canonical }, { weight: 1, arbitrary: otherwise }), 60),
        blockBytes,
        fc.boolean(),
        async (some, block, hasEnd) => {
          await same(fileOf(some, hasEnd), block);
        },
      ),
      { numRuns: 300 },
    ));

  it("say what the slow way says: a byte changed after each line was learnt", () =>
    fc.assert(
      fc.asyncProperty(
        lines(canonical, 12),
        mutated,
        lines(canonical, 4),
        blockBytes,
        async (before, bad, after, block) => {
          await same(fileOf([...before, ...before, bad, ...after], true), block);
        },
      ),
      { numRuns: 500 },
    ));

  it("are most of a usual recording: all but the first of each message", async () => {
    const receipts = ["1386995865331441413", "1386995865331441414"].flatMap((messageId) =>
      Array.from({ length: 1_000 }, (_, i) => {
        const deviceName = `device-${i}`;
        const topic = `/sys/pk/${deviceName}/broadcast/request/${messageId}`;
        const start = { schema: "iotb.receipt/1", messageId, productKey: "pk", deviceName, topic };
        const rest = { receivedAtUs: 1_700_000_000_000_000 + i, bytes: 5, payloadSha256: SHA[0], qos: 0, dup: false };
        return JSON.stringify({ ...start, ...rest });
      }),
    );
    assert.equal(await same(fileOf(receipts, true), 4_096), receipts.length - 2);
    // two messages under way at once
    const turns = receipts.slice(0, 1_000).flatMap((line, i) => [line, receipts[1_000 + i] ?? ""]);
    assert.equal(await same(fileOf(turns, true), 4_096), receipts.length - 2);
  });

  it("are known by thousands of names of any length", async () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `${"x".repeat(i % 27)}-${String(i).padStart(4, "0")}`);
    const texts = [...names, ...names.toReversed()].map((deviceName, i) =>
      JSON.stringify({
        ...{ schema: "iotb.presence/1", productKey: "pk", deviceName, state: "online" },
        ...{ atUs: 1_700_000_000_000_000 + i, reason: null, closedBy: null },
      }),
    );
    assert.equal(await same(fileOf(texts, true), 131_072), texts.length - 1);
  });
});
