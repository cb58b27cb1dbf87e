import type { PageBroadcast, PageData } from "../page-model.js";
import { type Column, dataTable } from "./data-table.js";
import { type Content, element, section } from "./element.js";
import { countText, msText, rateText, unixText } from "./figures.js";
import type { Theme } from "./theme.js";

const PARTS = ["delivered", "missing", "excused", "unknown"] as const;
const BESIDE = ["duplicates", "latecomers", "strays", "corrupt"] as const;

/** The sum in words and as a bar of its parts. */
const equation = ({ summary: { total } }: PageData): HTMLElement => {
  const bar = element("div", { class: "bar", "aria-hidden": "true" });
  for (const part of PARTS) {
    const count = total[part] ?? 0;
    if (count === 0) continue;
    const piece = element("span", { class: part });
    piece.style.flexGrow = String(count);
    bar.append(piece);
  }
  const term = (name: string, count: number | null) =>
    element(
      "span",
      { class: `term ${name} ${count ? "some" : "none"}` },
      element("b", {}, countText(count)),
      ` ${name}`,
    );
  const sum: Content[] = [term("expected", total.expected)];
  PARTS.forEach((part, i) => {
    sum.push(element("span", { class: "sign" }, i === 0 ? "=" : "+"), term(part, total[part]));
  });
  const beside = [...BESIDE, "foreign"] as const;
  return element(
    "div",
    { class: "equation" },
    element("p", { class: "sum" }, ...sum),
    bar,
    element("p", { class: "beside" }, "Beside the sum: ", ...beside.map((name) => term(name, total[name]))),
  );
};

const count = (name: (typeof PARTS)[number] | (typeof BESIDE)[number] | "expected"): Column<PageBroadcast> => ({
  heading: name[0]?.toUpperCase() + name.slice(1),
  numeric: true,
  cell: (row) => countText(row[name]),
  order: (row) => row[name],
  mark: (row) =>
    row[name] === null || row[name] === 0 ? "quiet" : name === "expected" || name === "delivered" ? "" : `some ${name}`,
});

const time = (heading: string, of: (row: PageBroadcast) => number | null): Column<PageBroadcast> => ({
  heading,
  numeric: true,
  cell: (row) => msText(of(row)),
  order: of,
  mark: (row) => (of(row) === null ? "quiet" : ""),
});

const never = (row: PageBroadcast, ms: number | null): string =>
  ms !== null ? msText(ms) : row.expected ? "never" : "not known";

const COLUMNS: readonly Column<PageBroadcast>[] = [
  {
    heading: "No.",
    numeric: true,
    cell: ({ number }) => String(number),
    order: ({ number }) => -number,
  },
  {
    heading: "Message id",
    cell: ({ messageId, warmup, balanced }) =>
      element(
        "span",
        {},
        element("code", {}, messageId),
        warmup ? " warm-up" : null,
        balanced === false ? element("strong", { class: "bad" }, " does not add up") : null,
      ),
  },
  count("expected"),
  ...PARTS.map(count),
  ...BESIDE.map(count),
  time("p50", ({ latencyMs }) => latencyMs.p50),
  time("p99", ({ latencyMs }) => latencyMs.p99),
  time("Max", ({ latencyMs }) => latencyMs.max),
  {
    heading: "99 % coverage",
    numeric: true,
    cell: (row) => never(row, row.coverageMs.p99),
    order: ({ coverageMs }) => coverageMs.p99 ?? Number.MAX_VALUE,
  },
  {
    heading: "99.9 % coverage",
    numeric: true,
    cell: (row) => never(row, row.coverageMs.p999),
    order: ({ coverageMs }) => coverageMs.p999 ?? Number.MAX_VALUE,
  },
  time("Spread", ({ spreadMs }) => spreadMs),
  {
    heading: "Fan-out",
    numeric: true,
    cell: ({ deliveriesPerSecond }) => rateText(deliveriesPerSecond),
    order: ({ deliveriesPerSecond }) => deliveriesPerSecond,
  },
  time("API call", ({ apiMs }) => apiMs),
  { heading: "Sent", cell: ({ sentAtUs }) => unixText(sentAtUs), order: ({ sentAtUs }) => sentAtUs },
];

/** The sum that every broadcast comes to, in all and one by one. */
export const accountSection = (data: PageData, theme: Theme): HTMLElement => {
  const unbalanced = data.broadcasts.filter(({ balanced }) => balanced === false).length;
  const table = dataTable(theme, "The account of each broadcast", COLUMNS, "Nothing was broadcast.");
  table.show(data.broadcasts);
  return section(
    "account",
    "Account",
    "Every pair of a broadcast and an expected device ends in exactly one of delivered, missing, excused and unknown. Missing: no receipt though the connection stood. Excused: the connection ended before the broadcast settled. Unknown: nobody can tell.",
    data.broadcasts.length === 0 ? null : equation(data),
    unbalanced === 0 ? null : element("p", { class: "bad" }, `${unbalanced} of the broadcasts below do not add up.`),
    table.node,
  );
};
