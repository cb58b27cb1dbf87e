import { type Content, element } from "./element.js";
import { countText } from "./figures.js";
import type { Theme } from "./theme.js";

/** A column: how a cell is written and, where rows can be ordered by it, what they are ordered by; null comes last. */
export type Column<Row> = {
  readonly heading: string;
  readonly cell: (row: Row) => Content;
  readonly numeric?: boolean;
  readonly order?: (row: Row) => number | string | null;
  /** Class of a cell, for what must catch the eye. */
  readonly mark?: (row: Row) => string;
};

/** A table of any number of rows, of which one page is in the document. */
export type DataTable<Row> = { readonly node: HTMLElement; show(rows: readonly Row[]): void };

const PAGE_ROWS = 50;
const PRINTED_ROWS = 1000;

type Order<Row> = { readonly column: Column<Row>; readonly down: boolean };

const ordered = <Row>(rows: readonly Row[], { column, down }: Order<Row>): Row[] => {
  const key = column.order ?? (() => null);
  return rows
    .map((row) => [key(row), row] as const)
    .sort(([a], [b]) => {
      if (a === null || b === null) return Number(a === null) - Number(b === null);
      const rising = a < b ? -1 : a > b ? 1 : 0;
      return down ? -rising : rising;
    })
    .map(([, row]) => row);
};

/** Makes a table with ordering by its headings and pages; `empty` is said in place of no rows. */
export const dataTable = <Row>(
  theme: Theme,
  caption: string,
  columns: readonly Column<Row>[],
  empty: string,
): DataTable<Row> => {
  let all: readonly Row[] = [];
  let shown: readonly Row[] = [];
  let order: Order<Row> | null = null;
  let first = 0;
  const body = element("tbody");
  const status = element("span", { class: "range", role: "status" });
  const turn = (text: string, by: number) => {
    const button = element("button", { type: "button" }, text);
    button.addEventListener("click", () => {
      first += by;
      draw();
    });
    return button;
  };
  const back = turn("‹ Previous", -PAGE_ROWS);
  const on = turn("Next ›", PAGE_ROWS);
  const pager = element("div", { class: "pager" }, status, element("span", { class: "controls" }, back, on));
  const nothing = element("p", { class: "empty" }, empty);
  const headings = columns.map((column) => {
    const cell = element("th", { scope: "col", class: column.numeric ? "number" : "" });
    if (column.order === undefined) cell.append(column.heading);
    else {
      const button = element("button", { type: "button" }, column.heading);
      button.addEventListener("click", () => {
        order = { column, down: order?.column === column ? !order.down : column.numeric === true };
        arrange();
      });
      cell.append(button);
    }
    return cell;
  });
  const table = element(
    "table",
    {},
    element("caption", { class: "unseen" }, caption),
    element("thead", {}, element("tr", {}, ...headings)),
    body,
  );
  const frame = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table);
  const cellOf = (column: Column<Row>, row: Row) =>
    element("td", { class: `${column.numeric ? "number" : ""} ${column.mark?.(row) ?? ""}`.trim() }, column.cell(row));

  const draw = () => {
    const from = theme.isPrinting() ? 0 : first;
    const page = shown.slice(from, from + (theme.isPrinting() ? PRINTED_ROWS : PAGE_ROWS));
    body.replaceChildren(...page.map((row) => element("tr", {}, ...columns.map((column) => cellOf(column, row)))));
    status.textContent = `${countText(from + 1)}–${countText(from + page.length)} of ${countText(shown.length)}`;
    frame.hidden = shown.length === 0;
    nothing.hidden = shown.length > 0;
    pager.hidden = shown.length <= page.length;
    back.disabled = from === 0;
    on.disabled = from + page.length >= shown.length;
  };
  const arrange = () => {
    headings.forEach((cell, i) => {
      if (order === null || columns[i] !== order.column) cell.removeAttribute("aria-sort");
      else cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    });
    shown = order === null ? all : ordered(all, order);
    first = 0;
    draw();
  };
  theme.onChange(draw);
  arrange();
  return {
    node: element("div", { class: "table" }, frame, nothing, pager),
    show: (rows) => {
      all = rows;
      arrange();
    },
  };
};

/** A table that is shown whole and stays as it is. */
export const plainTable = <Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): HTMLElement =>
  element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", { class: "unseen" }, caption),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...columns.map(({ heading, numeric }) =>
            element("th", { scope: "col", class: numeric ? "number" : "" }, heading),
          ),
        ),
      ),
      element(
        "tbody",
        {},
        ...rows.map((row) =>
          element(
            "tr",
            {},
            ...columns.map(({ cell, numeric, mark }) =>
              element("td", { class: `${numeric ? "number" : ""} ${mark?.(row) ?? ""}`.trim() }, cell(row)),
            ),
          ),
        ),
      ),
    ),
  );
