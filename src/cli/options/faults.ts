import { parseWhole } from "../../domain/units.js";
import { FAULT_KINDS, type FaultSpec, parseFaults } from "../../protocol/fault-spec.js";
import { optional, under, withDefault } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";

/** Misbehaviour of a local platform, on request. */
export const FAULT_FLAGS = under("Faults of the local platform:", {
  fault: optional({
    name: "fault",
    argument: "KIND=N[:D],…",
    help: `such as drop=3,delay=5:800ms; kinds: ${FAULT_KINDS.join(" ")}`,
    read: parseFaults,
  }),
  faultSeed: withDefault("1", {
    name: "fault-seed",
    argument: "N",
    help: "chooses the devices: the same seed, the same ones",
    read: (text) => parseWhole(text, 0, 0xffff_ffff),
  }),
});

/** The faults asked for, or null. */
export type FaultRequest = { readonly specs: readonly FaultSpec[]; readonly seed: number } | null;

/** The faults that flags ask for. */
export const parseFaultRequest = ({ values }: Resolved<typeof FAULT_FLAGS>): FaultRequest =>
  values.fault === null ? null : { specs: values.fault, seed: values.faultSeed };
