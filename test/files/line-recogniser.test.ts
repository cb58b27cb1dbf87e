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
const read = async (chunks: readonly Buffer[], fast: boolean, blockBytes: number) => {
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
    const reading = await readLog("-", Readable.from(chunks), onRecord, options);
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

const same = async (file: Buffer | readonly Buffer[], block: number): Promise<number> => {
  const chunks = Buffer.isBuffer(file) ? [file] : file;
  const fast = await read(chunks, true, block);
  const slow = await read(chunks, false, block);
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

  /** A receipt line, its parts to be replaced by others. */
  const usual = (deviceName: string, at: number | string, topicName = deviceName): string =>
    `{"schema":"iotb.receipt/1","messageId":"7","productKey":"pk","deviceName":"${deviceName}",` +
    `"topic":"/sys/pk/${topicName}/broadcast/request/7","receivedAtUs":${at},"bytes":5,"payloadSha256":"${SHA[0]}","qos":0,"dup":false}`;
  const start = [usual("dev1", 1_700_000_000_000_000), usual("dev2", 1_700_000_000_000_001), usual("dev3", 12)];
  const hostile: Readonly<Record<string, string>> = {
    "a time beyond 2^53": usual("dev1", "9007199254740992"),
    "a time of sixteen nines": usual("dev1", "9999999999999999"),
    "a time of 17 digits": usual("dev1", "17000000000000000"),
    "a time that begins with 0": usual("dev1", "0700000000000000"),
    "a short time that begins with 0": usual("dev1", "012"),
    "no time": usual("dev1", ""),
    "a negative time": usual("dev1", "-1700000000000000"),
    "a time with a colon, the character after 9": usual("dev1", "170000000000000:"),
    "a time with a slash, the character before 0": usual("dev1", "170000000000/000"),
    "a time of high bytes": usual("dev1", "17000000\u00b0\u00b10000"),
    "a name of three": usual("dev", 1),
    "a name of 33": usual("d".repeat(33), 1),
    "a name with a quote": usual('de"v', 1),
    "a name with a blank": usual("de v1", 1),
    "a name with NUL": usual("dev\0", 1),
    "a new name with NUL that begins as a known one": usual("dev1\0", 1),
    "a name with an escape": usual("\\u0064ev1", 1, "dev1"),
    "a name with an escape, on its own topic": usual("\\u0064ev1", 1),
    "the topic of another device": usual("dev1", 1_700_000_000_000_002, "dev2"),
    "the topic of another device that is not known": usual("dev1", 1_700_000_000_000_002, "dev9"),
    "the beginning of the line": usual("dev1", 5).slice(0, 60),
    "nothing but the shape's end": usual("dev1", 5).slice(-40),
    "a second line without LF between": usual("dev1", 5) + usual("dev2", 6),
    "a blank at the end": `${usual("dev1", 5)} `,
    "CR at the end": `${usual("dev1", 5)}\r`,
    "the same key once more": usual("dev1", 5).replace("}", ',"bytes":6}'),
    "another key": usual("dev1", 5).replace("}", ',"more":6}'),
    "another schema": usual("dev1", 5).replace("receipt/1", "receipt/2"),
    "dup of 0": usual("dev1", 5).replace("false", "00000"),
    "QoS 2": usual("dev1", 5).replace('"qos":0', '"qos":2'),
    "a hash in capitals": usual("dev1", 5).replace("aa", "AA"),
  };
  for (const [what, line] of Object.entries(hostile)) {
    it(`say what the slow way says: ${what}`, async () => {
      const whole = await same(fileOf([...start, usual("dev1", 4), line, usual("dev2", 9)], true), 4_096);
      assert.ok(whole >= 3, "the lines before it are recognised");
      await same(fileOf([...start, line], false), 4_096);
    });
  }

  it("are whole: bytes left from the block before do not complete one", async () => {
    const line = (i: number, at: number) => Buffer.from(`${usual(`dev${i}`, 1_700_000_000_000_000 + at)}\n`);
    const [a, b, c, d] = [line(1, 1), line(2, 2), line(3, 3), line(4, 4)];
    for (let cut = 1; cut < d.length; cut += 1) {
      const chunks = [
        Buffer.concat([a, b, c]),
        Buffer.concat([a, d.subarray(0, cut)]),
        Buffer.concat([d.subarray(cut), b]),
      ];
      assert.equal(await same(chunks, 4_096), 5);
    }
  });
});
