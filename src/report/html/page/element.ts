/** What an element may hold; a string becomes text and never markup. */
export type Content = Node | string | null;

/** Makes an element with attributes and content. `class`, `id`, `scope`, … go by their HTML names. */
export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[Tag] => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content.filter((part) => part !== null));
  return made;
};

/** A part of the page with its heading and, where there is one, a sentence on how to read it. */
export const section = (id: string, title: string, note: string | null, ...content: readonly Content[]): HTMLElement =>
  element(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    element("h2", { id: `${id}-title` }, title),
    // a number and its % belong on one line
    note === null ? null : element("p", { class: "note" }, note.replaceAll(" %", "\u00a0%")),
    ...content,
  );

/** A plot with its figures beside it, or under it where there is no room. */
export const split = (plot: readonly Content[], figures: Content): HTMLElement =>
  element("div", { class: "split" }, element("div", {}, ...plot), figures);

/** Names and values, one under the other or side by side. */
export const facts = (pairs: readonly (readonly [name: string, value: Content])[]): HTMLElement =>
  element(
    "dl",
    { class: "facts" },
    ...pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
