import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  broadcastTopic,
  filterMatches,
  isTopicFilter,
  isTopicName,
  parseBroadcastTopic,
  productOfBroadcastGroup,
} from "../../src/protocol/topics.js";

const DEVICE = { productKey: "a1B2c3D4e5F", deviceName: "dev_000001" };

describe("a full broadcast's topic", () => {
  it("is read as it is written", () => {
    const topic = broadcastTopic(DEVICE, "1386995865331441413");
    assert.equal(topic, "/sys/a1B2c3D4e5F/dev_000001/broadcast/request/1386995865331441413");
    assert.deepEqual(parseBroadcastTopic(topic), { ...DEVICE, messageId: "1386995865331441413" });
  });

  const others = [
    "/sys/a/b/broadcast/request/",
    "/sys/a/b/broadcast/request/12x",
    "/sys/a/b/broadcast/request/1/2",
    "/sys/a//broadcast/request/1",
    "sys/a/b/broadcast/request/1",
    "/sys/a/b/c/broadcast/request/1",
    "/sys/a/b/broadcast/request/1\n",
    "/sys/a/b/rrpc/request/1",
    "",
  ];
  for (const topic of others)
    it(`is not ${JSON.stringify(topic)}`, () => assert.equal(parseBroadcastTopic(topic), null));
});

describe("productOfBroadcastGroup", () => {
  const cases: [string, string | null][] = [
    ["/broadcast/pk/group1", "pk"],
    ["/broadcast/pk/a/b", "pk"],
    ["/broadcast/pk", null],
    ["/broadcast/pk/", null],
    ["/broadcast//x", null],
    ["/broadcast/pk/+", null],
    ["/broadcast/pk/#", null],
    ["x/broadcast/pk/a", null],
  ];
  for (const [topic, product] of cases)
    it(`${topic} → ${product}`, () => assert.equal(productOfBroadcastGroup(topic), product));
});

describe("filterMatches", () => {
  // The examples of MQTT 3.1.1, section 4.7.
  const cases: [string, string, boolean][] = [
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/ranking", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "sport/tennis", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/x", false],
    ["+/monitor/Clients", "$SYS/monitor/Clients", false],
    ["$SYS/#", "$SYS/x", true],
    ["a/b", "a/c", false],
    ["a/b/c", "a/b", false],
    ["/sys/pk/dn/broadcast/request/+", "/sys/pk/dn/broadcast/request/1", true],
  ];
  for (const [filter, topic, matches] of cases) {
    it(`${filter} ${matches ? "takes" : "leaves"} ${topic}`, () => assert.equal(filterMatches(filter, topic), matches));
  }
});

describe("well-formed names", () => {
  for (const filter of ["#", "+", "a/+/b", "a/#", "/", "/a"])
    it(`filter ${filter}`, () => assert.ok(isTopicFilter(filter)));
  for (const filter of ["", "a/#/b", "a#", "a+", "a/+b", "a\0b"]) {
    it(`no filter ${JSON.stringify(filter)}`, () => assert.ok(!isTopicFilter(filter)));
  }
  for (const topic of ["a", "/", "$x"]) it(`topic ${topic}`, () => assert.ok(isTopicName(topic)));
  for (const topic of ["", "a/+", "#", "a\0"])
    it(`no topic ${JSON.stringify(topic)}`, () => assert.ok(!isTopicName(topic)));
});
