import { mkdir, writeFile } from "node:fs/promises";
import { answerTable, isMet } from "./answer-table.js";
import { connectRate } from "./connect-rate.js";
import { engineCost } from "./engine-cost.js";
import { fanOut } from "./fan-out.js";
import { idleConnections } from "./idle-connections.js";
import { type MachineFacts, machineFacts } from "./machine-facts.js";
import type { Answer, Question } from "./question.js";
import { spreadOverRuns } from "./spread.js";

const QUESTIONS: readonly Question[] = [fanOut, connectRate, engineCost, idleConnections];

// seen from dist/bench
const RESULTS = new URL("../../bench/results/", import.meta.url);

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const save = async ({ name, title }: Question, machine: MachineFacts, { series, ratios }: Answer): Promise<void> => {
  const summed = series.map(({ label, metrics, runs }) => ({
    label,
    figures: metrics.map((metric) => ({ ...metric, ...spreadOverRuns(runs, metric.key) })),
    runs,
  }));
  await mkdir(RESULTS, { recursive: true });
  const text = JSON.stringify({ question: name, title, machine, series: summed, ratios }, null, 2);
  await writeFile(new URL(`${name}.json`, RESULTS), `${text}\n`);
};

/** Asks the questions whose names hold one of the arguments (all without any); exit code 1 where a ratio is not as required. */
const main = async (wanted: readonly string[]): Promise<void> => {
  const questions = QUESTIONS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  if (questions.length === 0) {
    say(`no question is called ${wanted.join(" or ")}: there are ${QUESTIONS.map(({ name }) => name).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const machine = await machineFacts();
  say(
    `${machine.cpu} × ${machine.cores}, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB, ${machine.kernel}, Node ${machine.node}, commit ${machine.commit ?? "?"}, load before ${machine.loadBefore.toFixed(2)}`,
  );
  for (const question of questions) {
    say(`\n## ${question.title} (${question.name})\n`);
    const answer = await question.ask((text) => process.stderr.write(`${question.name}: ${text}\n`));
    await save(question, machine, answer);
    say(answerTable(answer));
    if (!answer.ratios.every(isMet)) process.exitCode = 1;
  }
};

await main(process.argv.slice(2));
