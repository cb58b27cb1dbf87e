import { posix } from "node:path";

/** The files of a controller, in control groups version 2 and 1. */
const FILES = {
  memory: {
    v2: ["memory.max", "memory.current", "memory.stat"],
    v1: ["memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat"],
  },
  pids: { v2: ["pids.max", "pids.current", ""], v1: ["pids.max", "pids.current", ""] },
} as const;

/** Version 1 tells of no limit by a number close to 2^63. */
const NO_LIMIT = 2 ** 60;

/**
 * How much a controller of this process's control groups leaves: the least of its group and all above it; null where none
 * limits it. `read` answers the text of a file or nothing, `groups` is `/proc/self/cgroup`. Memory is bytes, pids are threads.
 */
export const cgroupRoom = async (
  read: (path: string) => Promise<string>,
  groups: string,
  controller: keyof typeof FILES,
): Promise<number | null> => {
  const rooms: number[] = [];
  for (const line of groups.split("\n")) {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    const second = names === "";
    if (!second && !names.split(",").includes(controller)) continue;
    const mount = second ? "sys/fs/cgroup" : `sys/fs/cgroup/${controller}`;
    const files = FILES[controller][second ? "v2" : "v1"];
    for (let group = path; ; group = posix.dirname(group)) {
      const room = await roomOf(read, `${mount}${group === "/" ? "" : group}`, files);
      if (room !== null) rooms.push(room);
      if (group === "/") break;
    }
  }
  return rooms.length === 0 ? null : Math.min(...rooms);
};

const roomOf = async (
  read: (path: string) => Promise<string>,
  folder: string,
  [limitFile, usedFile, statFile]: readonly [string, string, string],
): Promise<number | null> => {
  const limit = Number((await read(`${folder}/${limitFile}`)).trim() || Number.NaN);
  if (!(limit < NO_LIMIT)) return null;
  const used = Number((await read(`${folder}/${usedFile}`)).trim() || 0);
  // files that are cached and not in use give way
  const cached =
    statFile === "" ? undefined : /^(?:total_)?inactive_file (\d+)/m.exec(await read(`${folder}/${statFile}`))?.[1];
  return Math.max(0, limit - used + Number(cached ?? 0));
};
