import { grouped } from "./counted.js";
import { compare, type Finding, inBytes } from "./finding.js";
import {
  COORDINATOR_DEVICE_BYTES,
  FLEET_CONNECTION_BYTES,
  PLATFORM_CONNECTION_BYTES,
  PROCESS_BYTES,
  THREADS_PER_PROCESS,
  USUAL_CONNECT_RATE,
  WAITING_MESSAGE_BYTES,
} from "./fleet-costs.js";
import type { FleetNeeds } from "./fleet-needs.js";
import { loginWindow } from "./login-window.js";
import type { MachineFacts } from "./machine-facts.js";
import { formatDuration } from "./units.js";

/** Processes of a run: the leading one, the fleet's and the platform's. */
const processesOf = ({ fleetProcesses, platformProcesses }: FleetNeeds): number =>
  1 + fleetProcesses + platformProcesses;

/** Whether memory holds the fleet, and its own platform; an estimate, so never fatal. */
export const memory = (needs: FleetNeeds, { memoryBytes }: MachineFacts): Finding => {
  const { devices, platformProcesses, usualConnections } = needs;
  const text = "memory";
  if (!usualConnections) {
    return {
      what: "memory",
      status: "unknown",
      needed: null,
      available: memoryBytes,
      text: `${text} for TLS, WebSocket or MQTT.js: more than for plain connections, how much`,
      mend: null,
      fatal: false,
    };
  }
  const perDevice =
    FLEET_CONNECTION_BYTES + COORDINATOR_DEVICE_BYTES + (platformProcesses > 0 ? PLATFORM_CONNECTION_BYTES : 0);
  const needed = processesOf(needs) * PROCESS_BYTES + devices * perDevice;
  const holds = memoryBytes === null ? 0 : Math.floor((memoryBytes - processesOf(needs) * PROCESS_BYTES) / perDevice);
  return compare(
    {
      what: "memory",
      text: `about ${inBytes(needed)} of memory${memoryBytes === null ? "" : `, of ${inBytes(memoryBytes)} that are free`}`,
      mend: holds > 0 ? `fewer devices: about ${grouped(holds)} fit` : "fewer devices, or free some memory",
      fatal: false,
    },
    needed,
    memoryBytes,
  );
};

/** Whether TCP may keep a message for every device at once, as in a broadcast faster than its receivers. */
export const tcpMemory = ({ devices, bodyBytes }: FleetNeeds, { tcpMemoryBytes }: MachineFacts): Finding => {
  const needed = devices * (WAITING_MESSAGE_BYTES + bodyBytes);
  return compare(
    {
      what: "tcp-memory",
      text: `up to ${inBytes(needed)} of TCP memory${tcpMemoryBytes === null ? "" : `, of ${inBytes(tcpMemoryBytes)}`}`,
      mend: "raise the last number of the sysctl net.ipv4.tcp_mem (pages), or fewer devices",
      fatal: false,
    },
    needed,
    tcpMemoryBytes,
    "tight",
  );
};

/** Whether so many processes may be started. */
export const processCount = (needs: FleetNeeds, { threads }: MachineFacts): Finding => {
  const processes = processesOf(needs);
  const needed = processes * THREADS_PER_PROCESS;
  return compare(
    {
      what: "processes",
      text: `${grouped(processes)} processes of ${THREADS_PER_PROCESS} threads${threads === null ? "" : `, of ${grouped(threads)} threads that are left`}`,
      mend: `fewer --workers, or ulimit -u ${needed}, or the pids limit of the container`,
      fatal: false,
    },
    needed,
    threads,
  );
};

/** Whether the run's own platform can keep all that connect at once waiting; those beyond try again after a second. */
export const listenBacklog = (needs: FleetNeeds, { backlog }: MachineFacts): Finding | null => {
  const { devices, fleetProcesses, platformProcesses } = needs;
  if (platformProcesses === 0) return null;
  const needed = Math.ceil(Math.min(devices, fleetProcesses * loginWindow(fleetProcesses)) / platformProcesses);
  return compare(
    {
      what: "backlog",
      text: `${grouped(needed)} connections that wait to be accepted${backlog === null ? "" : `, of ${grouped(backlog)}`}`,
      mend: `sysctl -w net.core.somaxconn=${needed}`,
      fatal: false,
    },
    needed,
    backlog,
    "tight",
  );
};

/** How long connecting takes, at the rate that was asked for or at a usual one, seconds. */
export const connectTime = ({ devices, connectRate }: FleetNeeds): Finding => {
  const seconds = devices / (connectRate ?? USUAL_CONNECT_RATE);
  const long = formatDuration(seconds * 1e6);
  return {
    what: "connect",
    status: "ok",
    needed: seconds,
    available: null,
    text:
      connectRate === null
        ? `about ${long} to connect, at a usual ${grouped(USUAL_CONNECT_RATE)}/s`
        : `${long} to connect, at ${connectRate}/s`,
    mend: null,
    fatal: false,
  };
};
