import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createConnection, type MqttStream } from "../../src/platform/connection.js";
import { createRecord } from "../../src/platform/device-table.js";
import { OnlineList } from "../../src/platform/online-list.js";
import type { LeanSocket } from "../../src/tcp/lean-socket.js";

const stream = {} as MqttStream;

/** A connection over a plain socket with this number, or over a stream. */
const connected = (number: number | null, isMqtt5 = false) => {
  const plain = number === null ? null : ({ number } as LeanSocket<never>);
  const connection = createConnection(stream, plain, 0, 0, 0);
  if (isMqtt5) connection.terms = { receiveMaximum: 1, maxPacketBytes: 1 };
  return connection;
};

const recordOf = (deviceName: string) =>
  createRecord({ productKey: "pk", deviceName, deviceSecret: "secret" }, "", 0, 1);

const nameAt = (list: OnlineList, slot: number): string => {
  const into = Buffer.alloc(40);
  list.copyName(slot, into, 3);
  return into.toString("latin1", 3, 3 + (list.nameLengths[slot] as number));
};

test("whatever enters and leaves, each connection's columns stay beside it", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9_\-@.:]{4,32}$/), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(names, fc.array(fc.nat(), { maxLength: 60 }), (all, leaving) => {
      const list = new OnlineList("pk");
      const there = all.map((name, i) => ({ name, number: i * 3, connection: connected(i * 3) }));
      for (const { name, connection } of there) list.enter(connection, recordOf(name));
      for (const place of leaving) {
        const [gone] = there.splice(place % Math.max(1, there.length), 1);
        if (gone === undefined) continue;
        list.leave(gone.connection);
        assert.equal(gone.connection.slot, -1);
      }
      assert.equal(list.connections.length, there.length);
      for (const { name, number, connection } of there) {
        const { slot } = connection;
        assert.equal(list.connections[slot], connection);
        assert.deepEqual([nameAt(list, slot), list.sockets[slot]], [name, number]);
      }
    }),
  );
});

test("no packet goes by batch over a stream, in MQTT 5, or to a name that does not fit", () => {
  const list = new OnlineList("pk");
  list.enter(connected(5), recordOf("plain"));
  list.enter(connected(null), recordOf("stream"));
  list.enter(connected(6, true), recordOf("newer"));
  list.enter(connected(7), recordOf("x".repeat(33)));
  list.enter(connected(8), recordOf("behind"));
  assert.deepEqual([...list.sockets.subarray(0, 5)], [5, -1, -1, -1, 8]);
  assert.equal(nameAt(list, 4), "behind");
});
