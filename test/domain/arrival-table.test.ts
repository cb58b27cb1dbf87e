import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ArrivalTable } from "../../src/domain/arrival-table.js";
import { micros } from "../../src/domain/time.js";

/** One receipt of an id by device 0. */
const receive = (table: ArrivalTable, id: string): boolean => {
  const slot = table.slotFor(id);
  slot?.record(0, micros(1));
  return slot !== null;
};

test("what arrives before its claim is in the slot that the claim returns", () => {
  const table = new ArrivalTable(2);
  table.slotFor("1")?.record(1, micros(9));
  const slot = table.claim("1");
  assert.equal(slot.at[1], 9);
  assert.equal(table.slotFor("1"), slot);
  assert.equal(table.wasTurnedAway("1"), false);
  assert.deepEqual(table.foreign(), { receipts: 0, ids: [] });
});

test("an id that no one claims is foreign, with every receipt of it", () => {
  const table = new ArrivalTable(3);
  const slot = table.slotFor("7");
  slot?.record(0, micros(1));
  slot?.record(0, micros(2));
  slot?.record(1, micros(3));
  slot?.recordMisdirected(2, micros(4));
  receive(table, "8");
  table.claim("9").record(0, micros(5));
  assert.deepEqual(table.foreign(), { receipts: 5, ids: ["7", "8"] });
});

test("four ids beyond the claimed hold an array; the fifth is turned away and told of", () => {
  const table = new ArrivalTable(1);
  assert.deepEqual(
    ["1", "2", "3", "4", "5"].map((id) => receive(table, id)),
    [true, true, true, true, false],
  );
  assert.equal(receive(table, "5"), false);
  assert.equal(table.wasTurnedAway("5"), true);
  assert.equal(table.wasTurnedAway("4"), false);
  assert.deepEqual(table.foreign(), { receipts: 6, ids: ["1", "2", "3", "4", "5"] });
  table.claim("5");
  assert.equal(receive(table, "5"), true, "a claimed id has a slot however many others there are");
  assert.equal(table.wasTurnedAway("5"), true, "what it lost before it was claimed stays lost");
});

test("when ids were turned away without keeping their name, no id's account is to be trusted", () => {
  const table = new ArrivalTable(1);
  for (let id = 1; id <= 14; id++) receive(table, `${id}`);
  assert.equal(table.wasTurnedAway("99"), false, "ten ids are kept by name");
  receive(table, "15");
  assert.equal(table.wasTurnedAway("99"), true);
  const foreign = table.foreign();
  assert.equal(foreign.receipts, 15);
  assert.deepEqual(foreign.ids, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
});

test("receipts after settling are counted as such, and not as foreign", () => {
  const table = new ArrivalTable(1);
  table.claim("1");
  receive(table, "1");
  table.release("1");
  assert.equal(receive(table, "1"), false);
  assert.equal(receive(table, "1"), false);
  assert.equal(table.afterSettling, 2);
  assert.deepEqual(table.foreign(), { receipts: 0, ids: [] });
});

test("the ids known before a broadcast is announced are foreign for good, and take no room from it", () => {
  const table = new ArrivalTable(1);
  for (let id = 1; id <= 20; id++) receive(table, `${id}`);
  table.dismissUnclaimed();
  assert.equal(table.foreign().receipts, 20);
  assert.equal(receive(table, "99"), true, "the run's own may come before its claim");
  assert.equal(table.wasTurnedAway("99"), false);
  assert.equal(receive(table, "3"), false, "a known foreign id gets no array again");
  assert.equal(table.claim("99").received, 1);
  assert.deepEqual(table.foreign(), { receipts: 21, ids: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"] });
});

test("an id that was dismissed and is claimed all the same may have lost receipts", () => {
  const table = new ArrivalTable(1);
  receive(table, "5");
  table.dismissUnclaimed();
  assert.deepEqual([table.wasTurnedAway("5"), table.wasTurnedAway("6")], [true, false]);
});

test("dismissing leaves the claimed alone", () => {
  const table = new ArrivalTable(1);
  table.claim("1");
  table.dismissUnclaimed();
  assert.equal(receive(table, "1"), true);
  assert.equal(table.foreign().receipts, 0);
});

test("whatever ids come, at most (claimed + 4) hold an array and every receipt is accounted for once", () => {
  const id = fc.nat(30).map(String);
  const step = fc.oneof(
    { weight: 6, arbitrary: id.map((of) => ({ do: "receive" as const, of })) },
    { weight: 1, arbitrary: id.map((of) => ({ do: "claim" as const, of })) },
    { weight: 1, arbitrary: id.map((of) => ({ do: "release" as const, of })) },
    { weight: 1, arbitrary: fc.constant({ do: "dismiss" as const, of: "" }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new ArrivalTable(1);
      const claimed = new Set<string>();
      const used = new Set<string>();
      let receipts = 0;
      let released = 0;
      for (const { do: action, of } of steps) {
        if (action === "receive") {
          receipts++;
          receive(table, of);
        } else if (action === "claim" && !used.has(of)) {
          used.add(of);
          claimed.add(of);
          table.claim(of);
        } else if (action === "release" && claimed.delete(of)) {
          const slot = table.claim(of);
          released += slot.received + slot.duplicates;
          table.release(of);
        } else if (action === "dismiss") {
          table.dismissUnclaimed();
        }
        const held = [...claimed].map((one) => table.claim(one));
        const holding = table.slotCount;
        assert.ok(holding <= claimed.size + 4, `${holding} arrays, ${claimed.size} claimed`);
        const own = held.reduce((sum, slot) => sum + slot.received + slot.duplicates, 0);
        assert.equal(own + released + table.afterSettling + table.foreign().receipts, receipts);
      }
    }),
  );
});
