import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { LocalPlatform } from "../../src/platform/local-platform.js";
import { API_WITNESSES, type WitnessAnswer } from "../support/api-witness.js";
import {
  connectPacket,
  nextConnack,
  nextPublish,
  openOnline,
  openRaw,
  subscribeTo,
} from "../support/platform-device.js";
import { ACCESS_KEY, nth, PRODUCT, startPlatform, triplets } from "../support/platform-start.js";

const devices = triplets(60);
const NAME = "dev_000000";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

for (const witness of API_WITNESSES) {
  suite(`the local platform called by ${witness.name}`, { timeout: 240_000 }, () => {
    type Action = Parameters<typeof witness.call>[1];
    const ask = (
      platform: LocalPlatform,
      action: Action,
      parameters: Record<string, string>,
      keys: { accessKeyId: string; accessKeySecret: string; securityToken?: string } = ACCESS_KEY,
    ): Promise<WitnessAnswer> =>
      witness.call({ endpoint: platform.popUrl, ...keys }, action, {
        ProductKey: PRODUCT,
        IotInstanceId: "iot-test",
        ...parameters,
      });

    for (const text of ["hello world ~*!'()", "灯 + / = & ? #", "\u00ff".repeat(32_768)]) {
      test(`PubBroadcast of ${Buffer.byteLength(text)} bytes arrives as it was sent`, async () => {
        await using platform = await startPlatform(devices);
        await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
        const { fields } = await ask(platform, "PubBroadcast", { MessageContent: base64(text) });
        assert.equal(fields["Success"], true);
        assert.match(String(fields["RequestId"]), /^[0-9A-F-]{36}$/);
        const { topic, payload } = await nextPublish(device);
        assert.equal(payload.toString(), text);
        // one client keeps the id exact, the other rounds it as the vendor's own does
        const given = fields["MessageId"];
        const sent = topic.slice(topic.lastIndexOf("/") + 1);
        assert.equal(
          typeof given === "number" ? given : String(given),
          typeof given === "number" ? Number(sent) : sent,
        );
      });
    }

    test("Pub arrives, and its MessageId is a text", async () => {
      await using platform = await startPlatform(devices);
      await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
      const topic = `/${PRODUCT}/${NAME}/user/get`;
      await subscribeTo(device, [topic]);
      const { fields } = await ask(platform, "Pub", {
        TopicFullName: topic,
        MessageContent: base64("(a*b)!"),
        Qos: "0",
      });
      assert.match(String(fields["MessageId"]), /^\d{19}$/);
      assert.equal(typeof fields["MessageId"], "string");
      assert.equal((await nextPublish(device)).payload.toString(), "(a*b)!");
    });

    test("RRpc waits for the device", async () => {
      await using platform = await startPlatform(devices);
      await using device = await openOnline(platform.mqttUrl, nth(devices, 0));
      await subscribeTo(device, [`/sys/${PRODUCT}/${NAME}/rrpc/request/+`]);
      const answer = ask(platform, "RRpc", { DeviceName: NAME, RequestBase64Byte: base64("?"), Timeout: "2000" });
      const { topic } = await nextPublish(device);
      const reply = { cmd: "publish", qos: 0, dup: false, retain: false, payload: Buffer.from("!") } as const;
      device.send({ ...reply, topic: topic.replace("request", "response") });
      const { fields } = await answer;
      assert.deepEqual([fields["RrpcCode"], fields["PayloadBase64Byte"]], ["SUCCESS", base64("!")]);
    });

    test("devices are paged to the end by their tokens", async () => {
      await using platform = await startPlatform(devices);
      const names: string[] = [];
      for (let page = 1, token = ""; page === 1 || token !== ""; page++) {
        const { fields } = await ask(platform, "QueryDevice", {
          PageSize: "50",
          CurrentPage: String(page),
          ...(token === "" ? {} : { NextToken: token }),
        });
        const { DeviceInfo } = fields["Data"] as { DeviceInfo: { DeviceName: string }[] };
        names.push(...DeviceInfo.map(({ DeviceName }) => DeviceName));
        token = String(fields["NextToken"] ?? "");
      }
      assert.deepEqual(names, devices.map(({ deviceName }) => deviceName).reverse());
    });

    test("a batch is registered, polled, listed, and its devices log in until they are disabled", async () => {
      await using platform = await startPlatform(devices);
      const begun = await ask(platform, "BatchRegisterDevice", { Count: "3" });
      const ApplyId = String((begun.fields["Data"] as Record<string, unknown>)["ApplyId"]);
      let status: unknown = "CREATE";
      while (status === "CREATE") {
        const { fields } = await ask(platform, "QueryBatchRegisterDeviceStatus", { ApplyId });
        status = (fields["Data"] as Record<string, unknown>)["Status"];
      }
      assert.equal(status, "CREATE_SUCCESS");
      const { fields } = await ask(platform, "QueryPageByApplyId", { ApplyId });
      const { ApplyDeviceInfo } = fields["ApplyDeviceList"] as { ApplyDeviceInfo: Record<string, string>[] };
      assert.equal(ApplyDeviceInfo.length, 3);
      const { DeviceName = "", DeviceSecret = "" } = ApplyDeviceInfo[0] ?? {};
      const triplet = { productKey: PRODUCT, deviceName: DeviceName, deviceSecret: DeviceSecret };
      await using device = await openOnline(platform.mqttUrl, triplet);
      assert.equal((await ask(platform, "DisableThing", { DeviceName })).fields["Success"], true);
      await device.ended();
      await using again = await openRaw(platform.mqttUrl);
      again.send(connectPacket(triplet));
      assert.equal((await nextConnack(again)).returnCode, 5);
    });

    test("a business error is HTTP 200, a gateway's is not", async () => {
      await using platform = await startPlatform(devices, { quota: "real" });
      const MessageContent = base64("x");
      const unknown = await ask(platform, "Pub", { ProductKey: "nobody", TopicFullName: "/x", MessageContent });
      assert.deepEqual(
        [unknown.status, unknown.fields["Success"], unknown.fields["Code"], unknown.fields["ErrorMessage"]],
        [200, false, "iot.prod.NotExistedProduct", "The specified product does not exist."],
      );
      assert.equal((await ask(platform, "PubBroadcast", { MessageContent })).fields["Success"], true);
      const throttled = await ask(platform, "PubBroadcast", { MessageContent });
      assert.deepEqual([throttled.status, throttled.fields["Code"]], [400, "Throttling.User"]);
      const stranger = await ask(
        platform,
        "PubBroadcast",
        { MessageContent },
        { ...ACCESS_KEY, accessKeyId: "nobody" },
      );
      assert.deepEqual([stranger.status, stranger.fields["Code"]], [404, "InvalidAccessKeyId.NotFound"]);
      const liar = await ask(platform, "PubBroadcast", { MessageContent }, { ...ACCESS_KEY, accessKeySecret: "wrong" });
      assert.deepEqual([liar.status, liar.fields["Code"]], [400, "SignatureDoesNotMatch"]);
    });

    test("a temporary key counts together with its token only", async () => {
      const temporary = { ...ACCESS_KEY, securityToken: "CAIS+the/token=(*)" };
      await using platform = await startPlatform(devices, { accessKeys: [temporary] });
      const code = async (keys: Parameters<typeof ask>[3]) =>
        (await ask(platform, "QueryDevice", {}, keys)).fields["Code"] ?? null;
      assert.equal(await code(temporary), null);
      assert.equal(await code(ACCESS_KEY), "MissingSecurityToken");
      assert.equal(await code({ ...ACCESS_KEY, securityToken: "other" }), "InvalidSecurityToken.MismatchWithAccessKey");
    });
  });
}
