import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { madeUpDevices } from "../../src/cli/triplet-generator.js";
import type { DerivedSource } from "../../src/domain/device-source.js";
import { deriveDevices, derivedRoster } from "../../src/protocol/derived-devices.js";

const whole = (count: number): DerivedSource => ({
  kind: "derived",
  seed: new Uint8Array(32).fill(7),
  productKey: "g6palBDnzyT",
  prefix: "dk",
  digits: 3,
  first: 0,
  count,
});

describe("derived devices", () => {
  it("are the same whoever makes them, whole or by parts", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(fc.nat(200), { maxLength: 4 }), (count, cuts) => {
        const all = deriveDevices(whole(count));
        const roster = derivedRoster(whole(count));
        const places = [0, ...cuts.map((cut) => Math.min(cut, count)).sort((a, b) => a - b), count];
        const parts = places.slice(1).flatMap((end, i) => {
          const source = roster.slice(places[i] ?? 0, end).source();
          assert.ok(source.kind === "derived");
          return deriveDevices(source);
        });
        assert.deepEqual(parts, all);
        assert.deepEqual(
          all.map(({ deviceName }) => deviceName),
          Array.from({ length: count }, (_, i) => roster.nameAt(i)),
        );
      }),
    );
  });

  it("have the first half of an HMAC of their number for a secret", () => {
    const source = whole(12);
    const device = deriveDevices(source)[11];
    assert.deepEqual(device, {
      productKey: "g6palBDnzyT",
      deviceName: "dk012",
      deviceSecret: createHmac("sha256", source.seed).update("11").digest("hex").slice(0, 32),
    });
  });

  it("are others in every run, with names as wide as their count", () => {
    const [one, other] = [1, 2].map(() => madeUpDevices({ count: 12_345, productKey: "pk", prefix: "dk" }).source());
    assert.ok(one?.kind === "derived" && other?.kind === "derived");
    assert.notDeepEqual(one.seed, other.seed);
    const [first] = deriveDevices({ ...one, count: 1 });
    assert.equal(first?.deviceName, "dk00001");
    assert.notEqual(first?.deviceSecret, deriveDevices({ ...other, count: 1 })[0]?.deviceSecret);
  });

  it("know no device outside", () => {
    const roster = derivedRoster(whole(3)).slice(1, 3);
    assert.deepEqual([roster.count, roster.nameAt(1), roster.productAt(0)], [2, "dk003", "g6palBDnzyT"]);
    for (const device of [-1, 2]) assert.throws(() => roster.nameAt(device), RangeError);
  });
});
