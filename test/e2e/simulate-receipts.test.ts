import assert from "node:assert/strict";
import { test } from "node:test";
import { readTripletFile } from "../../src/files/triplet-file.js";
import { DEVICES_4, PAYLOAD, PRODUCT, type RunningPlatform, startPlatformProgram } from "../support/e2e-platform.js";
import { runIotb, startIotb } from "../support/e2e-process.js";
import { ndjson, Scratch } from "../support/e2e-scratch.js";

const SIMULATE = ["devices", "simulate", "--devices"];

/** Sends a broadcast and gives its message id. */
const broadcast = async ({ ready }: RunningPlatform, ...more: string[]): Promise<string> => {
  const payload = more.includes("-m") ? [] : [PAYLOAD];
  const args = ["broadcast", ...payload, "--product-key", PRODUCT, "--endpoint", ready.pop, "--json", ...more];
  const { code, stdout, stderr } = await runIotb(args);
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { messageId: string }).messageId;
};

test("four devices print a line a receipt, control characters escaped", async () => {
  await using platform = await startPlatformProgram();
  await using simulate = startIotb([...SIMULATE, DEVICES_4, "-h", platform.ready.mqtt, "--limit", "8"]);
  await simulate.printed(/^online 4\/4 in \d+\.\d\d s$/m);
  const first = await broadcast(platform);
  await simulate.printed(/(?:.*request\/.*\n){4}/);
  const second = await broadcast(platform, "--raw", "-m", "\u001b[2J\u0007beep");
  const { code, stdout, stderr } = await simulate.ended;
  assert.equal(code, 0, stderr);
  const line = (name: string, id: string, body: string) =>
    `${name}  /sys/${PRODUCT}/${name}/broadcast/request/${id}  ${body}`;
  const names = ["dk001", "dk002", "dk003", "dk004"];
  const wanted = [
    ...names.map((name) => line(name, first, '{"volume":80,"mode":4}')),
    ...names.map((name) => line(name, second, "\\x1b[2J\\x07beep")),
  ];
  assert.deepEqual(stdout.trimEnd().split("\n").sort(), wanted.sort());
  assert.match(stderr, /^target LOCAL mqtt:\/\/127\.0\.0\.1/);
});

