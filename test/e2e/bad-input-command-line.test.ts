import assert from "node:assert/strict";
import { test } from "node:test";
import { mustFail } from "../support/e2e-failure.js";
import { DEVICES_4, PAYLOAD, PRODUCT } from "../support/e2e-platform.js";
import { runIotb } from "../support/e2e-process.js";

const SIMULATE = ["devices", "simulate", "--devices", DEVICES_4];

test("a mistyped command or flag names the nearest", async () => {
  const wrong: readonly (readonly [string, RegExp, RegExp])[] = [
    ["brodcast", /unknown command 'brodcast'/, /Did you mean broadcast\?/],
    ["devices simulat", /unknown command 'simulat'/, /Did you mean simulate\?/],
    ["simulate --devices x", /unknown command 'simulate'/, /Did you mean iotb devices simulate\?/],
    ["generate -c 4", /unknown command 'generate'/, /Did you mean iotb devices generate\?/],
    ["measure --locl", /unknown option '--locl'/, /Did you mean --local\?/],
    ["devices simulate --reciepts x", /unknown option '--reciepts'/, /Did you mean --receipts\?/],
    ["platform --mqttport 1", /unknown option '--mqttport'/, /Did you mean --mqtt-port\?/],
    ["broadcast a b", /too many arguments/, /./],
    ["broadcast --count", /argument missing/, /./],
    ["broadcast -c 3 x", /unknown option '-c'/, /./],
  ];
  for (const [line, error, hint] of wrong) await mustFail(line.split(" "), { code: 2, error, hint });
});

test("a value that cannot be is refused with the flag's name", async () => {
  const simulate = "devices simulate --devices x";
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["broadcast x --count 0", /--count: "0" is not a whole number from 1/],
    ["broadcast x -I soon", /--interval: "soon"/],
    ["broadcast x --product-key a/b", /--product-key: "a\/b" is not a product key/],
    ["broadcast x --topic-full-name /sys/a/b", /--topic-full-name: "\/sys\/a\/b" is not a broadcast topic/],
    ["broadcast x --topic-full-name /broadcast/a/b --product-key c", /the topic is of product a, not c/],
    ["broadcast x --endpoint iot.cn-shanghai.aliyuncs.com", /--endpoint: .* is not an http or https URL/],
    ["broadcast x --endpoint http://iot.cn-shanghai.aliyuncs.com", /plain http is allowed on loopback only/],
    ["broadcast x --endpoint https://u:canary@localhost", /a URL with a user or a password in it/],
    ["broadcast x --region a.b", /--region: "a\.b" is not letters/],
    [`${simulate} -h http://127.0.0.1`, /"http:\/\/127\.0\.0\.1" is not an MQTT endpoint/],
    [`${simulate} --shard 3/2`, /--shard: "3\/2" is not a part of a fleet/],
    [`${simulate} -w 101%`, /--wait-for-fleet: "101%"/],
    [`${simulate} -R 0/s`, /--connrate: "0\/s"/],
    [`${simulate} -R 5 -i 10`, /--connrate and --connect-interval say the same/],
    [`${simulate} -t a/#/b`, /--topic: "a\/#\/b" is not a topic filter/],
    [`${simulate} --payload`, /--payload keeps messages in the receipts file/],
    [`${simulate} --cert x`, /--cert and --key belong together/],
    ["platform --bind localhost", /--bind: "localhost" is not an IP address/],
    ["platform --mqtt-port 65536", /--mqtt-port: "65536" is not a whole number from 0 to 65535/],
    ["platform --mqtt-port 9 --pop-port 9", /--mqtt-port and --pop-port are both 9/],
    ["devices generate -c 4 --prefix a/b", /--prefix "a\/b" does not make device names/],
  ];
  for (const [line, error] of wrong) {
    const { stderr } = await mustFail(line.split(" "), { code: 2, error });
    assert.doesNotMatch(stderr, /canary/);
  }
});

