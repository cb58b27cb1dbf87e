import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createMessageIds, inferredIdTimeMs, isMessageId } from "../../src/protocol/message-id.js";

describe("inferredIdTimeMs", () => {
  const samples: [string, string][] = [
    ["1229336863924294656", "2020-02-17T09:28:42.991Z"],
    ["1234291569964771840", "2020-03-02T01:36:56.965Z"],
    ["1386995865331441413", "2021-04-27T10:49:18.089Z"],
    ["889455942124347329", "2017-07-24T12:03:16.551Z"],
  ];
  for (const [id, time] of samples) {
    it(`${id} is of ${time}`, () => assert.equal(new Date(inferredIdTimeMs(id)).toISOString(), time));
  }
});

describe("createMessageIds", () => {
  it("makes 19 digits that tell the time and the worker", () => {
    const now = Date.UTC(2026, 0, 2);
    const id = createMessageIds(5, () => now)();
    assert.match(id, /^\d{19}$/);
    assert.equal(inferredIdTimeMs(id), now);
    assert.equal((BigInt(id) >> 12n) & 0x3ffn, 5n);
  });

  it("rises strictly, whatever the clock does", () => {
    const steps = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, (changes) => {
        let now = Date.UTC(2026, 0, 2);
        const next = createMessageIds(0, () => now);
        let last = BigInt(next());
        for (const change of changes) {
          now += change;
          const id = BigInt(next());
          assert.ok(id > last);
          last = id;
        }
      }),
    );
  });

  it("rises past 4,096 ids of one millisecond", () => {
    const next = createMessageIds(0, () => Date.UTC(2026, 0, 2));
    const ids = Array.from({ length: 10_000 }, () => BigInt(next()));
    assert.ok(ids.every((id, i) => i === 0 || id > (ids[i - 1] ?? 0n)));
  });

  it("never meets another worker's ids", () => {
    const [a, b] = [createMessageIds(1, () => 1.7e12), createMessageIds(2, () => 1.7e12)];
    const ids = new Set(Array.from({ length: 100 }, () => [a(), b()]).flat());
    assert.equal(ids.size, 200);
  });
});

describe("isMessageId", () => {
  for (const text of ["0", "1386995865331441413", "18446744073709551615"])
    it(`takes ${text}`, () => assert.ok(isMessageId(text)));
  for (const text of ["", "-1", "1.0", "12a", "123456789012345678901", "1\n", "١"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.ok(!isMessageId(text)));
  }
});
