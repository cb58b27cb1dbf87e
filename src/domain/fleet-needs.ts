/** What a run asks of the machine it runs on. */
export type FleetNeeds = {
  readonly devices: number;
  /** Processes that hold the devices. */
  readonly fleetProcesses: number;
  /** Processes of the run's own local platform; 0 where it has none. */
  readonly platformProcesses: number;
  /** Addresses and ports that the devices connect to, evenly. */
  readonly endpoints: number;
  /** Whether each is one address for sure: loopback, and no name that may stand for several. */
  readonly endpointsCounted: boolean;
  /** Source addresses that were named; 0 leaves them to the system. */
  readonly sourceAddresses: number;
  /** Whether connections cost what is known: the lean engine without TLS. */
  readonly usualConnections: boolean;
  readonly bodyBytes: number;
  /** Connects per second; null is as fast as it goes. */
  readonly connectRate: number | null;
};
