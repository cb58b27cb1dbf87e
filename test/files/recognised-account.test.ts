import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { RecordingCorrelator } from "../../src/app/correlate-recordings.js";
import type { LogRecord } from "../../src/domain/log-records.js";
import { micros } from "../../src/domain/time.js";
import { LineRecogniser } from "../../src/files/line-recogniser.js";
import { readLog } from "../../src/files/log-reader.js";
import {
  callLine,
  clockLine,
  MESSAGE,
  presenceLine,
  receiptLine,
  recording,
  sha256,
} from "../support/recording-lines.js";

const GROUP = "/broadcast/pk/g";
const PRODUCTS = ["pk", "other"] as const;
const log = [
  clockLine(),
  callLine("7", 10_000),
  callLine("8", 20_000),
  callLine("9", 15_000, { topicFullName: GROUP }),
  callLine("10", 25_000, { topicFullName: GROUP, payloadSha256: sha256("second") }),
];

const correlate = async (files: readonly string[], fast: boolean, blockBytes: number) => {
  const correlator = new RecordingCorrelator([]);
  for (const line of log) correlator.addCall(line);
  const options = { blockBytes, ...(fast ? { recogniser: new LineRecogniser(correlator) } : {}) };
  for (const file of files) {
    correlator.beginReceipts();
    const reading = await readLog(
      "-",
      Readable.from([Buffer.from(file)]),
      (line) => correlator.addReceiptLine(line),
      options,
    );
    if (reading.cut) correlator.markCut();
  }
  return correlator.finish({ linger: micros(50_000), drain: micros(10_000_000) });
};

const device = fc.record({
  productKey: fc.constantFrom(...PRODUCTS),
  deviceName: fc.constantFrom("dev0", "dev1", "dev2", "dev3"),
});
const at = fc.integer({ min: 5_000, max: 60_000 });
const receipt = fc
  .record({
    device,
    other: device,
    at,
    id: fc.constantFrom("7", "8", "9", "66"),
    topic: fc.constantFrom("own", "own", "own", "own", "other", "group", "notify"),
    hasId: fc.boolean(),
    body: fc.constantFrom(MESSAGE, MESSAGE, "second", "else"),
  })
  .map(({ device, other, at, id, topic, hasId, body }): LogRecord => {
    const ownTopic = (of: typeof device) => `/sys/${of.productKey}/${of.deviceName}/broadcast/request/${id}`;
    const topics = { own: ownTopic(device), other: ownTopic(other), group: GROUP, notify: "/ext/notify" };
    const messageId = topic === "own" || (topic === "other" && hasId) ? id : null;
    return receiptLine(0, id, at, { ...device, messageId, topic: topics[topic], payloadSha256: sha256(body) });
  });
const presence = fc
  .record({ device, at, online: fc.boolean() })
  .map(({ device, at, online }): LogRecord => ({ ...presenceLine(0, at, online ? "online" : "offline"), ...device }));
const clock = fc.constantFrom(clockLine("boot-a", 500, 1_500), clockLine("boot-b", 70, 400));
const lines = fc.array(
  fc.oneof({ weight: 12, arbitrary: receipt }, { weight: 4, arbitrary: presence }, { weight: 1, arbitrary: clock }),
  { maxLength: 60, size: "max" },
);

test("recordings have the same account, whichever way their lines are read", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(lines, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(100, 2_000, 131_072),
      fc.nat(30),
      async (files, blockBytes, cut) => {
        const texts = files.map((some) =>
          recording(some)
            .map((line) => `${JSON.stringify(line)}\n`)
            .join(""),
        );
        const cutTexts = texts.map((text, i) => (i === 0 && cut > 0 ? text.slice(0, -cut) : text));
        assert.deepEqual(await correlate(cutTexts, true, blockBytes), await correlate(cutTexts, false, blockBytes));
      },
    ),
    { numRuns: 300 },
  ));
