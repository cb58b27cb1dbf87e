import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { documentOf, iotb, onlyBroadcast, resultOf } from "../support/measure-cli.js";
import { type MeasureStage, startStage } from "../support/measure-platform-stage.js";
import { type CallFate, startPopProxy } from "../support/measure-pop-proxy.js";
import { PRODUCT } from "../support/platform-start.js";

const COUNT = 20;
const HELD_MS = 2000;
const SECRET = "wrong-secret-never-shown";

describe("what the API does to a measurement", { timeout: 240_000 }, () => {
  let stage: MeasureStage;
  before(async () => {
    stage = await startStage(COUNT);
  });
  after(() => stage[Symbol.asyncDispose]());

  const measureBy = (pop: string, ...flags: string[]) => {
    const quick = ["--drain", "1s", "--linger", "100ms", "--json"];
    return iotb(["measure", "--devices", stage.devicesFile, ...stage.target({ pop }), ...quick, ...flags]);
  };
  /** The fate of the first PubBroadcast; everything else passes. */
  const first =
    (fate: () => CallFate) =>
    ({ action, nth }: { action: string; nth: number }): CallFate =>
      action === "PubBroadcast" && nth === 1 ? fate() : { kind: "forward" };

  it("correlates receipts that came before the answer", async () => {
    await using proxy = await startPopProxy(
      stage.pop,
      first(() => ({ kind: "hold", until: wait(HELD_MS) })),
    );
    const finished = await measureBy(proxy.url);
    const result = resultOf(finished);
    const broadcast = onlyBroadcast(result);
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(result.verdict, "pass");
    assert.deepEqual([broadcast.expected, broadcast.delivered, result.total.foreign], [COUNT, COUNT, 0]);
    assert.ok(broadcast.apiMs >= HELD_MS, `apiMs ${broadcast.apiMs}`);
    assert.ok((broadcast.latencyMs.p50 ?? HELD_MS) < HELD_MS / 2, `p50 ${broadcast.latencyMs.p50}`);
  });

  it("never repeats a call whose answer was lost, and says that its fate is unknown", async () => {
    await using proxy = await startPopProxy(
      stage.pop,
      first(() => ({ kind: "lose" })),
    );
    const finished = await measureBy(proxy.url, "--broadcasts", "3");
    const result = resultOf(finished);
    assert.equal(finished.code, 8, finished.stderr);
    assert.equal(result.verdict, "error");
    assert.equal(proxy.calls("PubBroadcast"), 1);
    assert.deepEqual(result.broadcasts, []);
    assert.equal(result.total.foreign, COUNT, "the receipts of the call are seen, and nobody guesses whose they are");
  });

  it("reports a throttled call with exit code 4", async () => {
    const body = { RequestId: "r-1", Success: false, Code: "Throttling.User", ErrorMessage: "Request was denied" };
    await using proxy = await startPopProxy(
      stage.pop,
      first(() => ({ kind: "answer", status: 400, body })),
    );
    const finished = await measureBy(proxy.url);
    assert.equal(finished.code, 4, finished.stderr);
    assert.equal(resultOf(finished).verdict, "error");
    assert.match(resultOf(finished).causes.join("\n"), /throttled: Throttling\.User/);
    assert.equal(proxy.calls("PubBroadcast"), 1);
  });

  it("keeps the broadcasts that were measured before a call failed", async () => {
    const body = { RequestId: "r-2", Success: false, Code: "Forbidden.RAM", ErrorMessage: "no" };
    await using proxy = await startPopProxy(stage.pop, ({ action, nth }) =>
      action === "PubBroadcast" && nth === 2 ? { kind: "answer", status: 403, body } : { kind: "forward" },
    );
    const finished = await measureBy(proxy.url, "--broadcasts", "3");
    assert.equal(finished.code, 3, finished.stderr);
    assert.equal(onlyBroadcast(resultOf(finished)).delivered, COUNT);
    assert.equal(proxy.calls("PubBroadcast"), 2);
  });

  it("counts the receipts of other people's broadcasts, and measures its own beside them", async () => {
    const others = 3;
    const rounds = 3;
    const calls = ["--endpoint", stage.pop, "--product-key", PRODUCT, "--count", String(others), "-I", "10ms"];
    await using proxy = await startPopProxy(stage.pop, ({ action }) => {
      if (action !== "PubBroadcast") return { kind: "forward" };
      // strange ids first, then the run's own, whose receipts come before the answer tells its id
      const after = iotb(["broadcast", stage.payloadFile, ...calls]);
      return { kind: "hold", after, until: after.then(() => wait(300)) };
    });
    const finished = await measureBy(proxy.url, "--broadcasts", String(rounds));
    const result = resultOf(finished);
    assert.equal(finished.code, 0, finished.stdout);
    assert.deepEqual(
      result.broadcasts.map(({ expected, delivered }) => [expected, delivered]),
      Array.from({ length: rounds }, () => [COUNT, COUNT]),
    );
    assert.equal(result.total.foreign, rounds * others * COUNT);
    assert.equal(new Set(result.total.foreignIds).size, rounds * others);
    assert.match(result.warnings.join("\n"), /^180 foreign receipts/);
  });

  it("does not know what a gateway's 502 means", async () => {
    const body = { message: "bad gateway" };
    await using proxy = await startPopProxy(
      stage.pop,
      first(() => ({ kind: "answer", status: 502, body })),
    );
    const finished = await measureBy(proxy.url);
    assert.equal(finished.code, 8, finished.stderr);
    assert.equal(proxy.calls("PubBroadcast"), 1);
  });

  it("ends with exit code 3 where the AccessKey secret is wrong, and shows no secret", async () => {
    const env = { ALIBABA_CLOUD_ACCESS_KEY_ID: "iotb-local", ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET };
    const flags = ["--devices", stage.devicesFile, ...stage.target(), "--json", "--verbose"];
    const finished = await iotb(["measure", ...flags], { env });
    assert.equal(finished.code, 3, finished.stderr);
    assert.equal(resultOf(finished).verdict, "error");
    assert.match(resultOf(finished).causes.join("\n"), /SignatureDoesNotMatch/);
    const secrets = [SECRET, ...stage.devices.map(({ deviceSecret }) => deviceSecret)];
    for (const secret of secrets) assert.ok(!(finished.stdout + finished.stderr).includes(secret));
  });

  it("ends with exit code 3 where the platform does not know the product", async () => {
    await using other = await startStage(1, [
      { productKey: "b9Z8y7X6w5V", deviceName: "other", deviceSecret: "0".repeat(32) },
    ]);
    const finished = await measureBy(other.pop);
    assert.equal(finished.code, 3, finished.stderr);
    assert.match(resultOf(finished).causes.join("\n"), /NotExistedProduct/);
  });

  it("ends with exit code 3 where nobody answers at the API's address", async () => {
    const proxy = await startPopProxy(stage.pop);
    await proxy[Symbol.asyncDispose]();
    const finished = await measureBy(proxy.url);
    const result = resultOf(finished);
    assert.equal(finished.code, 3, finished.stderr);
    assert.equal(result.verdict, "error");
    assert.equal(result.fleet?.online, COUNT);
    assert.match(result.causes.join("\n"), /refused|ECONNREFUSED|not be reached/i);
  });

  it("fails before it starts with one document of its own", async () => {
    const finished = await measureBy(stage.pop, "--threshold", "nonsense<1");
    assert.equal(finished.code, 2);
    const { schema, exit, code } = documentOf(finished);
    assert.deepEqual([schema, exit, code], ["iotb.error/1", 2, "usage"]);
  });
});
