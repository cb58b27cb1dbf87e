import type { AccountRecord, RecordedRun, RunSetup } from "./run-record.js";

/** Something in which two runs were set up differently. */
export type SetupDifference = {
  readonly what: string;
  readonly base: string;
  readonly new: string;
  /** Whether times of the two say nothing of each other; otherwise it is only worth knowing. */
  readonly grave: boolean;
};

/** How far the fleets' sizes may be apart: a fleet of which a few devices were offline is still the same. */
const FLEET_TOLERANCE = 0.01;

const SETUP_NAMES: Readonly<Record<keyof RunSetup, string>> = {
  payloadBytes: "payload bytes",
  qos: "QoS of the subscriptions",
  transport: "transport",
  engine: "engine",
  intervalMs: "milliseconds between broadcasts",
  faults: "faults of the local platform",
  quota: "quotas of the local platform",
  churn: "churn",
  telemetry: "telemetry",
  scenario: "scenario",
};

/** The middle one of the broadcasts' expected devices; of their deliveries where nobody knows who was expected. */
const fleetOf = ({ account }: RecordedRun): number | null => {
  const sizes = account.broadcasts
    .map(({ counts }: AccountRecord) => counts.expected ?? counts.delivered)
    .sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? null;
};

const text = (value: unknown): string => (value === null || value === undefined ? "none" : String(value));

/**
 * In what two runs differ beside what they measured. Grave: another kind of target, another fleet (by more than 1 %), another way of
 * addressing, other fleet processes, and all that `RunSetup` holds. What only one of the two recorded is not grave, but said.
 */
export const setupDifferences = (base: RecordedRun, fresh: RecordedRun): readonly SetupDifference[] => {
  const found: SetupDifference[] = [];
  const add = (what: string, from: unknown, to: unknown, grave: boolean) => {
    if (from !== to) found.push({ what, base: text(from), new: text(to), grave });
  };
  const [before, after] = [base.summary, fresh.summary];
  const addressing = ({ topicFullName }: typeof before.target) =>
    topicFullName === null ? "every online device" : "devices that subscribed";
  add("target", before.target.kind, after.target.kind, true);
  add("sent to", addressing(before.target), addressing(after.target), true);
  const [from, to] = [fleetOf(base), fleetOf(fresh)];
  const apart = from === null || to === null ? from !== to : Math.abs(to - from) > FLEET_TOLERANCE * Math.max(from, to);
  add("expected devices a broadcast", from, to, apart);
  add("fleet processes", before.fleet?.processes, after.fleet?.processes, true);
  add("who is expected", base.account.broadcasts[0]?.basis, fresh.account.broadcasts[0]?.basis, true);
  const keys = Object.keys(SETUP_NAMES) as (keyof RunSetup)[];
  for (const key of keys) {
    const [one, other] = [base.manifest.setup?.[key], fresh.manifest.setup?.[key]];
    if (one !== undefined && other !== undefined) add(SETUP_NAMES[key], one, other, true);
    else if (one !== other) add(SETUP_NAMES[key], one ?? "not recorded", other ?? "not recorded", false);
  }
  // a local platform listens on other ports each time
  if (before.target.kind !== "local" && before.target.kind === after.target.kind) {
    add("instance", before.target.instanceId, after.target.instanceId, false);
    add("hosts", before.target.hosts.join(" "), after.target.hosts.join(" "), false);
  }
  const [here, there] = [base.manifest.host, fresh.manifest.host];
  add("processor", here.cpu, there.cpu, false);
  add("cores", here.cores, there.cores, false);
  add("kernel", here.kernel, there.kernel, false);
  add("Node", here.node, there.node, false);
  add("iotb", base.manifest.iotb, fresh.manifest.iotb, false);
  add("fault seed", base.manifest.seeds.faults, fresh.manifest.seeds.faults, false);
  return found;
};
