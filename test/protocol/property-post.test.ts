import assert from "node:assert/strict";
import { test } from "node:test";
import { createPropertyPost, propertyPostTopic } from "../../src/protocol/property-post.js";

test("a post as the thing model has it, without an answer, each with an id of its own", () => {
  const next = createPropertyPost();
  const [first, second] = [1, 2].map(() => JSON.parse(Buffer.from(next()).toString()) as Record<string, unknown>);
  assert.deepEqual(first, {
    id: "1000000000",
    version: "1.0",
    sys: { ack: 0 },
    params: { iotbNoise: 1 },
    method: "thing.event.property.post",
  });
  assert.deepEqual(second, { ...first, id: "1000000001" });
  assert.equal(next(), next(), "the bytes are one and the same, so that none is built");
});

test("the topic is the device's own", () => {
  assert.equal(propertyPostTopic({ productKey: "pk", deviceName: "dn" }), "/sys/pk/dn/thing/event/property/post");
});
