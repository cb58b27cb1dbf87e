/** The files of a kept state, in a directory of their own. Only the second must be there. */
export const STATE_FILES = {
  /** `{"schema":…,"products":[{"productKey","productName","productSecret","createdAt"}]}` */
  products: "products.json",
  /** A triplet CSV, as `--devices` takes it. */
  devices: "devices.csv",
  /** A line of JSON for each device that is more than its triplet. */
  details: "details.ndjson",
} as const;

/** The layout's name and version, in `products.json`. */
export const STATE_SCHEMA = "iotb.platform-state/1";

/** What each member of a product may be. */
export const PRODUCT_MEMBERS = {
  productKey: "text",
  productName: "text",
  productSecret: "text",
  createdAt: "time",
} as const;

/** What each member of a line of details may be. */
export const DETAIL_MEMBERS = {
  productKey: "text",
  deviceName: "text",
  nickname: "text",
  disabled: "switch",
  iotId: "text",
  createdAt: "time",
  activatedAt: "time",
  onlineAt: "time",
  offlineAt: "time",
} as const;

type Kind = "text" | "time" | "switch";
type ValueOf<K extends Kind> = K extends "text" ? string : K extends "time" ? number : boolean;

/** A record whose members are those of a table like the two above, none of them certain to be there. */
export type Members<T extends Readonly<Record<string, Kind>>> = {
  readonly [K in keyof T]?: ValueOf<T[K]> | undefined;
};

const WANTED: Readonly<Record<Kind, string>> = {
  text: "a text of 1 to 128 characters",
  time: "a time in Unix milliseconds",
  switch: "true or false",
};

const fits = (kind: Kind, value: unknown): boolean => {
  if (kind === "text") return typeof value === "string" && value.length > 0 && value.length <= 128;
  if (kind === "time") return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  return typeof value === "boolean";
};

/** The record, if its members are those of the table and nothing else; otherwise why not, without a value in it. */
export const readMembers = <T extends Readonly<Record<string, Kind>>>(
  table: T,
  value: unknown,
): { readonly members: Members<T> } | { readonly why: string } => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { why: "not a JSON object" };
  for (const [name, member] of Object.entries(value)) {
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    // a name that was mistyped by hand would otherwise be lost in silence
    if (kind === undefined) {
      return { why: `${JSON.stringify(name.slice(0, 40))} is none of ${Object.keys(table).join(", ")}` };
    }
    if (!fits(kind, member)) return { why: `${JSON.stringify(name)} is not ${WANTED[kind]}` };
  }
  return { members: value as Members<T> };
};
