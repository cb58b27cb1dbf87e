import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import mqttPacket, { type IPublishPacket, type Packet } from "mqtt-packet";
import {
  encodePublish,
  frameLength,
  headerLength,
  INCOMPLETE,
  MALFORMED,
  PINGREQ,
  publishLength,
} from "../../src/protocol/publish-packet.js";

const topics = fc.stringMatching(/^[a-zA-Z0-9/\u00e4\u4e2d]{1,60}$/);
const bodies = fc.uint8Array({ maxLength: 40_000 });
const levels = fc.constantFrom<0 | 1>(0, 1);
const ids = fc.integer({ min: 1, max: 65_535 });

/** What a foreign parser reads from bytes. */
const parseAll = (bytes: Uint8Array): Packet[] => {
  const parser = mqttPacket.parser();
  const packets: Packet[] = [];
  parser.on("packet", (packet: Packet) => packets.push(packet));
  parser.on("error", (thrown: unknown) => assert.fail(String(thrown)));
  parser.parse(Buffer.from(bytes));
  return packets;
};

describe("encodePublish", () => {
  it("is read by mqtt-packet, and writes the bytes that mqtt-packet writes", () => {
    fc.assert(
      fc.property(topics, bodies, levels, ids, (topic, body, qos, messageId) => {
        const bytes = encodePublish(topic, body, qos, messageId);
        assert.equal(bytes.length, publishLength(Buffer.byteLength(topic), body.length, qos));
        const [packet, ...more] = parseAll(bytes) as IPublishPacket[];
        assert.ok(packet);
        assert.equal(more.length, 0);
        assert.equal(packet.topic, topic);
        assert.equal(packet.qos, qos);
        assert.equal(packet.messageId, qos === 1 ? messageId : undefined);
        assert.ok(Buffer.from(body).equals(Buffer.from(packet.payload)));
        const theirs = mqttPacket.generate({
          cmd: "publish",
          topic,
          payload: Buffer.from(body),
          qos,
          dup: false,
          retain: false,
          ...(qos === 1 ? { messageId } : {}),
        });
        assert.ok(theirs.equals(Buffer.from(bytes)));
      }),
      { numRuns: 60 },
    );
  });

  it("crosses every border of the length field", () => {
    for (const border of [127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const bytes = encodePublish("t", new Uint8Array(border - 3), 0);
      const length = frameLength(bytes, 0, bytes.length);
      assert.equal(length, bytes.length, `remaining length ${border}`);
      assert.equal(bytes.length - headerLength(length), border);
    }
  });

  it("refuses what no length field can tell", () => {
    assert.throws(() => publishLength(1, 268_435_453, 0), RangeError);
    assert.equal(publishLength(1, 268_435_452, 0), 268_435_460);
  });
});

describe("frameLength", () => {
  it("finds each of several packets, wherever the chunk begins", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(topics, fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 8 }),
        (list) => {
          const packets = list.map(([topic, body]) => encodePublish(topic, body, 0));
          const bytes = Buffer.concat([Buffer.alloc(7), ...packets]);
          let at = 7;
          for (const packet of packets) {
            assert.equal(frameLength(bytes, at, bytes.length), packet.length);
            at += packet.length;
          }
          assert.equal(at, bytes.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("asks for more bytes until the length field is there", () => {
    const bytes = Uint8Array.of(0x30, 0x80, 0x80, 0x01);
    for (let end = 0; end < 4; end++) assert.equal(frameLength(bytes, 0, end), INCOMPLETE, `${end} bytes`);
    assert.equal(frameLength(bytes, 0, 4), 16_384 + 4);
  });

  it("refuses a length field of five bytes", () => {
    assert.equal(frameLength(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01), 0, 6), MALFORMED);
  });

  it("reads the packets without a body", () => assert.equal(frameLength(PINGREQ, 0, 2), 2));
});
