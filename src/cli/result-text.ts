import type { ChalkInstance } from "chalk";
import type { MeasureResult } from "../domain/measure-result.js";
import { summaryText } from "../report/measure-text.js";
import { nextStep } from "./next-step.js";
import { escapeControls, escapeWithin } from "./terminal.js";

/**
 * A result in words for a terminal, with what to do next; `hint` is the failure's own, or null. Texts from outside are escaped before
 * they are coloured: afterwards our own colours would be escaped with them.
 */
export const resultText = (paint: ChalkInstance, result: MeasureResult, hint: string | null): string =>
  summaryText(paint, escapeWithin(result), escapeControls(nextStep(result, hint)));
