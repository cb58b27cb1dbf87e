import { writeFile } from "node:fs/promises";
import { compareRuns } from "../../domain/compare.js";
import { fileFault } from "../../files/file-fault.js";
import { readRunDirectory } from "../../files/run-directory.js";
import { writePieces } from "../../files/write-pieces.js";
import { compareMarkdown } from "../../report/compare-markdown.js";
import { compareText } from "../../report/compare-text.js";
import type { CommandContext } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import { exitOfRun } from "../judged-exit.js";
import type { CompareCommandOptions } from "./compare.js";

/** Reads two run directories, sets them side by side and says so in every form that was asked for. */
export const runCompare = async (
  { base, fresh, limits, force, seed, markdownFile }: CompareCommandOptions,
  { output, signal }: CommandContext,
): Promise<ExitCode> => {
  const { comparison, causes } = compareRuns(await readRunDirectory(base), await readRunDirectory(fresh), {
    limits,
    seed,
    force,
  });
  if (markdownFile === "-") await writePieces(output.stdout, "(stdout)", [compareMarkdown(comparison)], signal);
  else output.result(compareText(output.paint.out, comparison));
  output.json(comparison);
  if (markdownFile !== null && markdownFile !== "-") {
    await writeFile(markdownFile, compareMarkdown(comparison)).catch((thrown: unknown) => {
      throw fileFault("output-failed", markdownFile, thrown);
    });
  }
  return exitOfRun(causes, null);
};
