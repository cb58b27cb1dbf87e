import { setImmediate as nextTurn } from "node:timers/promises";
import { createDeadline, type Deadline, isDeadlineOver } from "./deadline.js";
import type { FuzzTarget } from "./fuzz-target.js";
import { liveBytes } from "./live-bytes.js";
import { mutate } from "./mutate.js";
import { createRandom, seedOf } from "./random.js";

/** What to run. The same plan makes the same inputs. */
export type FuzzPlan = {
  readonly targets: readonly FuzzTarget[];
  /** Inputs of all targets together. */
  readonly count: number;
  readonly seed: number;
  /** An input that takes longer than this each of three times is a finding, ms. */
  readonly slowMs: number;
  /** An input that is not done after this is a finding at once, ms. */
  readonly hangMs: number;
  /** How much more may be alive after the last input than after the first tenth, bytes. */
  readonly growthBytes: number;
};

/** An input that must be kept: why it is wrong. */
export type Finding = { readonly target: string; readonly input: Buffer; readonly why: string };

/** What a run saw. */
export type FuzzReport = {
  /** How often which outcome was seen, by `<target>: <outcome>`. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
  /** Bytes alive at the end more than after the first tenth; below zero where it shrank. */
  readonly grownBytes: number;
  readonly slowestMs: number;
};

/** Inputs of one target before the next one's turn; the event loop turns in between. */
const BATCH = 250;

/** A target is left alone after so many findings: they are mostly one fault. */
const MAX_FINDINGS = 5;

/** Reads a single input. Answers its outcome, or what is wrong with it. */
export const checkInput = (
  target: FuzzTarget,
  input: Buffer,
  { slowMs, hangMs }: Pick<FuzzPlan, "slowMs" | "hangMs">,
  deadline: Deadline = createDeadline(),
): { readonly outcome: string; readonly tookMs: number } | { readonly why: string } => {
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    let outcome = "";
    const startedAt = performance.now();
    try {
      deadline(() => {
        outcome = target.check(Buffer.from(input)); // a copy: what writes into its input changes no fixture
      }, hangMs);
    } catch (thrown) {
      if (isDeadlineOver(thrown)) return { why: `not done after ${hangMs} ms` };
      return { why: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
    }
    fastest = Math.min(fastest, performance.now() - startedAt);
    // a machine that was busy once is not busy three times
    if (fastest <= slowMs) return { outcome, tookMs: fastest };
  }
  return { why: `took ${fastest.toFixed(0)} ms, the fastest of three times` };
};

/** The input number `index` of a target. */
export const inputOf = (target: FuzzTarget, seed: number, index: number): Buffer =>
  mutate(createRandom(seedOf(`${seed}/${target.name}/${index}`)), target.corpus);

/** Runs the plan, the targets by turns. Findings are reported, not thrown. */
export const fuzz = async (plan: FuzzPlan, onProgress?: (done: number) => void): Promise<FuzzReport> => {
  const { targets, count, seed, growthBytes } = plan;
  const deadline = createDeadline();
  const outcomes = new Map<string, number>();
  const findings: Finding[] = [];
  let slowestMs = 0;
  let baseline: number | null = null;
  const checkBatch = (target: FuzzTarget, from: number, to: number): void => {
    for (let index = from; index < to; index++) {
      if (findings.filter((finding) => finding.target === target.name).length >= MAX_FINDINGS) return;
      const input = inputOf(target, seed, index);
      const result = checkInput(target, input, plan, deadline);
      if ("why" in result) {
        findings.push({ target: target.name, input, why: result.why });
        continue;
      }
      slowestMs = Math.max(slowestMs, result.tookMs);
      const key = `${target.name}: ${result.outcome}`;
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
  };
  for (let done = 0, round = 0; done < count; round++) {
    for (const target of targets) {
      const size = Math.min(BATCH, count - done);
      checkBatch(target, round * BATCH, round * BATCH + size);
      done += size;
      await nextTurn();
    }
    if (baseline === null && done >= count / 10) baseline = await liveBytes();
    onProgress?.(done);
  }
  const grownBytes = (await liveBytes()) - (baseline ?? 0);
  if (grownBytes > growthBytes) {
    const why = `${grownBytes} bytes more are alive than after the first tenth, allowed ${growthBytes}`;
    findings.push({ target: targets.map(({ name }) => name).join("+"), input: Buffer.alloc(0), why });
  }
  return { outcomes, findings, grownBytes, slowestMs };
};
