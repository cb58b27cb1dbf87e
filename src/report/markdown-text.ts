import { escapeControls } from "../domain/escape-controls.js";

/**
 * Text from outside in Markdown: a code span, in which neither markup, HTML, links nor mentions mean anything. Controls are
 * escaped, so that it stays on its line.
 */
export const markdownCode = (text: string): string => {
  const shown = escapeControls(text);
  const longest = (shown.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = "`".repeat(longest + 1);
  // a space at both ends is taken off again; without it a backtick at an end would join the fence
  const pad = shown === "" || /^`|`$|^ .* $/.test(shown) ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
};

/** As {@link markdownCode}, within a table: there a bar ends the cell, even in a code span, unless a backslash stands before it. */
export const markdownCell = (text: string): string => markdownCode(text).replaceAll("|", "\\|");

/** A table of cells that are Markdown already; all columns but the first are aligned to the right. */
export const markdownTable = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
