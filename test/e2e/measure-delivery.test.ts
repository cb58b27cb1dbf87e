import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { MeasureResult } from "../../src/domain/measure-result.js";
import { type Finished, iotb, onlyBroadcast, resultOf } from "../support/measure-cli.js";
import { type BroadcastFate, type ProxiedBroadcast, startMqttProxy } from "../support/measure-mqtt-proxy.js";
import { type MeasureStage, nameOf, startStage } from "../support/measure-platform-stage.js";
import { PRODUCT } from "../support/platform-start.js";

const QUICK = ["--drain", "500ms", "--linger", "100ms", "--json"];
const COUNT = 6;

describe("what goes wrong between the platform and the devices", { timeout: 240_000 }, () => {
  let stage: MeasureStage;
  let third: string;
  let fifth: string;

  before(async () => {
    stage = await startStage(COUNT);
    third = nameOf(stage.devices, 2);
    fifth = nameOf(stage.devices, 4);
  });
  after(() => stage[Symbol.asyncDispose]());

  const measure = async (
    fateOf: (broadcast: ProxiedBroadcast) => BroadcastFate,
    ...flags: string[]
  ): Promise<Finished & { result: MeasureResult }> => {
    await using proxy = await startMqttProxy(stage.mqtt, fateOf);
    const flagsOfAll = ["--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url }), ...QUICK, ...flags];
    const finished = await iotb(["measure", ...flagsOfAll]);
    return { ...finished, result: resultOf(finished) };
  };
  const at = (name: string, fate: BroadcastFate) => (broadcast: ProxiedBroadcast) =>
    broadcast.deviceName === name ? fate : "pass";

  /** Holds for every run: the account closes. */
  const assertCloses = ({ total, broadcasts }: MeasureResult): void => {
    for (const account of [total, ...broadcasts]) {
      const { expected, delivered, missing, excused, unknown } = account;
      assert.equal(expected, delivered + (missing ?? 0) + (excused ?? 0) + unknown);
    }
  };

  it("passes with no fault, which shows that the proxy makes none", async () => {
    const { code, result } = await measure(() => "pass");
    assert.equal(code, 0);
    assert.equal(onlyBroadcast(result).delivered, COUNT);
    assertCloses(result);
  });

  it("excuses the device whose connection is cut, by name, and fails", async () => {
    const { code, result } = await measure(at(third, "cut"));
    const broadcast = onlyBroadcast(result);
    assert.equal(code, 6);
    assert.equal(result.verdict, "fail");
    assert.deepEqual(
      [broadcast.expected, broadcast.delivered, broadcast.missing, broadcast.excused],
      [COUNT, COUNT - 1, 0, 1],
    );
    assert.deepEqual(broadcast.excusedDevices, [third]);
    assert.deepEqual(broadcast.missingDevices, []);
    assert.equal(broadcast.coverageMs.p100, null);
    assertCloses(result);
  });

  it("expects a device again that came back with --reconnect backoff", async () => {
    const { code, result } = await measure(
      ({ deviceName, nth }) => (deviceName === third && nth === 1 ? "cut" : "pass"),
      // it comes back 1 to 2 s after the cut; the next broadcast is due 4 s after it
      ...["--broadcasts", "2", "--reconnect", "backoff", "--allow-excused", "1", "--drain", "3s"],
    );
    assert.equal(code, 0);
    assert.deepEqual(
      result.broadcasts.map(({ expected, delivered, excused }) => [expected, delivered, excused]),
      [
        [COUNT, COUNT - 1, 1],
        [COUNT, COUNT, 0],
      ],
    );
  });

  it("lets one cut connection pass with --allow-excused 1", async () => {
    const { code, result } = await measure(at(third, "cut"), "--allow-excused", "1");
    assert.equal(code, 0);
    assert.equal(result.verdict, "pass");
    assert.equal(result.total.excused, 1);
  });

  it("warns of a duplicate and passes", async () => {
    const { code, result } = await measure(at(third, "twice"));
    const broadcast = onlyBroadcast(result);
    assert.equal(code, 0);
    assert.equal(broadcast.delivered, COUNT);
    assert.equal(broadcast.duplicates, 1);
    assert.deepEqual(broadcast.duplicateDevices, [third]);
    assert.match(result.warnings.join("\n"), /^1 duplicate/);
  });

  it("names exactly the device that misses it", async () => {
    const { code, result } = await measure(at(third, "drop"));
    const broadcast = onlyBroadcast(result);
    assert.equal(code, 6);
    assert.deepEqual(broadcast.missingDevices, [third]);
    assert.deepEqual([broadcast.delivered, broadcast.missing, broadcast.excused], [COUNT - 1, 1, 0]);
    assert.match(result.causes.join("\n"), /missing: 1/);
    assertCloses(result);
  });

  it("never lets a duplicate make up for a loss", async () => {
    const { code, result } = await measure(({ deviceName }) =>
      deviceName === third ? "drop" : deviceName === fifth ? "twice" : "pass",
    );
    const broadcast = onlyBroadcast(result);
    assert.equal(code, 6);
    assert.deepEqual([broadcast.delivered, broadcast.missing, broadcast.duplicates], [COUNT - 1, 1, 1]);
    assert.deepEqual([broadcast.missingDevices, broadcast.duplicateDevices], [[third], [fifth]]);
    assertCloses(result);
  });

  it("sees one wrong byte", async () => {
    const { code, result } = await measure(at(third, "corrupt"));
    const broadcast = onlyBroadcast(result);
    assert.equal(code, 6);
    assert.deepEqual([broadcast.delivered, broadcast.corrupt], [COUNT, 1]);
    assert.match(result.causes.join("\n"), /corrupt: 1/);
  });

  it("counts a message that names another device as a stray, and not as that one's", async () => {
    const { code, result } = await measure(at(third, { readdressedTo: { deviceName: fifth } }));
    const broadcast = onlyBroadcast(result);
    assert.equal(code, 6);
    assert.deepEqual([broadcast.delivered, broadcast.missing, broadcast.strays], [COUNT - 1, 1, 1]);
    assert.deepEqual([broadcast.missingDevices, broadcast.strayDevices], [[third], [third]]);
    assert.equal(broadcast.duplicates, 0);
    assertCloses(result);
  });

  it("counts a message that names the same device of another product as a stray", async () => {
    const { code, result } = await measure(at(third, { readdressedTo: { productKey: "b9Z8y7X6w5V" } }));
    const broadcast = onlyBroadcast(result);
    assert.equal(code, 6);
    assert.deepEqual([broadcast.delivered, broadcast.missing, broadcast.strays], [COUNT - 1, 1, 1]);
    assert.deepEqual([broadcast.missingDevices, broadcast.strayDevices], [[third], [third]]);
    assertCloses(result);
  });

  it("keeps overlapping broadcasts in the order sent, whichever settles first", async () => {
    const { code, result } = await measure(
      ({ deviceName, nth }) => (deviceName === third && nth === 1 ? "drop" : "pass"),
      ...["--broadcasts", "3", "--interval", "50ms"],
    );
    assert.equal(code, 6);
    assert.deepEqual(
      result.broadcasts.map(({ delivered, missingDevices }) => [delivered, missingDevices]),
      [
        [COUNT - 1, [third]],
        [COUNT, []],
        [COUNT, []],
      ],
    );
    const sent = result.broadcasts.map(({ sentAtUs }) => sentAtUs);
    assert.deepEqual(
      sent,
      sent.toSorted((a, b) => a - b),
    );
    assertCloses(result);
  });

  it("tells the same in words", async () => {
    await using proxy = await startMqttProxy(stage.mqtt, at(third, "drop"));
    const flags = ["--devices", stage.devicesFile, ...stage.target({ mqtt: proxy.url }), "--drain", "500ms"];
    const { code, stdout } = await iotb(["measure", ...flags]);
    assert.equal(code, 6);
    assert.match(stdout, new RegExp(`^missing +${third}$`, "m"));
    assert.match(stdout, /^verdict +FAIL$/m);
    assert.match(stdout, /delivered 5 \+ missing 1 \+ excused 0 \+ unknown 0/);
  });

  describe("a subscribed broadcast", () => {
    const topic = ["--topic-full-name", `/broadcast/${PRODUCT}/group1`, "--broadcasts", "2"];

    it("reaches every subscriber", async () => {
      const { code, result } = await measure(() => "pass", ...topic);
      assert.equal(code, 0);
      assert.deepEqual(
        result.broadcasts.map(({ delivered }) => delivered),
        [COUNT, COUNT],
      );
    });

    it("does not guess which of two calls a receipt belongs to", async () => {
      const { code, result } = await measure(
        ({ deviceName, nth }) => (deviceName === third && nth === 1 ? "drop" : "pass"),
        ...topic,
      );
      const [first, second] = result.broadcasts;
      assert.equal(code, 7);
      assert.equal(result.verdict, "invalid");
      assert.deepEqual([first?.missing, first?.missingDevices], [1, [third]]);
      assert.deepEqual([second?.delivered, second?.unknown, second?.missing], [COUNT - 1, 1, 0]);
      assert.equal(result.total.ambiguous, 1);
      assertCloses(result);
    });
  });
});
