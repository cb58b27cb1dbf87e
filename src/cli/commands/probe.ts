import { IotbError } from "../../domain/errors.js";
import { defineCommand } from "../command.js";
import { anyText, optional, under } from "../flag.js";
import {
  CONNECT_GUARD_FLAGS,
  CONSENT_FLAGS,
  type ConnectGuardOptions,
  type ConsentOptions,
  parseConnectGuards,
  parseConsent,
} from "../options/guards.js";
import { parseTarget, TARGET_AND_TLS_FLAGS, type TargetOptions } from "../options/target.js";
import type { Resolved } from "../resolve-flags.js";

const PROBE_FLAGS = {
  ...under("Devices:", {
    devices: optional({
      name: "devices",
      argument: "FILE",
      help: "triplet CSV of two test devices of a product that has no others online: it is sent four broadcasts",
      read: anyText,
    }),
  }),
  ...TARGET_AND_TLS_FLAGS,
  ...CONSENT_FLAGS,
  ...CONNECT_GUARD_FLAGS,
};

/** What `iotb probe` is asked to do. */
export type ProbeOptions = {
  readonly target: TargetOptions;
  readonly devicesFile: string;
  readonly consent: ConsentOptions;
  readonly guards: ConnectGuardOptions;
};

/** Reads the command line of `iotb probe`. Throws `usage` and `guard`. */
export const parseProbeOptions = (flags: Resolved<typeof PROBE_FLAGS>): ProbeOptions => {
  const { devices } = flags.values;
  if (devices === null) {
    throw new IotbError("usage", "no test devices", { hint: "give --devices FILE with two devices of a test product" });
  }
  return {
    target: parseTarget(flags),
    devicesFile: devices,
    consent: parseConsent(flags),
    guards: parseConnectGuards(flags),
  };
};

/** `iotb probe` */
export const probeCommand = defineCommand({
  path: "probe",
  summary: "ask the platform, with two test devices of yours, what its documents leave open",
  flags: PROBE_FLAGS,
  examples: [
    "iotb probe --devices two-test-devices.csv --instance-id iot-06z00abcdefgh --json > probe.json",
    "iotb probe --devices triplets.csv --local",
  ],
  run: async (_args, flags, context) => {
    const options = parseProbeOptions(flags);
    const { runProbe } = await import("./run-probe.js");
    return runProbe(options, context);
  },
});
