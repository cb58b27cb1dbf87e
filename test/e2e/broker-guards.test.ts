import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { PAYLOAD } from "../support/e2e-platform.js";
import { Scratch } from "../support/e2e-scratch.js";
import { documentOf, type Finished, iotb } from "../support/measure-cli.js";

/** The guards hold as they do off this machine. */
const REHEARSED = { env: { IOTB_GUARD_LOOPBACK: "1" } };
/** A name that is looked up nowhere: the guards refuse before anything is. */
const STRANGER = "mqtt://broker.invalid";

const assertRefused = (finished: Finished, code: string, why: RegExp): void => {
  assert.equal(finished.code, 2, finished.stdout + finished.stderr);
  const said = documentOf(finished);
  assert.equal(said["code"], code);
  assert.match(String(said["message"]), why);
  assert.ok(typeof said["hint"] === "string" && said["hint"].length > 0);
};

describe("the guards of a plain broker", { timeout: 240_000 }, () => {
  const measure = (...flags: string[]) => iotb(["measure", PAYLOAD, "--json", ...flags]);
  const simulate = (...flags: string[]) => iotb(["devices", "simulate", "-t", "a/#", "--json", ...flags]);

  it("lend a public test broker 20 devices, whatever is said", async () => {
    const lent = ["--broker", "mqtt://test.mosquitto.org", "-c", "21", "--i-operate", "test.mosquitto.org"];
    for (const finished of [await measure(...lent), await simulate(...lent)]) {
      assertRefused(finished, "guard", /test\.mosquitto\.org is a public test broker: 21 devices are too many/);
      assert.match(finished.stderr, /^target BROKER mqtt:\/\/test\.mosquitto\.org:1883 · topic /);
    }
  });

  it("want a word for many devices and for a fast fleet", async () => {
    for (const run of [measure, simulate]) {
      const many = await run("--broker", STRANGER, "-c", "1001");
      assertRefused(many, "guard", /1,001 devices against broker\.invalid needs your word/);
      const fastFleet = await run("--broker", STRANGER, "-c", "5", "-R", "501/s");
      assertRefused(fastFleet, "guard", /501 connects a second against broker\.invalid needs your word/);
    }
  });

  it("want a message that somebody chose, and a confirmation of the host", async () => {
    const flags = ["--broker", STRANGER, "-c", "5"];
    assertRefused(await iotb(["measure", "--json", ...flags]), "guard", /needs a payload file/);
    assertRefused(await measure(...flags), "guard", /publishing on broker\.invalid needs your confirmation/);
    assertRefused(await measure(...flags, "--yes"), "guard", /needs your confirmation/);
    const other = await measure(...flags, "--i-operate", "other.invalid");
    assertRefused(other, "guard", /needs your confirmation/);
    assertRefused(await measure("--broker", "mqtt://192.168.0.1", "-c", "5"), "guard", /publishing on 192\.168\.0\.1/);
  });

  it("let nothing through to a broker before they are asked", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const args = [
      "measure",
      PAYLOAD,
      "--broker",
      `mqtt://127.0.0.1:${address.port}`,
      "-c",
      "5",
      "-R",
      "100/s",
      "--json",
    ];
    assertRefused(await iotb(args, REHEARSED), "guard", /publishing on 127\.0\.0\.1 needs your confirmation/);
    assert.equal(connections, 0);
    const confirmed = await iotb([...args, "--i-operate", "127.0.0.1", "--connect-timeout", "1ms"], REHEARSED);
    assert.equal(confirmed.code, 5, confirmed.stderr);
    assert.ok(connections > 0);
    server.close();
    await once(server, "close");
  });

  it("tell what contradicts a broker, and what is missing", async () => {
    const loopback = ["--broker", "mqtt://127.0.0.1:1", "-c", "1"];
    for (const flags of [["--local"], ["-h", "127.0.0.1"], ["--sign", "hmacsha1"]]) {
      assertRefused(await measure(...loopback, ...flags), "usage", /contradict each other/);
      assertRefused(await simulate(...loopback, ...flags), "usage", /contradict each other/);
    }
    assertRefused(await iotb(["devices", "simulate", "--json", ...loopback]), "usage", /no topic/);
    using scratch = new Scratch();
    const rows = ["pk1", "pk2"].map((product) => `dk001,${"0".repeat(32)},${product}`);
    const twins = scratch.write("twins.csv", ["DeviceName,DeviceSecret,ProductKey", ...rows, ""].join("\n"));
    const finished = await measure("--broker", "mqtt://127.0.0.1:1", "--devices", twins);
    assertRefused(finished, "usage", /two devices named dk001/);
  });

  it("are not asked for a plan, which starts nothing", async () => {
    const finished = await measure("--broker", STRANGER, "-c", "30", "--dry-run");
    assert.equal(finished.code, 0, finished.stderr);
    const { productKey, devices } = documentOf(finished);
    assert.deepEqual([productKey, devices], [null, 30]);
  });
});
