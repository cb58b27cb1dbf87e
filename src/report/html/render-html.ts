import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ReportRun } from "../../domain/report-run.js";
import { linkPageScript } from "./link-page-script.js";
import { pageData } from "./page-data.js";

/** The icon of the tab: a wave that reaches everywhere. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%230b6bcb' stroke-width='2'%3E%3Ccircle cx='8' cy='8' r='1.5' fill='%230b6bcb'/%3E%3Ccircle cx='8' cy='8' r='5.5'/%3E%3C/svg%3E";

/** JSON that cannot end the element it stands in, whatever names and reasons say. */
const asData = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");

const sourceOf = (hash: string): string => `'sha256-${hash}'`;
const hashOf = (text: string): string => sourceOf(createHash("sha256").update(text).digest("base64"));

/** Text that goes into an element as it is: one that could end the element is a mistake of ours. */
const inlined = (text: string): string => {
  if (/<\/(script|style)|<!--|\r/i.test(text)) throw new Error("a script or style of the page would end its element");
  return text;
};

/**
 * The report of a run as one HTML page that asks for nothing else: script, style and data are inside, and its content policy
 * allows these and no other. The same run gives the same bytes. Every text of the run is in the data and is shown as text.
 */
export const renderHtml = (run: ReportRun): string => {
  const { resolve } = createRequire(import.meta.url);
  const read = (path: string | URL) => inlined(readFileSync(path, "utf8"));
  // compiled code lies in dist/src/report/html, the style stays beside its source
  const style = `${read(resolve("uplot/dist/uPlot.min.css"))}\n${read(new URL("../../../../src/report/html/page/page.css", import.meta.url))}`;
  const library = read(resolve("uplot/dist/uPlot.iife.min.js"));
  const script = inlined(linkPageScript(new URL("page/page.js", import.meta.url)));
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(library)} ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>iotb report</title>
<link rel="icon" href="${ICON}">
<style>${style}</style>
</head>
<body>
<noscript>This report draws itself with a script of its own, without any network. Please allow it.</noscript>
<script type="application/json" id="run-data">${asData(pageData(run))}</script>
<script>${library}</script>
<script>${script}</script>
</body>
</html>
`;
};
