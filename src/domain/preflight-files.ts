import { counted, grouped } from "./counted.js";
import { compare, type Finding } from "./finding.js";
import { FILES_PER_PROCESS } from "./fleet-costs.js";
import type { FleetNeeds } from "./fleet-needs.js";
import type { MachineFacts } from "./machine-facts.js";
import { connectionsPerProcess, filesFor } from "./shard.js";

/** All ports that are no well-known ones: the widest range that makes sense. */
const WIDEST = "1024 65535";
const WIDEST_COUNT = 64_512;

/** Whether each process of the fleet may open as many files as it holds devices. */
export const fleetFiles = ({ devices, fleetProcesses }: FleetNeeds, { filesPerProcess }: MachineFacts): Finding => {
  const largest = filesFor(Math.ceil(devices / fleetProcesses));
  const fits = filesPerProcess === null || largest <= filesPerProcess;
  const each = filesPerProcess !== null && fits ? filesPerProcess : largest;
  const may = fits ? "" : `, and a process may open ${grouped(filesPerProcess)}`;
  const most = connectionsPerProcess(filesPerProcess);
  return compare(
    {
      what: "files",
      text: `${grouped(devices)} needs ${processes(fleetProcesses)} of ${grouped(each)} files${may}`,
      mend: `--workers ${Math.ceil(devices / most)} or more, or ulimit -n ${largest}`,
      fatal: true,
    },
    largest,
    filesPerProcess,
  );
};

/** The same for the run's own platform. */
export const platformFiles = (
  { devices, platformProcesses }: FleetNeeds,
  { filesPerProcess }: MachineFacts,
): Finding | null => {
  if (platformProcesses === 0) return null;
  const largest = filesFor(Math.ceil(devices / platformProcesses));
  const most = connectionsPerProcess(filesPerProcess) * platformProcesses;
  return compare(
    {
      what: "platform-files",
      text: `the local platform needs ${processes(platformProcesses)} of ${grouped(largest)} files${
        filesPerProcess === null ? "" : `, and a process may open ${grouped(filesPerProcess)}`
      }`,
      mend: `-c ${most} or fewer, or ulimit -n ${largest}`,
      fatal: true,
    },
    largest,
    filesPerProcess,
  );
};

/** Whether the whole machine may open as many. */
export const machineFiles = (needs: FleetNeeds, { machineFiles: files }: MachineFacts): Finding => {
  const { devices, fleetProcesses, platformProcesses } = needs;
  const connections = devices * (platformProcesses > 0 ? 2 : 1);
  const needed = connections + (fleetProcesses + platformProcesses + 1) * FILES_PER_PROCESS;
  const free = files === null ? null : files.most - files.open;
  return compare(
    {
      what: "machine-files",
      text: `${grouped(needed)} files of the whole machine${free === null ? "" : `, of ${grouped(free)} that are left`}`,
      mend: `sysctl -w fs.file-max=${files === null ? needed : files.open + needed}`,
      fatal: files?.binding ?? false,
    },
    needed,
    free,
  );
};

/**
 * Whether there are local ports for all connections: as many as the range has, for each address and port that is connected to. A
 * source address that is bound takes a port for itself, whatever it is connected to.
 */
export const localPorts = (needs: FleetNeeds, { localPorts: range }: MachineFacts): Finding => {
  const { devices, endpoints, sourceAddresses, endpointsCounted } = needs;
  const bound = sourceAddresses > 0;
  const places = Math.max(1, bound ? sourceAddresses : endpoints);
  const available = range === null ? null : range * places;
  const per = bound ? counted(sourceAddresses, "source address", "source addresses") : counted(places, "endpoint");
  return compare(
    {
      what: "ports",
      text: `${grouped(devices)} local ports${available === null ? "" : `, of ${grouped(available)} for ${per}`}`,
      mend: [
        ...((range ?? 0) < WIDEST_COUNT ? [`sysctl -w net.ipv4.ip_local_port_range='${WIDEST}'`] : []),
        "more source addresses with --ifaddr, or fewer devices",
      ].join(", "),
      fatal: endpointsCounted || bound,
    },
    devices,
    available,
  );
};

const processes = (count: number): string => counted(count, "process", "processes");
