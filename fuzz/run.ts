import { randomInt } from "node:crypto";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { readFinding, writeFinding } from "./finding-file.js";
import { checkInput, fuzz } from "./fuzz.js";
import { FUZZ_BOUNDS } from "./fuzz-bounds.js";
import { createTargets } from "./targets.js";

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const HELP = `npm run fuzz -- [COUNT] [--seed N] [--target PART]    COUNT (or FUZZ_COUNT) inputs, 1,000,000 where none is given
npm run fuzz -- --replay FILE                         one finding again`;

/** A whole number from the command line or the environment. */
const readWhole = (text: string, most: number): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) throw new RangeError(`${JSON.stringify(text)} is not 0 to ${most}`);
  return value;
};

const replay = (path: string): void => {
  const { target: name, input } = readFinding(path);
  const target = createTargets().find((one) => one.name === name);
  if (target === undefined) throw new RangeError(`${path}: no target is called ${name}`);
  const result = checkInput(target, input, FUZZ_BOUNDS);
  say("why" in result ? `${name}: ${result.why}` : `${name}: ${result.outcome}`);
  if ("why" in result) process.exitCode = 1;
};

const runAll = async (count: number, seed: number, part: string): Promise<void> => {
  const targets = createTargets().filter(({ name }) => name.includes(part));
  if (targets.length === 0) throw new RangeError(`no target's name holds ${JSON.stringify(part)}`);
  say(`${count} inputs, seed ${seed}, targets ${targets.map(({ name }) => name).join(", ")}`);
  const tenth = count / 10;
  let due = tenth;
  const report = await fuzz({ ...FUZZ_BOUNDS, targets, count, seed }, (done) => {
    if (done < due) return;
    due += tenth;
    process.stderr.write(`${done} done\n`);
  });
  for (const [outcome, times] of [...report.outcomes].sort()) say(`${String(times).padStart(9)}  ${outcome}`);
  say(`slowest input ${report.slowestMs.toFixed(1)} ms, alive after the first tenth ${report.grownBytes} bytes more`);
  for (const finding of report.findings) {
    say(`FINDING ${finding.target}: ${finding.why}`);
    if (finding.input.length > 0) say(`  replay it: npm run fuzz -- --replay ${relative(".", writeFinding(finding))}`);
  }
  say(report.findings.length === 0 ? "no finding" : `${report.findings.length} findings`);
  if (report.findings.length > 0) process.exitCode = 1;
};

const main = async (): Promise<void> => {
  const options = {
    seed: { type: "string" },
    target: { type: "string" },
    replay: { type: "string" },
    help: { type: "boolean" },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help === true) return say(HELP);
  if (values.replay !== undefined) return replay(values.replay);
  const count = readWhole(positionals[0] ?? process.env["FUZZ_COUNT"] ?? "1000000", 1e12);
  const seed = values.seed === undefined ? randomInt(2 ** 32) : readWhole(values.seed, 2 ** 32 - 1);
  await runAll(count, seed, values.target ?? "");
};

await main();
