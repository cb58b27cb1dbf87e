import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPopDeviceLister } from "../../src/cloud/pop-device-lister.js";
import { createPopDeviceMaker } from "../../src/cloud/pop-device-maker.js";
import { clientOf, failureOf } from "../support/pop-failure.js";
import { everythingIn } from "../support/pop-keys.js";
import { answer, startPopScriptedServer } from "../support/pop-scripted-server.js";

const { signal } = new AbortController();
const SECRET = "0123456789abcdef0123456789abcdef";

/** A maker and a lister before a server with one answer. */
const before = async (body: object) => {
  const server = await startPopScriptedServer(answer({ Success: true, ...body }));
  const client = clientOf(server.endpoint);
  return { server, maker: createPopDeviceMaker(client), lister: createPopDeviceLister(client) };
};

describe("the batch calls", () => {
  it("keep an apply id beyond 2^53 digit for digit", async () => {
    await using exact = await startPopScriptedServer(answer('{"Success":true,"Data":{"ApplyId":1234291569964771840}}'));
    assert.equal(await createPopDeviceMaker(clientOf(exact.endpoint)).begin("pk", 5, signal), "1234291569964771840");
  });

  for (const [name, body, call] of [
    ["an apply id that is none", { Data: { ApplyId: { evil: true } } }, "begin"],
    ["a status that is none", { Data: { Status: "MELTED" } }, "progress"],
    [
      "a device without a secret",
      { ApplyDeviceList: { ApplyDeviceInfo: [{ DeviceName: "dk001" }] }, Total: 1 },
      "page",
    ],
    [
      "a device with a hostile name",
      { ApplyDeviceList: { ApplyDeviceInfo: [{ DeviceName: "=cmd()\n", DeviceSecret: SECRET }] }, Total: 1 },
      "page",
    ],
    ["a total that is none", { ApplyDeviceList: {}, Total: "many" }, "page"],
  ] as const) {
    it(`refuse ${name}, and show no secret`, async () => {
      const { server, maker } = await before(body);
      await using _server = server;
      const asked =
        call === "begin"
          ? maker.begin("pk", ["dk001"], signal)
          : call === "progress"
            ? maker.progress("pk", "1", signal)
            : maker.page("pk", "1", 1, signal);
      const failure = await failureOf(asked);
      assert.equal(failure.code, "api-refused");
      assert.ok(!everythingIn(failure).includes(SECRET));
    });
  }

  it("name the names that cannot be", async () => {
    const { server, maker } = await before({ Data: { InvalidDeviceNameList: { InvalidDeviceName: ["a b", 5, "c"] } } });
    await using _server = server;
    assert.match((await failureOf(maker.begin("pk", ["a b", "c"], signal))).message, /: a b, c$/);
  });
});

describe("a list", () => {
  it("leaves out what is no device and hands no secret on", async () => {
    const good = { DeviceName: "dk001", DeviceSecret: SECRET, DeviceStatus: "ONLINE", Nickname: "n" };
    const list = [null, 5, good, { DeviceName: "x\u001b[2J" }, { ...good, DeviceStatus: "MELTED" }];
    const { server, lister } = await before({ Data: { DeviceInfo: list }, Total: 5 });
    await using _server = server;
    assert.deepEqual(await lister.page({ productKey: "pk", state: null }, null, signal), {
      devices: [{ productKey: "pk", deviceName: "dk001", state: "ONLINE", nickname: "n" }],
      total: 5,
      next: null,
    });
  });

  it("fails without a count", async () => {
    const { server, lister } = await before({ Data: {} });
    await using _server = server;
    assert.equal(
      (await failureOf(lister.page({ productKey: "pk", state: "ONLINE" }, null, signal))).code,
      "api-refused",
    );
  });
});
