/** What a machine has for a fleet; null is not known, as on systems that do not tell. */
export type MachineFacts = {
  /** Files that one process may open. */
  readonly filesPerProcess: number | null;
  /** Files of the whole machine. Root is not held to the limit. */
  readonly machineFiles: { readonly open: number; readonly most: number; readonly binding: boolean } | null;
  /** Local ports for connections to one address and port from one source address. */
  readonly localPorts: number | null;
  /** Memory that can be had without swapping, within the limits of the control group, bytes. */
  readonly memoryBytes: number | null;
  /** Memory that TCP may use for data on its way, beyond what it uses now, bytes. */
  readonly tcpMemoryBytes: number | null;
  /** Threads that can still be started. */
  readonly threads: number | null;
  /** Connections that may wait to be accepted. */
  readonly backlog: number | null;
};

/** Where nothing is known. */
export const UNKNOWN_MACHINE: MachineFacts = {
  filesPerProcess: null,
  machineFiles: null,
  localPorts: null,
  memoryBytes: null,
  tcpMemoryBytes: null,
  threads: null,
  backlog: null,
};
