/** An element as the tests look at it. */
export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text directly in it, trimmed. */
  readonly text: string;
};

const NAME = "[A-Za-z_][A-Za-z0-9_.-]*";
const OPENING = new RegExp(`^<(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`);
const ATTRIBUTE = new RegExp(`(${NAME})="([^"<]*)"`, "g");
const ENTITY: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** [XML 1.0, 2.2] Char, less what is discouraged there. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const NO_CHAR = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/u;

const decode = (text: string): string =>
  text.replace(/&([^;]*;?)/g, (whole, name: string) => {
    const character = name.endsWith(";") ? ENTITY[name.slice(0, -1)] : undefined;
    if (character === undefined) throw new Error(`not an entity: ${whole}`);
    return character;
  });

/** Parses the XML that has nothing but elements, attributes and the five entities, strictly. Throws where it is not well-formed. */
export const parseXml = (document: string): XmlElement => {
  if (NO_CHAR.test(document)) throw new Error("a character that XML has no form for");
  const declaration = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/.exec(document);
  if (declaration === null) throw new Error("no declaration");
  let rest = document.slice(declaration[0].length);
  const parseElement = (): XmlElement => {
    const opening = OPENING.exec(rest);
    if (opening === null) throw new Error(`not an element: ${rest.slice(0, 60)}`);
    const [whole, name = "", pairs = "", closed] = opening;
    rest = rest.slice(whole.length);
    const attributes: Record<string, string> = {};
    for (const [, key = "", value = ""] of pairs.matchAll(ATTRIBUTE)) {
      if (key in attributes) throw new Error(`${key} is there twice`);
      attributes[key] = decode(value);
    }
    const children: XmlElement[] = [];
    let text = "";
    while (closed !== "/") {
      const next = rest.indexOf("<");
      if (next < 0) throw new Error(`${name} is not closed`);
      text += decode(rest.slice(0, next));
      rest = rest.slice(next);
      if (rest.startsWith(`</${name}>`)) {
        rest = rest.slice(name.length + 3);
        break;
      }
      children.push(parseElement());
    }
    return { name, attributes, children, text: text.trim() };
  };
  const root = parseElement();
  if (rest.trim() !== "") throw new Error(`something after the root: ${rest.slice(0, 60)}`);
  return root;
};
