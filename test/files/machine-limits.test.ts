import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { UNKNOWN_MACHINE } from "../../src/domain/machine-facts.js";
import { machineFacts } from "../../src/files/machine-limits.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

const PROC: Readonly<Record<string, string>> = {
  "proc/self/limits": [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max processes             96365                96365                processes ",
    "Max open files            20000                20000                files     ",
    "",
  ].join("\n"),
  "proc/sys/fs/file-nr": "1067\t0\t2466183\n",
  "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
  "proc/sys/net/ipv4/tcp_mem": "287901\t383869\t575802\n",
  "proc/net/sockstat": "sockets: used 10\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 2\nUDP: inuse 0 mem 7\n",
  "proc/sys/net/core/somaxconn": "4096\n",
  "proc/meminfo": "MemTotal:       24684096 kB\nMemFree:        3978576 kB\nMemAvailable:   20000000 kB\n",
  "proc/loadavg": "0.50 1.04 1.58 3/119 31546\n",
  "proc/sys/kernel/threads-max": "192731\n",
  "proc/sys/kernel/pid_max": "32768\n",
  "proc/self/cgroup": "0::/\n",
};

/** Facts of a machine that is a folder of files. */
const factsOf = async (files: Readonly<Record<string, string>>, isRoot = false) => {
  await using dir = await makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(dir.path(name)), { recursive: true });
    await writeFile(dir.path(name), text);
  }
  return await machineFacts(dir.path(""), isRoot);
};

describe("machineFacts", () => {
  it("reads what Linux tells", async () => {
    assert.deepEqual(await factsOf(PROC), {
      filesPerProcess: 20_000,
      machineFiles: { open: 1_067, most: 2_466_183, binding: true },
      localPorts: 28_232,
      memoryBytes: 20_000_000 * 1024,
      tcpMemoryBytes: 575_800 * 4_096,
      threads: 32_768 - 119,
      backlog: 4_096,
    });
  });

  it("knows nothing of a system that has no /proc, and leaves out what it cannot read", async () => {
    assert.deepEqual(await factsOf({}), UNKNOWN_MACHINE);
    const { "proc/self/limits": limits = "" } = PROC;
    const few = { "proc/self/limits": limits, "proc/sys/fs/file-nr": "nonsense", "proc/meminfo": "" };
    assert.deepEqual(await factsOf(few), { ...UNKNOWN_MACHINE, filesPerProcess: 20_000, threads: 96_365 });
    assert.deepEqual(await factsOf(few, true), { ...UNKNOWN_MACHINE, filesPerProcess: 20_000 });
  });

  it("takes an unlimited number of files for not known", async () => {
    const limits = "Max open files            unlimited            unlimited            files     \n";
    assert.equal((await factsOf({ "proc/self/limits": limits })).filesPerProcess, null);
  });

  it("heeds control groups of version 2, also those above its own", async () => {
    const group = "sys/fs/cgroup/a/b";
    const facts = await factsOf({
      ...PROC,
      "proc/self/cgroup": "0::/a/b\n",
      [`${group}/memory.max`]: "max\n",
      [`${group}/pids.max`]: "100\n",
      [`${group}/pids.current`]: "40\n",
      "sys/fs/cgroup/a/memory.max": "2000000000\n",
      "sys/fs/cgroup/a/memory.current": "1500000000\n",
      "sys/fs/cgroup/a/memory.stat": "active_file 5\ninactive_file 200000000\n",
    });
    assert.deepEqual([facts.memoryBytes, facts.threads], [700_000_000, 60]);
  });

  it("heeds control groups of version 1", async () => {
    const facts = await factsOf({
      ...PROC,
      "proc/self/cgroup": "8:pids:/\n4:cpu,memory:/x\n0::/\n",
      "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "1000000000\n",
      "sys/fs/cgroup/memory/x/memory.usage_in_bytes": "300000000\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/pids/pids.max": "max\n",
    });
    assert.deepEqual([facts.memoryBytes, facts.threads], [700_000_000, 32_768 - 119]);
  });

  it("reads this machine without fail", async () => {
    const facts = await machineFacts();
    for (const value of Object.values(facts)) {
      assert.ok(value === null || typeof value === "object" || value >= 0);
    }
  });
});
