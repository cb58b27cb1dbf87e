import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, stat, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { readTripletFile } from "../../src/files/triplet-file.js";
import { runCli, startCli } from "../support/cli-run.js";
import { makeTempDir } from "../support/cli-temp-dir.js";
import { type PopBatchServer, startPopBatchServer } from "../support/pop-batch-server.js";
import { answer } from "../support/pop-scripted-server.js";

const target = (server: PopBatchServer): string[] => ["--endpoint", server.endpoint, "--product-key", "pk"];
const register = (server: PopBatchServer, ...more: string[]) =>
  runCli(["devices", "register", ...target(server), ...more]);
const countOf = (server: PopBatchServer, action: string): number =>
  server.actions().filter((one) => one === action).length;

/** The triplets of a file as name and secret. */
const secretsIn = async (path: string) =>
  new Map((await readTripletFile(path)).triplets.map(({ deviceName, deviceSecret }) => [deviceName, deviceSecret]));

describe("iotb devices register", () => {
  it("makes so many devices and writes their triplets for their owner alone", async () => {
    await using dir = await makeTempDir();
    await using server = await startPopBatchServer();
    const path = dir.path("t.csv");
    const { code, stdout, stderr } = await register(server, "-c", "120", "--output", path, "--json");
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { schema: "iotb.register/1", productKey: "pk", registered: 120, file: path });
    assert.deepEqual(await secretsIn(path), server.made);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(dir.path("")), ["t.csv"], "no state is left");
    assert.equal(countOf(server, "QueryPageByApplyId"), 3);
    for (const secret of server.made.values()) assert.ok(!(stdout + stderr).includes(secret));
  });

  it("makes devices of given names, a thousand a batch", async () => {
    await using dir = await makeTempDir();
    await using server = await startPopBatchServer();
    const names = Array.from({ length: 1_001 }, (_, i) => `lamp-${i}`);
    const file = await dir.write("names.txt", names.join("\n"));
    const { code, stdout, stderr } = await register(server, "--names", file);
    assert.equal(code, 0, stderr);
    assert.deepEqual([...server.made.keys()].sort(), [...names].sort());
    assert.equal(stdout.trimEnd().split("\n").length, 1_002);
    assert.match(stderr, /--apply-id 1000001/);
    const making = server.actions().filter((action) => action.startsWith("Batch"));
    const [check, create] = ["BatchCheckDeviceNames", "BatchRegisterDeviceWithApplyId"];
    assert.deepEqual(making, [check, check, create, create], "all names are checked before the first device is made");
  });

  it("registers nothing where a name is in use", async () => {
    await using dir = await makeTempDir();
    await using server = await startPopBatchServer({ taken: ["dk002"] });
    const others = Array.from({ length: 1_500 }, (_, i) => `lamp-${i}`);
    const file = await dir.write("names.txt", [...others, "dk002"].join("\n"));
    const { code, stdout, stderr } = await register(server, "--names", file, "--output", dir.path("t.csv"));
    assert.deepEqual([code, stdout, server.made.size], [3, "", 0]);
    assert.match(stderr, /these names cannot be registered: dk002/);
    assert.deepEqual(await readdir(dir.path("")), ["names.txt"], "nothing is left to go on with");
  });

  it("writes those that were made although others failed, and says so", async () => {
    await using dir = await makeTempDir();
    await using server = await startPopBatchServer({ lost: ["dk002"] });
    const file = await dir.write("names.txt", "dk001\ndk002\ndk003\n");
    const { code, stderr } = await register(server, "--names", file, "--output", dir.path("t.csv"));
    assert.equal(code, 3);
    assert.match(stderr, /2 devices were registered and 1 were not: dk002/);
    assert.deepEqual([...(await secretsIn(dir.path("t.csv"))).keys()], ["dk001", "dk003"]);
  });

  for (const [name, action, nth, before] of [
    ["while names are checked", "QueryBatchRegisterDeviceStatus", 1, 0],
    ["while devices are made", "QueryBatchRegisterDeviceStatus", 5, 3],
    ["while they are read", "QueryPageByApplyId", 1, 3],
  ] as const) {
    it(`goes on after Ctrl-C ${name}, and registers nothing twice`, async () => {
      await using dir = await makeTempDir();
      let stop = (): void => undefined;
      let stopped = false;
      await using server = await startPopBatchServer({
        intercept: (called, n) => {
          if (stopped || called !== action || n !== nth) return false;
          stopped = true;
          stop();
          return true; // never answered: the command gives it up, because it asks only
        },
      });
      const file = await dir.write("names.txt", "dk001\ndk002\ndk003\n");
      const output = dir.path("t.csv");
      const args = ["devices", "register", ...target(server), "--names", file, "--output", output];
      const child = startCli(args);
      stop = () => void child.kill("SIGINT");
      child.stdout?.resume();
      child.stderr?.resume();
      const [code] = await once(child, "close");
      assert.deepEqual([code, server.made.size], [130, before]);
      assert.ok((await readdir(dir.path(""))).includes("t.csv.register.json"));

      const again = await runCli(args);
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(await secretsIn(output), server.made);
      assert.deepEqual(
        [countOf(server, "BatchCheckDeviceNames"), countOf(server, "BatchRegisterDeviceWithApplyId")],
        [1, 1],
      );
      assert.deepEqual((await readdir(dir.path(""))).sort(), ["names.txt", "t.csv"]);
    });
  }

  it("does not ask for a number of devices again when the answer was lost", async () => {
    await using dir = await makeTempDir();
    await using server = await startPopBatchServer({
      intercept: (action, _n, response) => {
        if (action !== "BatchRegisterDevice") return false;
        response.socket?.resetAndDestroy();
        return true;
      },
    });
    const args = ["-c", "5", "--output", dir.path("t.csv")];
    assert.deepEqual([(await register(server, ...args)).code, server.made.size], [8, 5]);
    const again = await register(server, ...args);
    assert.deepEqual([again.code, server.made.size], [8, 5]);
    assert.match(again.stderr, /5 devices were asked for and the answer was lost/);
    assert.match(again.stderr, /iotb devices list/);
  });

  it("asks again when the answer of a check was lost: a check makes nothing", async () => {
    await using dir = await makeTempDir();
    await using server = await startPopBatchServer({
      intercept: (action, n, response) => {
        if (action !== "BatchCheckDeviceNames" || n > 1) return false;
        response.socket?.resetAndDestroy();
        return true;
      },
    });
    const args = ["--names", await dir.write("n.txt", "dk001\n"), "--output", dir.path("t.csv")];
    const first = await register(server, ...args);
    assert.deepEqual([first.code, server.made.size], [3, 0], "nothing was made");
    assert.equal((await register(server, ...args)).code, 0);
    assert.equal(server.made.size, 1);
  });

  it("goes on with a batch by its apply id", async () => {
    await using server = await startPopBatchServer();
    await register(server, "-c", "3");
    const { code, stdout } = await register(server, "--apply-id", "1000001");
    assert.deepEqual([code, stdout.trimEnd().split("\n").length, countOf(server, "BatchRegisterDevice")], [0, 4, 1]);
  });

  it("waits while it is throttled", async () => {
    await using server = await startPopBatchServer({
      intercept: (action, n, response) => {
        if (action !== "QueryPageByApplyId" || n > 1) return false;
        answer({ Code: "Throttling.User", Message: "Request was denied due to user flow control." }, 400)(response, {
          method: "",
          url: "",
          headers: {},
          form: {},
        });
        return true;
      },
    });
    assert.equal((await register(server, "-c", "1")).code, 0);
  });

  it("refuses what it cannot finish, before anything is made", async () => {
    await using dir = await makeTempDir();
    await using server = await startPopBatchServer();
    const existing = await dir.write("there.csv", "precious");
    assert.equal((await register(server, "-c", "1", "--output", existing)).code, 2);
    assert.equal((await register(server)).code, 2);
    assert.equal((await register(server, "-c", "1", "--names", "x")).code, 2);
    assert.equal((await register(server, "-c", "1", "--json")).code, 2);
    assert.equal((await runCli(["devices", "register", "-c", "1", "--endpoint", server.endpoint])).code, 2);
    await writeFile(dir.path("o.csv.register.json"), "{");
    const broken = await register(server, "-c", "1", "--output", dir.path("o.csv"));
    assert.equal(broken.code, 2);
    assert.match(broken.stderr, /not the state of a registration/);
    assert.equal(server.requests.length, 0);
  });

  it("refuses to go on elsewhere, or with something else", async () => {
    await using dir = await makeTempDir();
    const lose = (action: string): boolean => action === "QueryBatchRegisterDeviceStatus";
    await using server = await startPopBatchServer({
      intercept: (action, _n, response) => {
        if (lose(action)) response.socket?.resetAndDestroy();
        return lose(action);
      },
    });
    await using other = await startPopBatchServer();
    const output = ["--output", dir.path("t.csv")];
    assert.equal((await register(server, "-c", "2", ...output)).code, 3);
    const elsewhere = await register(other, "-c", "2", ...output);
    assert.deepEqual([elsewhere.code, other.made.size], [2, 0]);
    assert.match(elsewhere.stderr, /another endpoint/);
    const more = await register(server, "-c", "3", ...output);
    assert.deepEqual([more.code, server.made.size], [2, 2]);
  });
});
