import assert from "node:assert/strict";
import { test } from "node:test";
import { broadcastRecord } from "../../src/domain/broadcast-record.js";
import { micros } from "../../src/domain/time.js";

test("a record holds the contract's keys in their order, with the exact id and whole Unix µs", () => {
  const record = broadcastRecord(
    {
      broadcast: { productKey: "a1B2c3D4e5F", topicFullName: null, body: Buffer.from("hello"), dueAt: micros(1000.25) },
      messageId: "1234291569964771841",
      requestId: "BB-1",
      sentAt: micros(1500.5),
      acceptedAt: micros(9000),
    },
    "ab12",
    { bootId: "b", monotonicUs: micros(1000), unixUs: micros(1_795_420_800_000_000) },
  );
  assert.equal(
    JSON.stringify(record),
    '{"schema":"iotb.broadcast/1","messageId":"1234291569964771841","requestId":"BB-1","productKey":"a1B2c3D4e5F",' +
      '"topicFullName":null,"bytes":5,"payloadSha256":"ab12","dueAtUs":1795420800000000,"sentAtUs":1795420800000501,' +
      '"acceptedAtUs":1795420800008000}',
  );
});
