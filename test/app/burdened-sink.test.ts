import assert from "node:assert/strict";
import { test } from "node:test";
import { burdenSink } from "../../src/app/burdened-sink.js";
import type { DeviceSink } from "../../src/app/ports.js";
import { micros } from "../../src/domain/time.js";

test("a burdened sink works on each receipt and on nothing else, and hands all of it on as it was", () => {
  const heard: unknown[][] = [];
  const sink: DeviceSink = {
    online: (...told) => heard.push(["online", ...told]),
    refused: (...told) => heard.push(["refused", ...told]),
    offline: (...told) => heard.push(["offline", ...told]),
    message: (...told) => heard.push(["message", ...told]),
  };
  let now = 100;
  const burdened = burdenSink(sink, micros(50), () => micros(now++));
  const bytes = Buffer.from("topicbody");
  const refusal = { reason: "connack-4", text: "no", final: true };
  burdened.online(1, micros(10));
  burdened.refused(2, micros(11), refusal);
  burdened.offline(3, micros(12), "closed", "platform");
  assert.equal(now, 100, "only receipts are worked on");
  burdened.message(4, micros(13), bytes, 0, 5, 5, 9, 1, true);
  assert.ok(now > 150);
  assert.deepEqual(heard, [
    ["online", 1, 10],
    ["refused", 2, 11, refusal],
    ["offline", 3, 12, "closed", "platform"],
    ["message", 4, 13, bytes, 0, 5, 5, 9, 1, true],
  ]);
});
