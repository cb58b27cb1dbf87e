import type { ChalkInstance } from "chalk";
import type { MeasureResult } from "../domain/measure-result.js";
import { summaryText } from "../report/measure-text.js";
import { nextStep } from "./next-step.js";
import { escapeControls } from "./terminal.js";

/** A record with every text in it as a terminal may show it. */
const escaped = <T extends object>(record: T): T =>
  JSON.parse(
    JSON.stringify(record, (_key, value: unknown) => (typeof value === "string" ? escapeControls(value) : value)),
  ) as T;

/**
 * A result in words for a terminal, with what to do next; `hint` is the failure's own, or null. Texts from outside are escaped before
 * they are coloured: afterwards our own colours would be escaped with them.
 */
export const resultText = (paint: ChalkInstance, result: MeasureResult, hint: string | null): string =>
  summaryText(paint, escaped(result), escapeControls(nextStep(result, hint)));
