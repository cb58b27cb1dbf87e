import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MessageRouter } from "../../src/app/message-router.js";
import { ProductNumbers } from "../../src/app/product-numbers.js";
import { ArrivalTable } from "../../src/domain/arrival-table.js";
import { micros } from "../../src/domain/time.js";
import { broadcastTopic } from "../../src/protocol/topics.js";
import { devicesOf, messageBytes } from "../support/message-bytes.js";

const devices = [...devicesOf("pk", 12), ...devicesOf("other", 2), ...devicesOf("p", 1)];
const setUp = () => {
  const arrivals = new ArrivalTable(devices.length);
  const router = new MessageRouter(devices, new ProductNumbers(devices), arrivals);
  const idOf = (device: number, topic: string) => {
    const { bytes, topicStart, topicEnd } = messageBytes(topic, "body");
    const start = router.idStart(device, bytes, topicStart, topicEnd);
    const isId = start >= 0 && router.slotOf(bytes, start, topicEnd) !== undefined;
    return isId ? bytes.toString("latin1", start, topicEnd) : null;
  };
  const slotOf = (id: string) => router.slotOf(Buffer.from(`//${id}//`), 2, 2 + id.length);
  return { arrivals, router, idOf, slotOf };
};

test("a device finds the id in its own topic and in no other", () => {
  const { idOf } = setUp();
  devices.forEach((own, device) => {
    devices.forEach((named, other) => {
      assert.equal(
        idOf(device, broadcastTopic(named, "1229336863924294656")),
        device === other ? "1229336863924294656" : null,
      );
      void own;
    });
  });
});

test("a topic that only begins or ends like the own one is another", () => {
  const { idOf } = setUp();
  for (const topic of [
    "",
    "/",
    "/sys/pk/d1/broadcast/request/",
    "/sys/pk/d1/broadcast/request",
    "/sys/pk/d1/broadcast/reqest/12",
    "/sys/pk/d1/broadcast/request/123456789012345678901",
    "/sys/pk/d10/broadcast/request/12",
    "xsys/pk/d1/broadcast/request/12",
    "/sys/qk/d1/broadcast/request/12",
    "/sys/pkd/1/broadcast/request/12",
    "/ext/notify",
    "/broadcast/pk/group",
  ]) {
    assert.equal(idOf(1, topic), null, topic);
  }
  assert.equal(idOf(1, "/sys/pk/d1/broadcast/request/12345678901234567890"), "12345678901234567890");
  assert.equal(idOf(1, "/sys/pk/d1/broadcast/request/1"), "1");
});

test("an id is digits: a tail of anything else is no broadcast", () => {
  const { idOf } = setUp();
  for (const tail of ["+", "abc", "1/2", "12 ", "1\u001b[m", "-1", "1.5"]) {
    assert.equal(idOf(1, `/sys/pk/d1/broadcast/request/${tail}`), null, tail);
  }
});

test("receipts of one id go to one slot, however ids alternate", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("1", "2", "12", "21", "112"), { maxLength: 30 }), (ids) => {
      const { arrivals, slotOf } = setUp();
      for (const id of new Set(ids)) arrivals.claim(id);
      for (const id of ids) assert.equal(slotOf(id), arrivals.slotFor(id));
    }),
  );
});

test("an id without a slot gets one as soon as it is claimed", () => {
  const { arrivals, slotOf } = setUp();
  for (const id of ["1", "2", "3", "4"]) assert.notEqual(slotOf(id), null);
  assert.equal(slotOf("5"), null);
  const claimed = arrivals.claim("5");
  assert.equal(slotOf("5"), claimed);
});

test("after `forget` the table is asked again", () => {
  const { arrivals, router, slotOf } = setUp();
  arrivals.claim("1");
  assert.notEqual(slotOf("1"), null);
  arrivals.release("1");
  router.forget();
  assert.equal(slotOf("1"), null);
  assert.equal(arrivals.afterSettling, 1);
});

test("a topic that names another device is a stray; of another product too", () => {
  const { arrivals, router } = setUp();
  const slot = arrivals.claim("7");
  const named = (device: number, topic: string) => router.recordMisdirected(device, micros(5), topic);
  assert.equal(named(1, "/sys/pk/d2/broadcast/request/7"), slot);
  assert.equal(
    named(1, "/sys/other/d1/broadcast/request/7"),
    slot,
    "the same name in another product is another device",
  );
  assert.equal(named(1, "/sys/pk/elsewhere/broadcast/request/7"), slot);
  assert.equal(named(1, "/sys/pk/d1/broadcast/request/7"), undefined);
  assert.equal(named(1, "/sys/pk/d1/thing/service/property/set"), undefined);
  assert.equal(slot.misdirected, 3);
  assert.equal(slot.gotMisdirected(1), true);
  assert.equal(slot.received, 0);
});
