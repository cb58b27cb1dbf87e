import assert from "node:assert/strict";
import { deliverMessage } from "../../src/platform/deliver-message.js";
import { findDevice } from "../../src/platform/device-table.js";
import { createMqttConnections } from "../../src/platform/mqtt-connections.js";
import { createPacketParser, type PacketParser } from "../../src/platform/packet-parser.js";
import { dropSession } from "../../src/platform/session-store.js";
import { ByteStream } from "../byte-stream.js";
import { createFuzzBroker } from "../fuzz-broker.js";
import { FUZZ_DEVICE } from "../fuzz-device.js";
import { type FuzzTarget, inPieces } from "../fuzz-target.js";
import { devicePackets, loginPacket } from "../mqtt-packets.js";
import { createRandom } from "../random.js";

/** An input's first byte chooses what came before it on the connection: nothing, or a login. */
const BEFORE: readonly Buffer[] = [Buffer.alloc(0), loginPacket(4, true), loginPacket(5, true), loginPacket(5, false)];

/** The second one chooses how the rest is cut into reads. */
const HEAD_BYTES = 2;

const LONGEST_READ = 48;

/** What waits for a device that is online, so that acknowledgements have something to mean. */
const WAITING = [Buffer.from("one"), Buffer.from("two"), Buffer.from("three")];

const corpus = (): Buffer[] => {
  const of = (before: number, ...packets: Buffer[]) => Buffer.concat([Buffer.of(before, 0x5a), ...packets]);
  const [older, newer] = [devicePackets(4), devicePackets(5)];
  return [
    of(0, loginPacket(3, true)),
    of(0, loginPacket(4, true), ...older),
    of(0, loginPacket(5, false), ...newer),
    ...older.map((packet) => of(1, packet)),
    ...newer.flatMap((packet) => [of(2, packet), of(3, packet)]),
    of(1, ...older),
    of(3, ...newer),
  ];
};

/** Plays one connection on a platform of its own; answers what it was told and what was counted. */
const play = (parsePacket: PacketParser, before: Buffer, reads: readonly Buffer[]) => {
  const broker = createFuzzBroker(parsePacket);
  const stream = new ByteStream();
  const device = findDevice(broker.devices, FUZZ_DEVICE);
  assert.ok(device);
  {
    using connections = createMqttConnections(broker);
    connections.accept(stream);
    if (before.length > 0) stream.receive(before);
    for (const body of WAITING) deliverMessage(broker, device.connection, "/a/b", body, 1);
    for (const read of reads) stream.receive(read);
  }
  assert.equal(broker.counters.online, 0, "a connection that was cut is still counted as online");
  assert.equal(device.connection, null, "a connection that was cut still holds its device");
  assert.equal(
    broker.devices.products.get(device.productKey)?.online.connections.length,
    0,
    "it would still be sent to",
  );
  dropSession(broker.sessions, device);
  assert.equal(broker.sessions.bytes, 0, "what waited for a session that is gone is still counted");
  return { told: Buffer.concat(stream.written), counters: broker.counters };
};

/** The platform's way from a connection's bytes to its answers: splitter, packet rules, parser, login, sessions. */
export const createPlatformStream = (): FuzzTarget => {
  const parsePacket = createPacketParser();
  const witness = { 4: devicePackets(4)[0], 5: devicePackets(5)[0] };
  return {
    name: "platform-stream",
    corpus: corpus(),
    check: (input) => {
      const before = BEFORE[(input[0] ?? 0) % BEFORE.length] ?? Buffer.alloc(0);
      const rest = input.subarray(HEAD_BYTES);
      const whole = play(parsePacket, before, rest.length === 0 ? [] : [rest]);
      const cut = play(parsePacket, before, inPieces(createRandom(input[1] ?? 0), rest, LONGEST_READ));
      assert.deepEqual(cut, whole, "the same bytes in other reads came to something else");
      for (const protocol of [4, 5] as const) {
        const packet = parsePacket(witness[protocol] ?? Buffer.alloc(0), protocol);
        assert.equal(packet?.cmd, "publish", "the parser that all connections share was left unusable");
      }
      const { refused, closed, upstream } = whole.counters;
      const [ending = "none"] = [...Object.keys(refused), ...Object.keys(closed)];
      return upstream > 0 ? `${ending}, after a message` : ending;
    },
  };
};
