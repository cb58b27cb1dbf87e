import { measureLocal } from "./measure-local.js";
import type { Question, RawRun } from "./question.js";

const DEVICES = 5_000;
const RUNS = 5;

/** How many logins a second: TCP, a CONNECT that the fleet signs with HMAC-SHA256 and the platform verifies, CONNACK. */
export const connectRate: Question = {
  name: "connect-rate",
  title: "Connects per second, each signed and verified",
  ask: async (onRun) => {
    const runs: RawRun[] = [];
    for (let i = 1; i <= RUNS; i++) {
      onRun(`${DEVICES} devices, run ${i} of ${RUNS}`);
      const { fleet } = await measureLocal(DEVICES, 1, "{}");
      runs.push({
        connectsPerSecond: fleet?.connectRate ?? Number.NaN,
        p99Ms: fleet?.connectMs.p99 ?? Number.NaN,
      });
    }
    const metrics = [
      { key: "connectsPerSecond", name: "connects", unit: "1/s", digits: 0 },
      { key: "p99Ms", name: "due to online p99", unit: "ms", digits: 0 },
    ];
    return { series: [{ label: `${DEVICES.toLocaleString("en-US")} devices`, metrics, runs }], ratios: [] };
  },
};
