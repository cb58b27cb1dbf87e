import { IotbError } from "./errors.js";
import type { Finding } from "./finding.js";
import type { FleetNeeds } from "./fleet-needs.js";
import type { MachineFacts } from "./machine-facts.js";
import { fleetFiles, localPorts, machineFiles, platformFiles } from "./preflight-files.js";
import { connectTime, listenBacklog, memory, processCount, tcpMemory } from "./preflight-load.js";

/** Everything that a run needs of its machine, with whether the machine has it. */
export const preflight = (needs: FleetNeeds, facts: MachineFacts): readonly Finding[] =>
  [
    fleetFiles(needs, facts),
    platformFiles(needs, facts),
    machineFiles(needs, facts),
    localPorts(needs, facts),
    memory(needs, facts),
    tcpMemory(needs, facts),
    processCount(needs, facts),
    listenBacklog(needs, facts),
    connectTime(needs),
  ].filter((finding) => finding !== null);

/** Whether nothing is found to be missing. What is not known is not missing. */
export const fits = (findings: readonly Finding[]): boolean => findings.every(({ status }) => status !== "short");

/** A finding as a line: what is needed, whether it is there, what mends it. */
export const findingText = ({ text, status, mend }: Finding): string => {
  switch (status) {
    case "ok":
      return `${text}: ok`;
    case "unknown":
      return `${text}: not known on this system`;
    case "tight":
      return `${text}: works, but slower; better: ${mend}`;
    case "short":
      return `${text}: NOT ENOUGH; mend with: ${mend}`;
  }
};

/** The refusal of a start that would surely fail half way; null where it may work. `usage`. */
export const refusalOf = (findings: readonly Finding[]): IotbError | null => {
  const found = findings.find(({ fatal }) => fatal);
  if (found === undefined) return null;
  return new IotbError("usage", `this machine cannot hold the fleet: ${found.text}`, { hint: `use ${found.mend}` });
};
