import { escapeControls } from "../domain/escape-controls.js";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** What XML 1.0 cannot hold in any form and {@link escapeControls} lets pass: the two non-characters that end the first plane. */
const NO_CHARACTERS = /[\ufffe\uffff]/g;

/** Text as the content of an XML element or attribute: markup as entities, controls as escapes, as XML has no form for them. */
export const xmlText = (text: string): string =>
  escapeControls(text)
    .replace(NO_CHARACTERS, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

/** An XML element with attributes in the given order (null is left out) and content that is XML already. */
export const xmlElement = (
  name: string,
  attributes: Readonly<Record<string, string | number | null>>,
  content: readonly string[] = [],
): string => {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}="${xmlText(String(value))}"`);
  const opened = `<${name}${pairs.join("")}`;
  return content.length === 0 ? `${opened}/>` : `${opened}>\n${content.join("\n")}\n</${name}>`;
};
