import type { Verdict } from "./verdict.js";

/** How a run ended: its word and its exit code. */
export type RunEnd = { readonly verdict: Verdict; readonly exit: number };

/** One thing that the account says otherwise than the platform's ledger. */
export type SelftestDifference = {
  /** The broadcast's number, from 1; null where it is the run's. */
  readonly broadcast: number | null;
  /** A word of the account: `missing`, `duplicates`, `foreign`, `verdict`, … */
  readonly what: string;
  /** What follows from the ledger, and what the account says. */
  readonly ledger: number | string;
  readonly account: number | string;
  /** Devices, `<product key>/<device name>`, that the account names and the ledger does not. */
  readonly falselyAccused: readonly string[];
  /** Devices that the ledger names and the account does not. */
  readonly overlooked: readonly string[];
};

/** One run against a platform with faults, held against the platform's ledger. */
export type SelftestRound = {
  readonly name: string;
  /** As `--fault` takes them; empty where nothing goes wrong. */
  readonly faults: string;
  /** As `--fault-seed` takes it. */
  readonly seed: number;
  readonly broadcasts: number;
  /** Faults in the ledger: one for each device, or call, of each broadcast. */
  readonly injected: number;
  /** Those of them that the account shows, by name where they befell a device. */
  readonly found: number;
  /** Accusations of the account that the ledger knows nothing of, and those that it lacks. */
  readonly falselyAccused: number;
  readonly overlooked: number;
  readonly expected: RunEnd;
  readonly observed: RunEnd;
  readonly ok: boolean;
  readonly seconds: number;
  readonly differences: readonly SelftestDifference[];
};

/** What a selftest came to: the document of `iotb selftest --json`. */
export type SelftestResult = {
  readonly schema: "iotb.selftest/1";
  readonly ok: boolean;
  /** Everything else follows from it, the flags and the version. */
  readonly seed: number;
  readonly devices: number;
  readonly processes: number;
  /** The kinds of fault that were really done. */
  readonly kinds: readonly string[];
  readonly rounds: readonly SelftestRound[];
  readonly total: Readonly<Record<"rounds" | "injected" | "found" | "falselyAccused" | "overlooked", number>>;
  readonly seconds: number;
};
