import type { Finding } from "../domain/finding.js";
import type { FleetNeeds } from "../domain/fleet-needs.js";
import { findingText, preflight, refusalOf } from "../domain/preflight.js";
import { isLoopbackHost } from "../domain/target-host.js";
import { machineFacts } from "../files/machine-limits.js";
import { formatMqttEndpoint } from "../protocol/mqtt-endpoint.js";
import type { FleetOptions } from "./options/fleet.js";
import type { TargetOptions } from "./options/target.js";
import type { Output } from "./output.js";

/** What a command is about to start. */
export type PlannedFleet = Pick<FleetNeeds, "devices" | "fleetProcesses" | "platformProcesses" | "bodyBytes"> & {
  readonly fleet: Pick<FleetOptions, "engine" | "sourceAddresses" | "connectRate">;
  readonly target: Pick<TargetOptions, "mqtt" | "local">;
};

/** Holds what a command is about to start against what this machine has. */
export const inspectMachine = async ({ fleet, target, ...counts }: PlannedFleet): Promise<readonly Finding[]> => {
  const { mqtt, local } = target;
  const own = counts.platformProcesses > 0;
  // the same one named twice gives no more ports
  const named = new Set(mqtt.map(formatMqttEndpoint)).size;
  return preflight(
    {
      ...counts,
      endpoints: own ? counts.platformProcesses : Math.max(1, named),
      endpointsCounted: local || (mqtt.length > 0 && mqtt.every(({ host }) => isLoopbackHost(host))),
      sourceAddresses: fleet.sourceAddresses.length,
      usualConnections:
        fleet.engine === "lean" && (local || (mqtt.length > 0 && mqtt.every(({ protocol }) => protocol === "mqtt"))),
      connectRate: Number.isFinite(fleet.connectRate) ? fleet.connectRate : null,
    },
    await machineFacts(),
  );
};

/** Refuses what would surely fail half way, and warns of what may. Throws `usage`. */
export const heedFindings = (findings: readonly Finding[], output: Output): void => {
  const refusal = refusalOf(findings);
  if (refusal !== null) throw refusal;
  for (const finding of findings) {
    if (finding.status === "short") output.note(`warning: ${findingText(finding)}`);
  }
};
