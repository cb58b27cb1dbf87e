import type { PageData } from "../page-model.js";
import { element } from "./element.js";
import { countText, msText, plural, rateText, shareText } from "./figures.js";

/** What each verdict means, in a sentence. */
const MEANING: ReadonlyMap<string, string> = new Map([
  ["pass", "Every expected device got every broadcast, and every threshold was met."],
  ["fail", "The run was measured well, and what it shows is not good enough."],
  ["invalid", "Numbers of this run must not be believed."],
  ["error", "The run ended in an error; what was seen until then is below."],
  ["interrupted", "The run was interrupted; what was seen until then is below."],
]);

const SIGN: ReadonlyMap<string, string> = new Map([
  ["pass", "✓"],
  ["fail", "✗"],
]);

const meaningOf = ({ summary: { verdict, total } }: PageData): string =>
  verdict === "pass" && total.excused
    ? `Every threshold was met, and every expected device got every broadcast, but for ${plural(total.excused, "delivery", "deliveries")} excused.`
    : (MEANING.get(verdict) ?? "");

/** A list of sentences, the first `kept` of them at once and the others on demand. */
const sentences = (texts: readonly string[], kept: number): HTMLElement => {
  const list = (some: readonly string[]) => element("ul", {}, ...some.map((text) => element("li", {}, text)));
  const rest = texts.slice(kept);
  return element(
    "div",
    {},
    list(texts.slice(0, kept)),
    rest.length === 0
      ? null
      : element("details", {}, element("summary", {}, `${countText(rest.length)} more`), list(rest)),
  );
};

const tile = (name: string, value: string, note: string): HTMLElement =>
  element(
    "div",
    { class: "tile" },
    element("dt", {}, name),
    element("dd", {}, element("strong", {}, value), element("small", {}, note)),
  );

/** The verdict, everything against a pass, and the figures one looks for first. */
export const verdictSection = (data: PageData): HTMLElement => {
  const { verdict, causes, warnings, total } = data.summary;
  const known = MEANING.has(verdict) ? verdict : "error";
  const slowest = Math.max(0, ...data.broadcasts.filter(({ warmup }) => !warmup).map(({ apiMs }) => apiMs));
  const rates = data.broadcasts.flatMap(({ warmup, deliveriesPerSecond }) =>
    warmup || deliveriesPerSecond === null ? [] : [deliveriesPerSecond],
  );
  const worst = data.coverageRows.find(({ share }) => share === 0.999);
  return element(
    "section",
    { id: "verdict", "aria-label": "Verdict" },
    element(
      "div",
      { class: `banner ${known}` },
      element(
        "p",
        { class: "word" },
        element("span", { "aria-hidden": "true" }, SIGN.get(verdict) ?? "!"),
        ` ${verdict}`,
      ),
      element(
        "div",
        { class: "why" },
        element("p", {}, meaningOf(data)),
        causes.length === 0 ? null : sentences(causes, 12),
      ),
    ),
    element(
      "dl",
      { class: "tiles" },
      tile(
        "Delivered",
        shareText(total.delivered, total.expected),
        `${countText(total.delivered)} of ${countText(total.expected)}`,
      ),
      tile("Half had it in", msText(total.latencyMs.p50), "p50, due → receipt"),
      tile("99 % had it in", msText(total.latencyMs.p99), "p99 of the deliveries"),
      tile("Slowest delivery", msText(total.latencyMs.max), "maximum, exact"),
      tile(
        "99.9 % coverage",
        worst === undefined ? "not known" : worst.worst === null ? "never" : msText(worst.worst),
        data.timed === 1 ? "of the expected" : "of the expected, worst broadcast",
      ),
      tile(
        "Slowest fan-out",
        rateText(rates.length === 0 ? null : Math.min(...rates)),
        `deliveries a second; API call ≤ ${data.timed === 0 ? "–" : msText(slowest)}`,
      ),
    ),
    warnings.length === 0
      ? null
      : element(
          "div",
          { class: "warnings" },
          element("h2", {}, plural(warnings.length, "Warning")),
          sentences(warnings, 8),
        ),
  );
};
