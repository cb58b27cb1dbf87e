import assert from "node:assert/strict";
import { isRunning, type RunningIotb } from "./measure-cli.js";

/** The process ids that --verbose tells: the fleet's processes, and the platform's where there is one. */
export const pidsOf = async (run: RunningIotb, processes: number): Promise<number[]> => {
  const pids: number[] = [];
  for (let i = 0; i < processes; i++) {
    const [, pid] = await run.saw("stderr", new RegExp(`fleet process ${i}: pid (\\d+), \\d+ devices\\n`));
    pids.push(Number(pid));
  }
  return pids;
};

/** The process id of the platform that a run started for itself. */
export const platformPid = async (run: RunningIotb): Promise<number> =>
  Number((await run.saw("stderr", /local platform: pid (\d+)\n/))[1]);

/** Waits for the end of a command and of every process that it started. */
export const endOf = async (run: RunningIotb, pids: readonly number[]) => {
  const finished = await run.ended;
  for (const pid of pids) assert.ok(!isRunning(pid), `process ${pid} is left`);
  return finished;
};

/** A run that goes on for minutes, with two processes of the fleet and one of the platform, which tells their ids. */
export const LONG_RUN = [
  "measure",
  "--local",
  "-c",
  "20",
  "--workers",
  "2",
  "--broadcasts",
  "500",
  "--linger",
  "50ms",
  "--verbose",
];
