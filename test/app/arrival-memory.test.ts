import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type CorrelatorMemory, RecordingCorrelator } from "../../src/app/correlate-recordings.js";
import type { ArrivalStore } from "../../src/app/ports.js";
import type { ArrivalArrays } from "../../src/domain/arrivals.js";
import type { LogRecord } from "../../src/domain/log-records.js";
import { micros } from "../../src/domain/time.js";
import {
  callLine,
  clockLine,
  deviceList,
  presenceLine,
  receiptLine,
  recording,
  sha256,
} from "../support/recording-lines.js";

const DEVICES = 6;
const CALLS = 8;
const BYTES_A_CALL = DEVICES * Float64Array.BYTES_PER_ELEMENT;

/** A store that counts what goes through it. */
class CountingStore implements ArrivalStore {
  readonly #arrays = new Map<number, ArrivalArrays>();
  puts = 0;
  gets = 0;

  put(broadcast: number, arrays: ArrivalArrays): void {
    this.puts++;
    this.#arrays.set(broadcast, structuredClone(arrays));
  }

  get(broadcast: number): ArrivalArrays {
    this.gets++;
    const arrays = this.#arrays.get(broadcast);
    assert.ok(arrays);
    return structuredClone(arrays);
  }
}

const log = [clockLine(), ...Array.from({ length: CALLS }, (_, i) => callLine(`${i + 1}`, (i + 1) * 1_000))];

const correlateWithin = (files: readonly (readonly LogRecord[])[], memory: CorrelatorMemory | null) => {
  const correlator = new RecordingCorrelator(deviceList(DEVICES), memory);
  for (const line of log) correlator.addCall(line);
  for (const file of files) {
    correlator.beginReceipts();
    for (const line of file) correlator.addReceiptLine(line);
  }
  return correlator.finish({ linger: micros(50_000), drain: micros(10_000_000) });
};

const device = fc.nat(DEVICES - 1);
const at = fc.integer({ min: 1, max: 20_000 });
const line: fc.Arbitrary<LogRecord> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(device, fc.integer({ min: 1, max: CALLS }), at).map(([i, id, t]) => receiptLine(i, `${id}`, t)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(device, fc.integer({ min: 1, max: CALLS }), at)
      .map(([i, id, t]) => receiptLine(i, `${id}`, t, { payloadSha256: sha256("else") })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(device, device, at)
      .map(([i, j, t]) => receiptLine(i, "1", t, { topic: `/sys/pk/d${j}/broadcast/request/1` })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(device, fc.boolean(), at).map(([i, on, t]) => presenceLine(i, t, on ? "online" : "offline")),
  },
);

test("whatever has room in memory, the account is the same, in any order of lines and files", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(line, { maxLength: 40 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: CALLS * BYTES_A_CALL }),
      (files, bytes) => {
        const whole = files.map((lines) => recording(lines));
        const memory = { store: new CountingStore(), bytes };
        assert.deepEqual(correlateWithin(whole, memory), correlateWithin(whole, null));
      },
    ),
  );
});

test("what has settled is put by once and comes back once; what is in flight stays", () => {
  const lines = Array.from({ length: CALLS }, (_, call) =>
    Array.from({ length: DEVICES }, (_, i) => receiptLine(i, `${call + 1}`, (call + 1) * 1_000 + i)),
  );
  const store = new CountingStore();
  const result = correlateWithin([recording(lines.flat())], { store, bytes: 2 * BYTES_A_CALL });
  assert.deepEqual(
    result.broadcasts.map(({ digest }) => digest.delivered),
    Array.from({ length: CALLS }, () => DEVICES),
  );
  assert.equal(store.puts, store.gets, "nothing is read twice");
  assert.ok(store.puts >= CALLS - 2 && store.puts <= CALLS, `${store.puts} put by`);
});
