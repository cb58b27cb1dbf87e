import { generate, type Packet } from "mqtt-packet";
import { signConnect } from "../src/protocol/mqtt-credentials.js";
import { FUZZ_DEVICE } from "./fuzz-device.js";

const { productKey, deviceName } = FUZZ_DEVICE;
const TOPIC = `/${productKey}/${deviceName}/user/get`;
const POST = `/sys/${productKey}/${deviceName}/thing/event/property/post`;

/** A login that the platform accepts. On MQTT 5 with properties, on both with a session that stays where `clean` is false. */
export const loginPacket = (protocolVersion: 3 | 4 | 5, clean: boolean): Buffer => {
  const { clientId, username, password } = signConnect(FUZZ_DEVICE, { method: "hmacsha256", secureMode: 3 });
  const packet: Packet = {
    cmd: "connect",
    protocolId: protocolVersion === 3 ? "MQIsdp" : "MQTT",
    protocolVersion,
    clean,
    keepalive: 60,
    clientId,
    username,
    password: Buffer.from(password),
    ...(protocolVersion === 5
      ? { properties: { sessionExpiryInterval: clean ? 0 : 60, receiveMaximum: 2, userProperties: { a: ["b", "c"] } } }
      : {}),
  };
  return generate(packet, { protocolVersion });
};

const packetsOf = (protocolVersion: 4 | 5): Packet[] => [
  { cmd: "publish", topic: TOPIC, payload: "x", qos: 0, dup: false, retain: false },
  {
    cmd: "publish",
    topic: POST,
    payload: '{"id":"1","params":{"a":1}}',
    qos: 1,
    messageId: 7,
    dup: false,
    retain: false,
  },
  {
    cmd: "publish",
    topic: `/ext/ntp/${productKey}/${deviceName}/request`,
    payload: '{"deviceSendTime":"1"}',
    qos: 0,
    dup: false,
    retain: false,
    ...(protocolVersion === 5
      ? { properties: { contentType: "t", correlationData: Buffer.from("c"), userProperties: { k: "v" } } }
      : {}),
  },
  {
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [
      { topic: TOPIC, qos: 1 },
      { topic: `/ext/ntp/${productKey}/${deviceName}/response`, qos: 0 },
    ],
  },
  { cmd: "unsubscribe", messageId: 2, unsubscriptions: [TOPIC, "/none"] },
  { cmd: "puback", messageId: 1 },
  { cmd: "pingreq" },
  { cmd: "disconnect" },
];

/** What a device sends after its login, one packet each. */
export const devicePackets = (protocolVersion: 4 | 5): Buffer[] =>
  packetsOf(protocolVersion).map((packet) => generate(packet, { protocolVersion }));

/** What a server sends to a device, one packet each. */
export const serverPackets = (): Buffer[] =>
  (
    [
      { cmd: "connack", returnCode: 0, sessionPresent: false },
      { cmd: "suback", messageId: 1, granted: [0, 1, 128] },
      {
        cmd: "publish",
        topic: `/sys/${productKey}/${deviceName}/broadcast/request/1837105931904192512`,
        payload: "hello",
        qos: 0,
        dup: false,
        retain: false,
      },
      { cmd: "publish", topic: TOPIC, payload: Buffer.alloc(300, "y"), qos: 1, messageId: 9, dup: true, retain: false },
      { cmd: "pingresp" },
    ] satisfies Packet[]
  ).map((packet: Packet) => generate(packet));
