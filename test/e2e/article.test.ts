import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readTripletFile } from "../../src/files/triplet-file.js";
import { DEVICES_4, PRODUCT, startPlatformProgram } from "../support/e2e-platform.js";
import { ProgramUnderTest } from "../support/e2e-process.js";

const program = (name: string): string =>
  fileURLToPath(new URL(`../../../test/fixtures/article/${name}`, import.meta.url));

test("the article's own programs: one call, one message id, four devices", async () => {
  await using platform = await startPlatformProgram();
  const { mqtt, pop, instanceId } = platform.ready;
  const { triplets } = await readTripletFile(DEVICES_4);
  await using devices = new Group();
  for (const triplet of triplets) {
    const config = JSON.stringify({ ...triplet, host: mqtt });
    const env = { IOT_DEVICE_CONFIG: config };
    devices.add(new ProgramUnderTest(process.execPath, [program("broadcast-device.cjs")], { env }));
  }
  await platform.online(triplets, 4);
  const env = {
    ACCESS_KEY_ID: "iotb-local",
    ACCESS_KEY_SECRET: "iotb-local",
    ENDPOINT: pop,
    PRODUCT_KEY: PRODUCT,
    IOT_INSTANCE_ID: instanceId,
  };
  await using cloud = new ProgramUnderTest(process.execPath, [program("broadcast.cjs")], { env });
  const answered = await cloud.ended;
  assert.equal(answered.code, 0, answered.stderr);
  const response: unknown = JSON.parse(answered.stdout);
  assert.ok(typeof response === "object" && response !== null && Reflect.get(response, "Success") === true);

  const ids = new Set<string>();
  for (const [i, device] of devices.members.entries()) {
    const name = triplets[i]?.deviceName ?? "";
    const [, topic = "", id = "", message] = await device.printed(/^\ttopic=(\S*\/(\d+))\n\tmessage=(.*)$/m);
    assert.equal(topic, `/sys/${PRODUCT}/${name}/broadcast/request/${id}`);
    assert.equal(message, '{"volume":80,"mode":4}');
    assert.match(device.stdout, /^设备收到全量广播消息:\n/);
    ids.add(id);
  }
  assert.equal(ids.size, 1, "one message id under four names");
  assert.match([...ids].join(), /^\d{19}$/);
});

/** Programs that are disposed together. */
class Group implements AsyncDisposable {
  readonly members: ProgramUnderTest[] = [];

  add(member: ProgramUnderTest): void {
    this.members.push(member);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member[Symbol.asyncDispose]()));
  }
}
