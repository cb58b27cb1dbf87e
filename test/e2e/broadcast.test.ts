import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { mustFail } from "../support/e2e-failure.js";
import { PAYLOAD, PRODUCT, startPlatformProgram } from "../support/e2e-platform.js";
import { runIotb, startIotb } from "../support/e2e-process.js";
import { ndjson, Scratch } from "../support/e2e-scratch.js";
import { answer, hold, reset, type Script, startPopScriptedServer } from "../support/pop-scripted-server.js";

const TO = ["--product-key", PRODUCT];
const KEYS = [
  ...["schema", "messageId", "requestId", "productKey", "topicFullName", "bytes"],
  ...["payloadSha256", "dueAtUs", "sentAtUs", "acceptedAtUs"],
];

/** Accepts a call under the id that its number gives. */
const accepting = (): Script => {
  let calls = 0;
  return (response, request) =>
    answer(`{"RequestId":"R-${++calls}","Success":true,"MessageId":${2124725072626188288n + BigInt(calls)}}`)(
      response,
      request,
    );
};

test("text says what was accepted, and that accepted is not delivered", async () => {
  await using api = await startPopScriptedServer(accepting());
  const { code, stdout, stderr } = await runIotb(["broadcast", PAYLOAD, ...TO, "--endpoint", api.endpoint]);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^accepted {2}message 2124725072626188289 {2}request R-1 {2}22 bytes to every online device of g6p/,
  );
  assert.match(stdout, /\naccepted is not delivered: .*iotb measure.*\n$/);
  assert.match(stderr, /^target LOCAL http:\/\/127\.0\.0\.1/);
  const { form } = await api.arrived(1);
  assert.equal(form["Action"], "PubBroadcast");
  assert.equal(Buffer.from(form["MessageContent"] ?? "", "base64").toString(), '{"volume":80,"mode":4}');
});

test("bytes are sent as they are: file, stdin, -m, --topic-full-name", async () => {
  await using api = await startPopScriptedServer(accepting());
  const to = [...TO, "--endpoint", api.endpoint, "--json"];
  const odd = ' { "b" : 1,\r\n "b" : 2.50 }\n';
  await runIotb(["broadcast", "-", ...to], { input: odd });
  await runIotb([
    "broadcast",
    "-m",
    odd,
    "--topic-full-name",
    `/broadcast/${PRODUCT}/hall`,
    "--endpoint",
    api.endpoint,
  ]);
  const contents = api.requests.map(({ form }) => Buffer.from(form["MessageContent"] ?? "", "base64").toString());
  assert.deepEqual(contents, [odd, odd]);
  assert.deepEqual(
    api.requests.map(({ form }) => [form["ProductKey"], form["TopicFullName"]]),
    [
      [PRODUCT, undefined],
      [PRODUCT, `/broadcast/${PRODUCT}/hall`],
    ],
  );
});

test("--count calls keep their due times; --json and --log say the same, and the log is added to", async () => {
  using scratch = new Scratch();
  await using api = await startPopScriptedServer(accepting());
  const log = scratch.at("sent.ndjson");
  const args = ["broadcast", PAYLOAD, ...TO, "--endpoint", api.endpoint, "--log", log, "--json"];
  const { code, stdout, stderr } = await runIotb([...args, "--count", "3", "-I", "100ms"]);
  assert.equal(code, 0, stderr);
  const printed = ndjson(stdout);
  for (const record of printed) assert.deepEqual(Object.keys(record), KEYS);
  assert.deepEqual(
    printed.map(({ messageId, requestId, bytes, topicFullName }) => ({ messageId, requestId, bytes, topicFullName })),
    [1n, 2n, 3n].map((i) => ({
      ...{ messageId: String(2124725072626188288n + i), requestId: `R-${i}`, bytes: 22, topicFullName: null },
    })),
  );
  const [first = 0, second = 0, third = 0] = printed.map(({ dueAtUs }) => Number(dueAtUs));
  assert.deepEqual([Math.round((second - first) / 10), Math.round((third - first) / 10)], [10_000, 20_000]);
  for (const { dueAtUs, sentAtUs, acceptedAtUs } of printed) {
    assert.ok(Number(dueAtUs) <= Number(sentAtUs) && Number(sentAtUs) <= Number(acceptedAtUs));
  }
  const [clock, ...logged] = scratch.records("sent.ndjson");
  assert.deepEqual(Object.keys(clock ?? {}), ["schema", "bootId", "monotonicUs", "unixUs"]);
  assert.deepEqual(logged, printed);
  await runIotb(args);
  const kinds = scratch.records("sent.ndjson").map(({ schema }) => schema);
  const call = "iotb.broadcast/1";
  assert.deepEqual(kinds, ["iotb.clock/1", call, call, call, "iotb.clock/1", call]);
});

test("--dry-run prints the plan and opens no connection", async () => {
  await using api = await startPopScriptedServer(accepting());
  const args = ["broadcast", PAYLOAD, ...TO, "--endpoint", api.endpoint, "--count", "2", "--dry-run"];
  const text = await runIotb(args);
  assert.equal(text.code, 0);
  assert.match(text.stdout, /would send 2 calls, 1 s apart, 22 bytes each, to every online device[\s\S]*sent nothing/);
  const json = await runIotb([...args, "--json"]);
  const { schema, calls, bytes } = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.deepEqual({ schema, calls, bytes }, { schema: "iotb.plan/1", calls: 2, bytes: 22 });
  assert.equal(api.requests.length, 0);
});

