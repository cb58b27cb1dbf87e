import type { ChalkInstance } from "chalk";
import { counted } from "../domain/counted.js";
import type { RunEnd, SelftestDifference, SelftestResult, SelftestRound } from "../domain/selftest-result.js";
import { countText } from "./count-text.js";

/** The widths of the columns; the first grows with its text. */
const NAME = 48;
const NUMBERS = [10, 8, 17, 12] as const;
const END = 12;

const endText = ({ verdict, exit }: RunEnd): string => `${verdict} (${exit})`;

const row = (name: string, numbers: readonly string[], end: string): string =>
  `${name.padEnd(NAME)}${numbers.map((text, i) => text.padStart(NUMBERS[i] ?? 0)).join("")}  ${end.padEnd(END)}`;

/** The heading over the rounds. */
export const selftestHeading = (paint: ChalkInstance): string =>
  paint.dim(`${row("fault", ["injected", "found", "falsely accused", "overlooked"], "verdict")}as expected`);

/** One round's line, as soon as it is over. */
export const selftestLine = (paint: ChalkInstance, round: SelftestRound): string => {
  const { name, injected, found, falselyAccused, overlooked, expected, observed, ok } = round;
  const text = row(name, [injected, found, falselyAccused, overlooked].map(countText), endText(observed));
  if (ok) return `${text}${paint.green("ok")}`;
  const sameEnd = expected.verdict === observed.verdict && expected.exit === observed.exit;
  return `${paint.red(text)}${paint.red.bold(sameEnd ? "MISMATCH" : `MISMATCH, not ${endText(expected)}`)}`;
};

/** What differs in a round of a fleet of `devices`, one line each, with `most` names a side. */
export const differenceLines = (
  paint: ChalkInstance,
  { differences, faults, seed, broadcasts }: SelftestRound,
  { devices, most }: { readonly devices: number; readonly most: number },
): string[] => {
  const lines = differences.map((difference) => paint.yellow(`  ${differenceText(difference, most)}`));
  if (differences.length === 0) return [];
  const again = faults === "" ? "" : ` --fault ${faults} --fault-seed ${seed}`;
  return [
    ...lines,
    paint.dim(`  this round alone: iotb measure --local -c ${devices} --broadcasts ${broadcasts}${again}`),
  ];
};

const differenceText = (
  { broadcast, what, ledger, account, falselyAccused, overlooked }: SelftestDifference,
  most: number,
): string => {
  const where = broadcast === null ? "" : `broadcast ${broadcast}, `;
  const sides = [sideText("falsely accused", falselyAccused, most), sideText("overlooked", overlooked, most)].filter(
    (text) => text !== "",
  );
  return [`${where}${what}: ${ledger} by the ledger, ${account} by the account`, ...sides].join("; ");
};

const sideText = (what: string, devices: readonly string[], most: number): string => {
  if (devices.length === 0) return "";
  const named = devices.slice(0, most).join(" ");
  return `${what} ${named}${devices.length > most ? ` and ${countText(devices.length - most)} more` : ""}`;
};

/** What the whole came to. `again` is the command line that repeats it. */
export const selftestSummary = (paint: ChalkInstance, result: SelftestResult, again: string): string => {
  const { total, kinds, ok, rounds, seconds } = result;
  const failed = rounds.filter((round) => !round.ok).length;
  const numbers = [total.injected, total.found, total.falselyAccused, total.overlooked].map(countText);
  const word = ok ? paint.green.bold("OK") : paint.red.bold("MISMATCH");
  const why = ok
    ? "the account says what the platform's ledger says, device by device"
    : `in ${failed} of ${rounds.length} rounds the account and the platform's ledger disagree`;
  return [
    paint
      .bold(row(`${counted(rounds.length, "round")}, ${counted(kinds.length, "kind")} of fault`, numbers, ""))
      .trimEnd(),
    "",
    `${paint.bold("selftest")}   ${word}  ${why}`,
    `${paint.bold("again")}      ${again}   (${seconds.toFixed(1)} s)`,
  ].join("\n");
};
