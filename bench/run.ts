import { answerTable, isMet } from "./answer-table.js";
import { brokers } from "./brokers.js";
import { connectRate } from "./connect-rate.js";
import { density } from "./density.js";
import { engineCost } from "./engine-cost.js";
import { fanOut } from "./fan-out.js";
import { idleConnections } from "./idle-connections.js";
import { machineFacts } from "./machine-facts.js";
import { offline } from "./offline.js";
import { parseRequest, type Request } from "./parse-request.js";
import type { Question } from "./question.js";
import { saveAnswer } from "./save-answer.js";
import { scale } from "./scale.js";

const QUESTIONS: readonly Question[] = [
  fanOut,
  connectRate,
  density,
  brokers,
  engineCost,
  idleConnections,
  scale,
  offline,
];

/** Something could not be measured here. */
const EXIT_SKIPPED = 3;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const isWanted = (parts: readonly string[], { name, onDemand }: Question): boolean =>
  onDemand ? parts.includes(name) : parts.length === 0 || parts.some((part) => name.includes(part));

/**
 * Asks the questions whose names hold one of the arguments (all without any). Exit code 1 where a ratio is not as required, 3 where
 * something had to be skipped.
 */
const main = async ({ parts, wishes }: Request): Promise<void> => {
  const questions = QUESTIONS.filter((question) => isWanted(parts, question));
  if (questions.length === 0) {
    say(`no question is called ${parts.join(" or ")}: there are ${QUESTIONS.map(({ name }) => name).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const machine = await machineFacts();
  say(
    `${machine.cpu} × ${machine.cores}, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB, ${machine.kernel}, Node ${machine.node}, commit ${machine.commit ?? "?"}, load before ${machine.loadBefore.toFixed(2)}`,
  );
  for (const question of questions) {
    say(`\n## ${question.title} (${question.name})\n`);
    const answer = await question.ask((text) => process.stderr.write(`${question.name}: ${text}\n`), wishes);
    await saveAnswer(question, wishes, machine, answer);
    say(answerTable(answer));
    if (!answer.ratios.every(isMet)) process.exitCode = 1;
    else if ((answer.skipped ?? []).length > 0) process.exitCode ??= EXIT_SKIPPED;
  }
};

await main(parseRequest(process.argv.slice(2)));
