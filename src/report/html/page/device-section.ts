import type { DeviceFact, DeviceKind, DeviceRow, PageData } from "../page-model.js";
import { type Column, dataTable } from "./data-table.js";
import { deviceCsv } from "./device-csv.js";
import { element, section } from "./element.js";
import { countText, momentText, plural } from "./figures.js";
import type { Theme } from "./theme.js";

/** What is known of a device in one broadcast, in words. */
const factText = (kind: DeviceKind, fact: DeviceFact | undefined): string => {
  if (!fact) return "";
  if (fact.length === 3) return `connection ended ${momentText(fact[0])}, closed by ${fact[1]}: ${fact[2]}`;
  const [since, last] = fact;
  const online = since === null ? "" : `online since ${momentText(since)}, `;
  return kind === "missing"
    ? `${online}${last === null ? "no receipt before" : `last receipt ${momentText(last)}`}`
    : "";
};

/** The numbers of some broadcasts, the first of them where there are many. */
const numbersText = (numbers: readonly number[]): string =>
  numbers.length <= 8 ? numbers.join(", ") : `${numbers.slice(0, 7).join(", ")}, … (${countText(numbers.length)})`;

const option = (value: string, text: string) => element("option", { value }, text);

/** A control with its name before it. */
const field = (name: string, control: HTMLElement): HTMLElement => {
  control.id = `devices-${name.toLowerCase()}`;
  return element("span", { class: "field" }, element("label", { for: control.id }, name), control);
};

const download = (name: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href: url, download: name }).click();
  // the browser has taken it by the next turn
  setTimeout(() => URL.revokeObjectURL(url), 0);
};

/** The devices of which something is to be told: searched, narrowed down, copied. */
export const deviceSection = (data: PageData, theme: Theme): HTMLElement => {
  const { rows, products, leftOut } = data.devices;
  const note =
    "Which devices missed a broadcast, were excused, got what was not theirs, got it twice, with other bytes, or came online too late to be expected.";
  if (rows.length === 0) {
    const text = "None: nobody missed, nobody was excused, and nothing came twice, corrupt or astray.";
    return section("devices", "Devices", note, element("p", { class: "empty" }, text));
  }
  const kinds = [...new Set(rows.map(([kind]) => kind))];
  const numbers = [...new Set(rows.flatMap(([, , , broadcasts]) => broadcasts))].sort((a, b) => a - b);
  const search = element("input", { type: "search", placeholder: "part of a name", spellcheck: "false" });
  const kind = element(
    "select",
    {},
    option("", `all kinds (${countText(rows.length)})`),
    ...kinds.map((each) => option(each, `${each} (${countText(rows.filter(([own]) => own === each).length)})`)),
  );
  const broadcast = element(
    "select",
    {},
    option("", "all broadcasts"),
    ...numbers.map((number) => option(String(number), `broadcast ${number}`)),
  );
  const chosen = () => Number(broadcast.value);
  const factOf = ([of, , , broadcasts, facts]: DeviceRow): string => {
    const at = broadcast.value === "" ? broadcasts.length - 1 : broadcasts.indexOf(chosen());
    const text = factText(of, facts[at]);
    return text === "" || broadcasts.length === 1 ? text : `broadcast ${broadcasts[at]}: ${text}`;
  };
  const columns: Column<DeviceRow>[] = [
    { heading: "Device", cell: ([, name]) => element("code", {}, name), order: ([, name]) => name },
    {
      heading: "Kind",
      cell: ([of]) => of,
      order: ([of]) => of,
      mark: ([of]) => `some ${of}`,
    },
    {
      heading: "Broadcasts",
      cell: ([, , , broadcasts]) => numbersText(broadcasts),
      order: ([, , , broadcasts]) => -broadcasts.length,
    },
    { heading: "What is known", cell: factOf, mark: () => "known" },
    ...(products.length > 1
      ? [{ heading: "Product", cell: ([, , product]: DeviceRow) => element("code", {}, products[product] ?? "") }]
      : []),
  ];
  const table = dataTable(theme, "Devices", columns, "No device fits. Search for less, or choose all kinds.");
  let shown: readonly DeviceRow[] = rows;
  const told = element("span", { class: "told", role: "status" });
  const filter = () => {
    const part = search.value.trim().toLowerCase();
    shown = rows.filter(
      ([of, name, , broadcasts]) =>
        (kind.value === "" || of === kind.value) &&
        (broadcast.value === "" || broadcasts.includes(chosen())) &&
        (part === "" || name.toLowerCase().includes(part)),
    );
    told.textContent = plural(shown.length, "row");
    table.show(shown);
  };
  search.addEventListener("input", filter);
  kind.addEventListener("change", filter);
  broadcast.addEventListener("change", filter);
  const csv = element("button", { type: "button" }, "Download CSV");
  csv.addEventListener("click", () => {
    download(
      "devices.csv",
      deviceCsv(shown, products, (number) => data.broadcasts[number - 1]?.messageId ?? "", factOf),
    );
  });
  const copy = element("button", { type: "button" }, "Copy names");
  copy.addEventListener("click", () => {
    const names = [...new Set(shown.map(([, name]) => name))];
    navigator.clipboard.writeText(names.join("\n")).then(
      () => {
        told.textContent = `${plural(names.length, "name")} copied`;
      },
      () => {
        told.textContent = "the browser does not allow to copy; download the CSV instead";
      },
    );
  });
  filter();
  return section(
    "devices",
    "Devices",
    note,
    element(
      "div",
      { class: "filters controls" },
      field("Search", search),
      field("Kind", kind),
      field("Broadcast", broadcast),
      element("span", { class: "buttons" }, copy, csv),
      told,
    ),
    leftOut === 0
      ? null
      : element(
          "p",
          { class: "bad" },
          `${countText(leftOut)} further pairs of device and broadcast are left out of this page; missing.csv, excused.csv and strays.csv of the run directory have all.`,
        ),
    table.node,
  );
};
