import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type MachineFacts, UNKNOWN_MACHINE } from "../domain/machine-facts.js";
import { cgroupRoom } from "./cgroup-limits.js";

/** The kernel's pages, bytes. Larger ones, as on some ARM machines, only leave more room than is told. */
const PAGE_BYTES = 4_096;

/**
 * What this machine has for a fleet, by Linux's `/proc` and control groups below `root`; on other systems, and where a file
 * cannot be read, it is not known. Node raises the soft limit of open files to the hard one when it starts: what is read is all.
 */
export const machineFacts = async (root = "/", isRoot = process.getuid?.() === 0): Promise<MachineFacts> => {
  const read = (path: string): Promise<string> => readFile(join(root, path), "utf8").catch(() => "");
  const limits = await read("proc/self/limits");
  // a /proc without it is none, or not this system's
  if (limits === "") return UNKNOWN_MACHINE;
  const files = numbersIn(await read("proc/sys/fs/file-nr"));
  const ports = numbersIn(await read("proc/sys/net/ipv4/ip_local_port_range"));
  const tcp = numbersIn(await read("proc/sys/net/ipv4/tcp_mem"));
  const tcpUsed = /^TCP:.* mem (\d+)/m.exec(await read("proc/net/sockstat"))?.[1];
  const [backlog] = numbersIn(await read("proc/sys/net/core/somaxconn"));
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(await read("proc/meminfo"))?.[1];
  const running = /\/(\d+) /.exec(await read("proc/loadavg"))?.[1];
  const [threadsMax] = numbersIn(await read("proc/sys/kernel/threads-max"));
  const [pidMax] = numbersIn(await read("proc/sys/kernel/pid_max"));
  const groups = await read("proc/self/cgroup");
  const less = (limit: number | undefined): number | null =>
    limit === undefined ? null : limit - Number(running ?? 0);
  return {
    filesPerProcess: limitIn(limits, "Max open files"),
    machineFiles:
      files[0] === undefined || files[2] === undefined ? null : { open: files[0], most: files[2], binding: !isRoot },
    localPorts: ports[0] === undefined || ports[1] === undefined ? null : Math.max(0, ports[1] - ports[0] + 1),
    memoryBytes: least([
      available === undefined ? null : Number(available) * 1024,
      await cgroupRoom(read, groups, "memory"),
    ]),
    tcpMemoryBytes: tcp[2] === undefined ? null : (tcp[2] - Number(tcpUsed ?? 0)) * PAGE_BYTES,
    threads: least([
      less(threadsMax),
      less(pidMax),
      isRoot ? null : limitIn(limits, "Max processes"),
      await cgroupRoom(read, groups, "pids"),
    ]),
    backlog: backlog ?? null,
  };
};

const numbersIn = (text: string): number[] => (/^[\d\s]+$/.test(text) ? text.trim().split(/\s+/).map(Number) : []);

/** A soft limit; null where it is not told, or there is none. */
const limitIn = (limits: string, name: string): number | null => {
  const soft = new RegExp(`^${name}\\s+(\\d+)`, "m").exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
};

const least = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(0, Math.min(...known));
};
