import type { DeviceState } from "../../app/ports.js";
import { IotbError } from "../../domain/errors.js";
import { defineCommand } from "../command.js";
import { choice, optional, under } from "../flag.js";
import { parseTarget, TARGET_AND_TLS_FLAGS, type TargetOptions } from "../options/target.js";
import type { Resolved } from "../resolve-flags.js";

/** The platform's states by the words a user types. */
const STATES = {
  online: "ONLINE",
  offline: "OFFLINE",
  inactive: "UNACTIVE",
  disabled: "DISABLE",
} as const satisfies Record<string, DeviceState>;

const readState = choice("online", "offline", "inactive", "disabled");

const LIST_FLAGS = {
  ...under("Devices:", {
    status: optional({
      name: "status",
      argument: "online|offline|inactive|disabled",
      help: "only devices in this state; the platform shows a change up to 10 s late",
      read: (text): DeviceState => STATES[readState(text)],
    }),
  }),
  ...TARGET_AND_TLS_FLAGS,
  productKey: { ...TARGET_AND_TLS_FLAGS.productKey, help: "product; must be given", shownDefault: null },
};

/** What `iotb devices list` is asked to do. */
export type ListOptions = {
  readonly target: TargetOptions;
  readonly productKey: string;
  /** Null: all. */
  readonly state: DeviceState | null;
};

/** Reads the command line of `iotb devices list`. Throws `usage` and `guard`. */
export const parseListOptions = (flags: Resolved<typeof LIST_FLAGS>): ListOptions => {
  const target = parseTarget(flags);
  if (target.productKey === null) {
    throw new IotbError("usage", "devices of which product?", { hint: "give --product-key PK" });
  }
  return { target, productKey: target.productKey, state: flags.values.status };
};

/** `iotb devices list` */
export const listCommand = defineCommand({
  path: "devices list",
  summary: "list the devices that a product has on the platform, without their secrets",
  flags: LIST_FLAGS,
  examples: [
    "iotb devices list --local --product-key g6palBDnzyT --status online",
    "iotb devices list --product-key a1B2c3D4e5F --instance-id iot-06z00abcdefgh --json",
  ],
  run: async (_args, flags, context) => {
    const options = parseListOptions(flags);
    const { runList } = await import("./run-list.js");
    return runList(options, context);
  },
});