test("an access key that is no key is refused without being shown", async () => {
  const env = { IOTB_ACCESS_KEY: "canary-without-colon" };
  const { stderr } = await mustFail(["platform"], { code: 2, error: /IOTB_ACCESS_KEY: .*ID:SECRET/, env });
  assert.doesNotMatch(stderr, /canary/);
});

test("contradicting flags are refused, weaker sources give way", async () => {
  for (const [flag, value] of [
    ["--host", "127.0.0.1"],
    ["-h", "mqtt://127.0.0.1:1883"],
    ["--endpoint", "http://127.0.0.1:8087"],
  ] as const) {
    const wanted = {
      code: 2,
      error: /--local and --(host|endpoint) contradict each other/,
      hint: /give one of the two/,
    };
    await mustFail([...SIMULATE, "--local", flag, value], wanted);
    await mustFail(["broadcast", PAYLOAD, "--local", flag, value, "--product-key", PRODUCT], wanted);
    await mustFail(["measure", "--local", flag, value], wanted);
  }
  const broker = { code: 2, error: /--broker and --local contradict each other/, hint: /./ };
  await mustFail([...SIMULATE, "--local", "--broker", "mqtt://127.0.0.1"], broker);
  await mustFail(["broadcast", PAYLOAD, "-m", "1", "--local"], { code: 2, error: /a payload file and --message/ });
  // the environment names a place, and --local on the command line is stronger
  const env = { IOTB_ENDPOINT: "http://127.0.0.1:1" };
  const { code } = await runIotb(["measure", "--local", "-c", "4", "--dry-run"], { env });
  assert.equal(code, 0);
});

test("a host that a script's unset variable left empty is refused, not taken for the default", async () => {
  const wanted = { code: 2, error: /--host: it is empty/, hint: /a variable may not be set/ };
  await mustFail([...SIMULATE, "--host", ""], wanted);
  await mustFail(["measure", "--devices", "x.csv", "--host="], wanted);
});

test("a host of another instance, product or region is refused before any call", async () => {
  const simulate = [...SIMULATE, "--instance-id", "iot-one"];
  const other = { code: 2, error: /belongs to another instance than iot-one/, hint: /./ };
  await mustFail([...simulate, "-h", "mqtts://iot-two.mqtt.iothub.aliyuncs.com"], other);
  const product = [...SIMULATE, "-h", "mqtts://a1B2c3D4e5F.iot-as-mqtt.cn-shanghai.aliyuncs.com", "--take-over"];
  await mustFail(product, { code: 2, error: /is not of product g6palBDnzyT/ });
  const region = [...SIMULATE, "-h", `mqtts://${PRODUCT}.iot-as-mqtt.cn-beijing.aliyuncs.com`, "--take-over"];
  await mustFail(region, { code: 2, error: /is not in region cn-shanghai/ });
  const mixed = [...SIMULATE, "-h", "mqtts://iot-one.mqtt.iothub.aliyuncs.com", "--endpoint", "http://127.0.0.1:1"];
  await mustFail(mixed, { code: 2, error: /is Alibaba Cloud's, but --endpoint is this machine/ });
});

test("help of every command is on stdout with exit 0, also by -h alone", async () => {
  for (const command of ["", "measure", "broadcast", "platform", "devices", "devices simulate", "devices connect"]) {
    const words = command.split(" ").filter(Boolean);
    const [long, short] = [await runIotb([...words, "--help"]), await runIotb([...words, "-h"])];
    assert.deepEqual(short, long);
    assert.equal(long.code, 0);
    assert.equal(long.stderr, "");
    assert.match(long.stdout, /^Usage: iotb/);
  }
});

test("a failure under --json is one document on stdout", async () => {
  const { code, stdout, stderr } = await runIotb(["broadcast", "--json"]);
  assert.deepEqual(JSON.parse(stdout), {
    schema: "iotb.error/1",
    code: "usage",
    exit: 2,
    message: "no message to send",
    hint: "name a payload file, - for stdin, or give --message TEXT",
    requestId: null,
  });
  assert.equal(code, 2);
  assert.equal(stderr, "");
});
