import { counted } from "./counted.js";
import type { TotalSummary } from "./summary.js";
import type { ThresholdResult } from "./threshold.js";
import type { Share } from "./units.js";

/** How a run ended, in one word. */
export type Verdict = "pass" | "fail" | "invalid" | "error" | "interrupted";

/** The kinds of cause against a pass, apart from errors. Each has an exit code of its own. */
export type CauseKind = "interrupted" | "error" | "invalid" | "delivery" | "threshold";

/** Something that speaks against a pass, in words. */
export type Cause = { readonly kind: CauseKind; readonly text: string };

/** What a verdict is made of. */
export type VerdictFacts = {
  readonly total: TotalSummary;
  /** Deliveries that may be excused without failing the run; a fraction is of the expected. */
  readonly allowExcused: Share;
  /** Excused deliveries that are not held against the run, because it ended those connections itself. */
  readonly ownExcused?: number;
  readonly thresholds: readonly ThresholdResult[];
  /** Reasons why a number of this run must not be believed. */
  readonly invalid: readonly string[];
  readonly errors: readonly string[];
  readonly interrupted: boolean;
};

/** Everything against a pass, worst kind first. Duplicates and latecomers are warnings only and not among them. */
export const causesOf = (facts: VerdictFacts): readonly Cause[] => {
  const { total, allowExcused } = facts;
  const causes: Cause[] = [];
  const add = (kind: CauseKind, text: string) => causes.push({ kind, text });
  if (facts.interrupted) add("interrupted", "the run was interrupted");
  for (const error of facts.errors) add("error", error);
  for (const reason of facts.invalid) add("invalid", reason);
  if (total.unknown > 0) add("invalid", `unknown: ${total.unknown} deliveries that nobody can tell of`);
  if (total.missing !== null && total.missing > 0)
    add("delivery", `missing: ${total.missing} of ${total.expected} expected deliveries`);
  if (total.strays > 0)
    add("delivery", `strays: ${counted(total.strays, "receipt")} by devices the broadcast was not for`);
  if (total.corrupt > 0)
    add("delivery", `corrupt: ${counted(total.corrupt, "receipt")} with other bytes than were sent`);
  const allowed = allowExcused.kind === "count" ? allowExcused.count : (total.expected ?? 0) * allowExcused.fraction;
  const own = facts.ownExcused ?? 0;
  if (total.excused !== null && total.excused - own > allowed) {
    const beside = own === 0 ? "" : `, beside ${own} that the scenario cut off`;
    add(
      "delivery",
      `excused: ${total.excused - own} deliveries to devices whose connection ended, ${allowed} allowed${beside}`,
    );
  }
  for (const result of facts.thresholds) {
    if (!result.pass) add("threshold", `threshold ${result.expression} not met: ${result.observed ?? "not known"}`);
  }
  return causes;
};

/** The word for a set of causes. */
export const verdictOf = (causes: readonly Cause[]): Verdict => {
  const kinds = new Set(causes.map((cause) => cause.kind));
  if (kinds.has("interrupted")) return "interrupted";
  if (kinds.has("error")) return "error";
  if (kinds.has("invalid")) return "invalid";
  return kinds.size > 0 ? "fail" : "pass";
};
