import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  checkPayloadGiven,
  checkReach,
  checkScale,
  checkTakeOver,
  confirmBroker,
  confirmProduct,
  type GuardDecision,
} from "../../src/domain/guards.js";

/** A decision as one text: `go`, `ask <expected>`, `refuse: <message> / <hint>`. */
const told = (decision: GuardDecision): string => {
  if (decision.kind === "go") return "go";
  if (decision.kind === "ask") return `ask ${decision.expected}`;
  assert.equal(decision.error.code, "guard");
  return `refuse: ${decision.error.message} / ${decision.error.hint}`;
};

const product = { loopback: false, tty: false, confirmProduct: null, productKey: "pkA", yes: false };

test("a product is confirmed by typing its key, or by --confirm-product, never by --yes off loopback", () => {
  assert.equal(told(confirmProduct({ ...product, loopback: true })), "go");
  assert.equal(told(confirmProduct({ ...product, loopback: true, yes: true })), "go");
  assert.equal(told(confirmProduct({ ...product, confirmProduct: "pkA" })), "go");
  assert.equal(told(confirmProduct({ ...product, tty: true })), "ask pkA");
  assert.equal(told(confirmProduct({ ...product, tty: true, yes: true })), "ask pkA");
  assert.match(told(confirmProduct(product)), /^refuse: .*needs your confirmation \/ add --confirm-product pkA/);
  assert.match(told(confirmProduct({ ...product, yes: true })), /--yes counts on this machine only/);
  for (const wrong of ["pkB", "", "pka", "pkA "])
    assert.match(
      told(confirmProduct({ ...product, tty: true, confirmProduct: wrong })),
      /^refuse: .*is not the product/,
    );
});

test("a broker is confirmed by typing its host, or by --i-operate with that host", () => {
  const broker = { loopback: false, tty: false, host: "mq.example.com", operatedHost: null };
  assert.equal(told(confirmBroker({ ...broker, loopback: true })), "go");
  assert.equal(told(confirmBroker({ ...broker, operatedHost: "MQ.example.com." })), "go");
  assert.equal(told(confirmBroker({ ...broker, tty: true })), "ask mq.example.com");
  assert.equal(told(confirmBroker({ ...broker, tty: true, operatedHost: "example.com" })), "ask mq.example.com");
  assert.match(told(confirmBroker(broker)), /^refuse: .*needs your confirmation \/ add --i-operate mq\.example\.com/);
  assert.match(told(confirmBroker({ ...broker, operatedHost: "other" })), /^refuse/);
});

test("a measurement reaches only the devices it holds, unless told", () => {
  const reach = { loopback: false, onlineCount: 5, held: 4, reachOthers: false };
  assert.match(told(checkReach(reach)), /^refuse: 5 devices.*holds 4: 1 others.*--reach-others/);
  assert.equal(told(checkReach({ ...reach, held: 5 })), "go");
  assert.equal(told(checkReach({ ...reach, held: 6 })), "go");
  assert.equal(told(checkReach({ ...reach, reachOthers: true })), "go");
  assert.equal(told(checkReach({ ...reach, loopback: true })), "go");
});

const devices = Array.from({ length: 8 }, (_, i) => ({ deviceName: `dev_${i}` }));
const takeOver = { loopback: false, states: devices.map(() => "OFFLINE"), devices, takeOver: false };

