/** What a preflight looks at. */
export type FindingKind =
  | "files"
  | "platform-files"
  | "machine-files"
  | "ports"
  | "memory"
  | "tcp-memory"
  | "processes"
  | "backlog"
  | "connect";

/** One thing that a fleet needs of a machine, and whether it has it. */
export type Finding = {
  readonly what: FindingKind;
  /** `tight`: it works, slower than it could. `short`: it does not fit. `unknown`: this system does not tell. */
  readonly status: "ok" | "tight" | "short" | "unknown";
  /** Counts, or bytes, or seconds; null where not known. */
  readonly needed: number | null;
  readonly available: number | null;
  /** In words: `100,000 needs 7 processes of 20,000 files`. */
  readonly text: string;
  /** The flag or setting that mends it; null where there is nothing to mend. */
  readonly mend: string | null;
  /** Whether a start would surely fail for it. */
  readonly fatal: boolean;
};

/** Memory as people read it: `1.4 GB`, `820 MB`. */
export const inBytes = (bytes: number): string =>
  bytes >= 999_500_000 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;

/** Compares what is needed with what there is; `mend` is left out where it fits. */
export const compare = (
  finding: Pick<Finding, "what" | "text" | "fatal"> & { readonly mend: string },
  needed: number,
  available: number | null,
  otherwise: "short" | "tight" = "short",
): Finding => {
  const fits = available === null || needed <= available;
  return {
    ...finding,
    status: available === null ? "unknown" : fits ? "ok" : otherwise,
    needed,
    available,
    mend: fits ? null : finding.mend,
    fatal: finding.fatal && !fits,
  };
};
