import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { startFleetProcesses } from "../../src/cli/compose/fleet-processes.js";
import { listRoster } from "../../src/domain/device-roster.js";
import { IotbError } from "../../src/domain/errors.js";
import { micros } from "../../src/domain/time.js";
import { triplets } from "./platform-start.js";

// Uses up its files but a few, starts a fleet of as many processes as its argument says, and prints as one line of JSON what
// became of it and how many children are left.
const FILES_LEFT = 14;
const files: number[] = [];
try {
  for (;;) files.push(openSync("/dev/null", "r"));
} catch {
  for (const file of files.splice(-FILES_LEFT)) closeSync(file);
}
const processes = Number(process.argv[2]);
const none = new IotbError("internal", "the fleet was started", {});
const error = await startFleetProcesses(listRoster(triplets(processes)), {
  processes,
  engine: {
    name: "lean",
    subscriptions: [],
    options: { endpoints: [{ protocol: "mqtt", host: "127.0.0.1", port: 1 }], keepaliveSeconds: 300 } as never,
  },
  pace: { perSecond: 1, ramp: null },
  churn: null,
  publishEvery: null,
  connectTimeout: micros(1e6),
  backoff: { floor: micros(1e6), ceiling: micros(1e6) },
  reconnect: false,
  record: false,
  keepPayloads: false,
}).then(
  async (fleet) => {
    await fleet[Symbol.asyncDispose]();
    return none;
  },
  (thrown: unknown) => (thrown instanceof IotbError ? thrown : Promise.reject(thrown)),
);
const parentOf = (pid: string): string | undefined => {
  try {
    return /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];
  } catch {
    return undefined; // it has just ended
  }
};
for (const file of files) closeSync(file);
const children = readdirSync("/proc").filter(
  (name) => /^\d+$/.test(name) && parentOf(name) === `${process.pid}`,
).length;
process.stdout.write(`${JSON.stringify({ code: error.code, message: error.message, hint: error.hint, children })}\n`);