test("exit codes: refused 3, unreachable 3, throttled 4, no answer 8, and no call is repeated", async () => {
  const cases: readonly (readonly [Script, number, RegExp, RegExp])[] = [
    [
      answer({ Code: "SignatureDoesNotMatch", Message: "no", RequestId: "R" }, 400),
      3,
      /SignatureDoesNotMatch/,
      /secret/,
    ],
    [
      answer({ Success: false, Code: "iot.prod.NotExistedProduct", ErrorMessage: "no", RequestId: "R" }),
      3,
      /NotExist/,
      /./,
    ],
    [answer({ Code: "Throttling.User", Message: "too often", RequestId: "R" }, 400), 4, /was throttled/, /wait/],
    [reset, 8, /its fate is unknown/, /look for receipts/],
    [answer("<html>", 200), 8, /its fate is unknown/, /before you repeat/],
    [answer({}, 504), 8, /its fate is unknown/, /before you repeat/],
  ];
  for (const [script, code, error, hint] of cases) {
    await using api = await startPopScriptedServer(script);
    const args = ["broadcast", PAYLOAD, ...TO, "--endpoint", api.endpoint, "--count", "3", "-I", "1ms"];
    await mustFail(args, { code, error, hint });
    assert.equal(api.requests.length, 1, `${error} is not repeated`);
  }
  await mustFail(["broadcast", PAYLOAD, ...TO, "--endpoint", "http://127.0.0.1:1"], {
    code: 3,
    error: /could not be reached/,
  });
});

test("what was accepted before a failure is printed and logged", async () => {
  using scratch = new Scratch();
  const accept = accepting();
  let calls = 0;
  await using api = await startPopScriptedServer((response, request) =>
    calls++ === 0 ? accept(response, request) : reset(response, request),
  );
  const args = ["broadcast", PAYLOAD, ...TO, "--endpoint", api.endpoint, "--count", "3", "-I", "1ms"];
  const { code, stdout } = await runIotb([...args, "--log", scratch.at("sent.ndjson")]);
  assert.equal(code, 8);
  assert.match(stdout, /^accepted {2}message/);
  assert.equal(scratch.records("sent.ndjson").length, 2);
});

test("Ctrl-C between two calls: nothing more is sent, the log is whole", async () => {
  using scratch = new Scratch();
  await using api = await startPopScriptedServer(accepting());
  const log = scratch.at("sent.ndjson");
  const args = ["broadcast", PAYLOAD, ...TO, "--endpoint", api.endpoint, "--count", "2", "-I", "1h", "--log", log];
  await using program = startIotb(args);
  await program.printed(/^accepted .*\n/m);
  const { code } = await program.interrupt();
  assert.equal(code, 130);
  assert.equal(api.requests.length, 1);
  assert.equal(scratch.records("sent.ndjson").length, 2);
});

test("Ctrl-C during a call waits for its answer; a second one leaves at once", async () => {
  await using api = await startPopScriptedServer(hold);
  await using program = startIotb(["broadcast", PAYLOAD, ...TO, "--endpoint", api.endpoint]);
  await api.arrived(1);
  program.child.kill("SIGINT");
  await program.printed(/press Ctrl-C again/);
  assert.equal((await program.interrupt()).code, 130);
});

test("a profile of ~/.aliyun/config.json signs where it is asked for", async () => {
  using home = new Scratch();
  mkdirSync(home.at(".aliyun"));
  const profile = {
    name: "lab",
    mode: "AK",
    access_key_id: "LabId",
    access_key_secret: "LabSecret",
    region_id: "cn-lab",
  };
  home.write(".aliyun/config.json", JSON.stringify({ current: "default", profiles: [profile] }));
  await using platform = await startPlatformProgram({ accessKey: "LabId:LabSecret" });
  const args = ["broadcast", PAYLOAD, ...TO, "--endpoint", platform.ready.pop];
  const env = { HOME: home.path };
  const asked = await runIotb([...args, "--profile", "lab", "--verbose"], { env });
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(asked.stderr, /credentials = profile lab of .*config\.json/);
  assert.doesNotMatch(asked.stderr, /LabSecret/);
  const unasked = await runIotb(args, { env });
  assert.equal(unasked.code, 3, "loopback takes the published key, not the profile");
  await mustFail([...args, "--profile", "none"], { code: 3, error: /has no profile none/, hint: /lab/, env });
});

test("keys of the environment sign on loopback; half a pair is an error", async () => {
  await using platform = await startPlatformProgram({ accessKey: "LabId:LabSecret" });
  const args = ["broadcast", PAYLOAD, ...TO, "--endpoint", platform.ready.pop];
  const env = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LabId", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "LabSecret" };
  assert.equal((await runIotb(args, { env })).code, 0);
  const half = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LabId" };
  await mustFail(args, { code: 3, error: /no AccessKey secret/, env: half });
});

test("a cloud target without credentials: exit 3, and no name is even looked up", async () => {
  const wanted = { code: 3, error: /no AccessKey id and no AccessKey secret/, hint: /ALIBABA_CLOUD_ACCESS_KEY_ID/ };
  await mustFail(["broadcast", PAYLOAD, ...TO], wanted);
  await mustFail(["broadcast", PAYLOAD, ...TO, "--region", "cn-shanghai", "--confirm-product", PRODUCT], wanted);
});

test("off loopback the product must be confirmed, and --yes does not count", async () => {
  const info = { Success: true, RequestId: "R", Data: { ProductName: "lamps", ProductKey: PRODUCT } };
  await using api = await startPopScriptedServer(answer(info));
  const env = { IOTB_GUARD_LOOPBACK: "1" };
  const args = ["broadcast", PAYLOAD, ...TO, "--endpoint", api.endpoint, "--yes"];
  const wanted = {
    code: 2,
    error: /needs your confirmation, and --yes counts on this machine only/,
    hint: /--confirm-product/,
  };
  await mustFail(args, { ...wanted, env });
  assert.ok(api.requests.every(({ form }) => form["Action"] !== "PubBroadcast"));
});
