import { freemem } from "node:os";
import { counted } from "../domain/counted.js";
import type { FindingKind } from "../domain/finding.js";
import { pacerOf } from "../domain/pacing.js";
import { findingText, fits } from "../domain/preflight.js";
import { connectionsPerProcess } from "../domain/shard.js";
import { formatDuration } from "../domain/units.js";
import { openFileLimit } from "../files/open-file-limit.js";
import { plannedText } from "../report/scenario-text.js";
import type { MeasureSetup } from "./measure-setup.js";
import type { LiveMeasureOptions } from "./options/measure.js";
import type { Output } from "./output.js";

/** What the findings are called on the screen. */
const LABELS: Readonly<Record<FindingKind, string>> = {
  files: "open files",
  "platform-files": "platform files",
  "machine-files": "machine's files",
  ports: "local ports",
  memory: "memory",
  "tcp-memory": "TCP memory",
  processes: "processes",
  backlog: "listen backlog",
  connect: "connect time",
};

/**
 * `iotb measure --dry-run`: says what a run would do and whether this machine can hold its fleet; starts and sends nothing.
 * Answers whether all of it fits.
 */
export const printMeasurePlan = async (
  { broadcasts, warmup, interval, settle, fleet, target, scenario }: LiveMeasureOptions,
  { devices, productKey, held, body, processes, gap, findings }: MeasureSetup,
  output: Output,
): Promise<boolean> => {
  const limit = await openFileLimit();
  const largest = Math.ceil(devices.count / processes);
  const calls = broadcasts + warmup;
  const { connectRate, life } = fleet;
  const pacer = connectRate === null ? null : pacerOf({ perSecond: connectRate, ramp: life.ramp });
  const connectUs = pacer?.dueAt(devices.count) ?? null;
  const callsUs = (calls - 1) * (interval ?? gap);
  const filesSuffice = limit === null ? null : largest <= connectionsPerProcess(limit);
  output.json({
    schema: "iotb.plan/1",
    productKey: target.broker === null ? productKey : null,
    devices: devices.count,
    held,
    processes,
    openFilesPerProcess: { needed: largest, limit, suffices: filesSuffice },
    freeMemoryBytes: freemem(),
    connectSeconds: connectUs === null ? null : connectUs / 1e6,
    calls,
    bytes: body.length,
    secondsAtLeast: ((connectUs ?? 0) + settle + callsUs) / 1e6,
    fits: fits(findings),
    findings: findings.map((finding) => ({
      what: finding.what,
      status: finding.status,
      needed: finding.needed,
      available: finding.available,
      text: finding.text,
      mend: finding.mend,
    })),
  });
  output.result(
    [
      `would connect   ${devices.count} devices, ${target.broker === null ? `${held} of product ${productKey}, ` : ""}in ${counted(processes, "process", "processes")}${connectUs === null ? ", as fast as it goes" : ` in ${formatDuration(connectUs)}`}`,
      `would send      ${counted(calls, "broadcast")} of ${body.length} bytes, over ${formatDuration(settle + callsUs)} or more`,
      ...(scenario === null ? [] : [`scenario        ${plannedText(scenario.scenario, devices.count)}`]),
      ...findings.map((finding) => `${LABELS[finding.what].padEnd(16)}${findingText(finding)}`),
      "sent            nothing: this is a dry run",
    ].join("\n"),
  );
  return fits(findings);
};