test("a device that is online elsewhere is named and not kicked off, unless told", () => {
  assert.equal(told(checkTakeOver(takeOver)), "go");
  const one = { ...takeOver, states: takeOver.states.with(3, "ONLINE") };
  assert.match(told(checkTakeOver(one)), /^refuse: 1 of these devices is online.*: dev_3 \/ .*--take-over/);
  const all = { ...takeOver, states: devices.map(() => "ONLINE") };
  assert.match(told(checkTakeOver(all)), /^refuse: 8 .*are online.*dev_0, dev_1, dev_2, dev_3, dev_4 and 3 more \//);
  for (const blind of [
    { ...takeOver, states: null },
    { ...takeOver, states: ["OFFLINE"] },
  ])
    assert.match(told(checkTakeOver(blind)), /^refuse: the platform could not be asked/);
  for (const hard of [one, all, { ...takeOver, states: null }]) {
    assert.equal(told(checkTakeOver({ ...hard, takeOver: true })), "go");
    assert.equal(told(checkTakeOver({ ...hard, loopback: true })), "go");
  }
});

const scale = { loopback: false, hosts: ["mq.example.com"], devices: 1000, connectRate: 500, tty: false, iOperate: [] };

test("a large or fast run against a stranger's host needs a word of consent", () => {
  assert.equal(told(checkScale(scale)), "go");
  assert.match(
    told(checkScale({ ...scale, devices: 1001 })),
    /^refuse: 1,001 devices against mq\.example\.com .*--i-operate mq\.example\.com/,
  );
  assert.match(told(checkScale({ ...scale, connectRate: 501 })), /^refuse: 501 connects a second/);
  assert.match(told(checkScale({ ...scale, connectRate: null })), /^refuse: unlimited connects a second/);
  const big = { ...scale, devices: 2000 };
  assert.equal(told(checkScale({ ...big, tty: true })), "ask mq.example.com");
  assert.equal(told(checkScale({ ...big, iOperate: ["MQ.example.com."] })), "go");
  assert.match(told(checkScale({ ...big, iOperate: ["other.example.com"] })), /^refuse/);
  const two = { ...big, hosts: ["a.example.com", "b.example.com", "a.example.com"] };
  assert.match(told(checkScale({ ...two, iOperate: ["a.example.com"] })), /against b\.example\.com needs/);
  assert.match(told(checkScale(two)), /add --i-operate a\.example\.com --i-operate b\.example\.com/);
});

test("private hosts and this machine bear any scale; when the guards are rehearsed, this machine is a stranger", () => {
  const big = { ...scale, devices: 50_000, connectRate: null };
  assert.equal(told(checkScale({ ...big, hosts: ["10.0.0.1", "192.168.1.1"] })), "go");
  assert.equal(told(checkScale({ ...big, hosts: ["127.0.0.1"], loopback: true })), "go");
  assert.equal(told(checkScale({ ...big, hosts: ["127.0.0.1", "10.0.0.1"] })), "go");
  assert.match(told(checkScale({ ...big, hosts: ["127.0.0.1"] })), /^refuse: .*127\.0\.0\.1/);
});

test("a public test broker bears 20 devices, and no flag and no answer changes that", () => {
  const lent = { ...scale, hosts: ["127.0.0.1", "test.mosquitto.org"], connectRate: 1 };
  assert.equal(told(checkScale({ ...lent, devices: 20 })), "go");
  assert.match(
    told(checkScale({ ...lent, devices: 21, tty: true, iOperate: lent.hosts })),
    /^refuse: test\.mosquitto\.org is a public/,
  );
});

test("churn against a stranger's host needs the word at any size", () => {
  const rough = { ...scale, devices: 1, connectRate: 1, roughFlag: "--churn", tty: true };
  assert.match(told(checkScale(rough)), /^refuse: --churn against mq\.example\.com.*--i-operate/);
  assert.equal(told(checkScale({ ...rough, iOperate: ["mq.example.com"] })), "go");
  assert.equal(told(checkScale({ ...rough, hosts: ["10.0.0.1"] })), "go");
});

test("a made-up message goes to this machine only", () => {
  assert.equal(told(checkPayloadGiven({ loopback: true, given: false })), "go");
  assert.equal(told(checkPayloadGiven({ loopback: false, given: true })), "go");
  assert.match(told(checkPayloadGiven({ loopback: false, given: false })), /^refuse: .*payload file/);
});

test("consent can only loosen: what goes without a word goes with one", () => {
  fc.assert(
    fc.property(
      fc.nat(5000),
      fc.nat(2000),
      fc.array(fc.constantFrom("a.example.com", "10.0.0.1", "broker.emqx.io", "127.0.0.1"), { minLength: 1 }),
      (count, connectRate, hosts) => {
        const run = { ...scale, devices: count, connectRate, hosts };
        if (told(checkScale(run)) === "go") assert.equal(told(checkScale({ ...run, iOperate: hosts })), "go");
        if (hosts.includes("broker.emqx.io") && count > 20)
          assert.match(told(checkScale({ ...run, iOperate: hosts })), /^refuse/);
      },
    ),
  );
});