test("fifty devices print a line a broadcast", async () => {
  using scratch = new Scratch();
  const file = scratch.at("fifty.csv");
  assert.equal((await runIotb(["devices", "generate", "-c", "50", "--output", file])).code, 0);
  await using platform = await startPlatformProgram({ devices: file });
  await using simulate = startIotb([...SIMULATE, file, "-h", platform.ready.mqtt, "-L", "50", "--workers", "2"]);
  await simulate.printed(/online 50\/50/);
  const id = await broadcast(platform);
  const { code, stdout } = await simulate.ended;
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^broadcast ${id} {2}50/50 devices, 50 receipts, first to last \\d+\\.\\d ms\\n$`));
});

test("which devices: -c, -n, --shard, --only; --connrate paces them, -d ends it", async () => {
  using scratch = new Scratch();
  await using platform = await startPlatformProgram();
  const simulate = [...SIMULATE, DEVICES_4, "-h", platform.ready.mqtt, "-d", "10ms"];
  const only = scratch.write("only.txt", "dk002\n\ndk004\n");
  const choices: readonly (readonly [string, readonly string[]])[] = [
    ["-c 2", ["dk001", "dk002"]],
    ["-c 2 -n 3", ["dk003", "dk004"]],
    ["-n 4", ["dk004"]],
    ["--shard 1/3", ["dk001"]],
    ["--shard 3/3", ["dk003", "dk004"]],
    [`--only ${only}`, ["dk002", "dk004"]],
    [`--only ${only} -n 2 -R 1000/s`, ["dk004"]],
    ["-c 3 -R 10", ["dk001", "dk002", "dk003"]],
  ];
  for (const [flags, names] of choices) {
    const { code, stdout, stderr } = await runIotb([...simulate, "--receipts", "-", ...flags.split(" ")]);
    assert.equal(code, 0, stderr);
    const online = ndjson(stdout).filter(({ state }) => state === "online");
    assert.deepEqual(online.map(({ deviceName }) => deviceName).sort(), names, flags);
    if (!flags.endsWith("-R 10")) continue;
    // due at 0, 100 and 200 ms after the recording began: no load of this machine makes that sooner
    const begun = Number(ndjson(stdout)[0]?.["unixUs"]);
    const last = Math.max(...online.map(({ atUs }) => Number(atUs)));
    assert.ok(last - begun >= 200_000, "three devices at 10/s");
  }
  const tooMany = await runIotb([...simulate, "-c", "5"]);
  assert.equal(tooMany.code, 2);
  assert.match(tooMany.stderr, /has 4 devices, -c asks for 5/);
});

test("-t subscribes with placeholders, and a subscribed broadcast comes without a message id", async () => {
  await using platform = await startPlatformProgram();
  const topics = ["-t", `/${"$"}{productKey}/${"$"}{deviceName}/user/get`, "-t", `/broadcast/${PRODUCT}/hall`];
  const args = [
    ...SIMULATE,
    DEVICES_4,
    "-h",
    platform.ready.mqtt,
    "-L",
    "4",
    "--receipts",
    "-",
    "--payload",
    ...topics,
  ];
  await using simulate = startIotb([...args, "-q", "1"]);
  await simulate.printed(/online 4\/4/);
  await broadcast(platform, "--topic-full-name", `/broadcast/${PRODUCT}/hall`);
  const { code, stdout, stderr } = await simulate.ended;
  assert.equal(code, 0, stderr);
  const receipts = ndjson(stdout).filter(({ schema }) => schema === "iotb.receipt/1");
  assert.equal(receipts.length, 4);
  for (const { messageId, topic, payloadBase64 } of receipts) {
    assert.equal(messageId, null);
    assert.equal(topic, `/broadcast/${PRODUCT}/hall`);
    assert.equal(Buffer.from(String(payloadBase64), "base64").toString(), '{"volume":80,"mode":4}');
  }
});

test("--receipts - streams: a line is there while the command runs", async () => {
  await using platform = await startPlatformProgram();
  await using simulate = startIotb([...SIMULATE, DEVICES_4, "-h", platform.ready.mqtt, "--receipts", "-"]);
  await simulate.printed(/online 4\/4/);
  const id = await broadcast(platform);
  await simulate.printed(new RegExp(`"messageId":"${id}".*dk004`));
  const { code, stdout } = await simulate.interrupt();
  assert.equal(code, 130);
  assert.deepEqual(ndjson(stdout).at(-1), { schema: "iotb.end/1", presences: 8, receipts: 4 });
});

test("after Ctrl-C the recording is complete, keys and counts", async () => {
  using scratch = new Scratch();
  await using platform = await startPlatformProgram();
  const { triplets } = await readTripletFile(DEVICES_4);
  const file = scratch.at("receipts.ndjson");
  await using simulate = startIotb([...SIMULATE, DEVICES_4, "-h", platform.ready.mqtt, "--receipts", file, "--json"]);
  await platform.online(triplets, 4);
  await simulate.printed(/online 4\/4/);
  const messageId = await broadcast(platform);
  while (!scratch.read("receipts.ndjson").includes(`"deviceName":"dk004","topic"`)) await platform.online(triplets, 4);
  const { code, stdout, stderr } = await simulate.interrupt();
  assert.equal(code, 130, stderr);
  const summary = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(Object.keys(summary), [
    ...["schema", "requested", "online", "failed", "connectMs", "connectRate"],
    ...["receipts", "reconnects", "published", "disconnects", "seconds"],
  ]);
  const { schema, requested, online, failed, receipts, reconnects, disconnects } = summary;
  assert.deepEqual(
    { schema, requested, online, failed, receipts, reconnects, disconnects },
    {
      ...{ schema: "iotb.simulate/1", requested: 4, online: 4, failed: {} },
      ...{ receipts: 4, reconnects: 0, disconnects: { stopped: 4 } },
    },
  );
  assert.deepEqual(Object.keys(summary["connectMs"] as object), ["p50", "p99", "max"]);

  const records = scratch.records("receipts.ndjson");
  assert.deepEqual(Object.keys(records[0] ?? {}), ["schema", "bootId", "monotonicUs", "unixUs"]);
  assert.equal(records[0]?.["schema"], "iotb.clock/1");
  assert.deepEqual(records.at(-1), { schema: "iotb.end/1", presences: 8, receipts: 4 });
  const of = (schema: string) => records.filter((record) => record["schema"] === schema);
  const presences = of("iotb.presence/1");
  assert.deepEqual(presences.map(({ state }) => state).sort(), [
    ...Array(4).fill("offline"),
    ...Array(4).fill("online"),
  ]);
  for (const [i, receipt] of of("iotb.receipt/1").entries()) {
    assert.deepEqual(Object.keys(receipt), [
      ...["schema", "messageId", "productKey", "deviceName", "topic", "receivedAtUs"],
      ...["bytes", "payloadSha256", "qos", "dup"],
    ]);
    assert.equal(receipt["messageId"], messageId, String(i));
    assert.equal(receipt["bytes"], 22);
    assert.ok(Number.isSafeInteger(receipt["receivedAtUs"]));
  }
});
