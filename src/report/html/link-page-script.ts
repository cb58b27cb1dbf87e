import { readFileSync } from "node:fs";

/** What the compiler leaves of an import between the page's modules; types are gone. */
const IMPORT = /^import \{([^}]+)\} from "(\.[^"]+)";\n/gm;
const EXPORT = /^export (?=(?:const|function|class) (\w+))/gm;
const LEFTOVERS = /^export \{\};\n|^\/\/# sourceMappingURL=.*\n?/gm;

/**
 * The compiled modules that `entry` needs as one script: each once and after those it imports, in a function of its own that
 * returns its exports. Throws where a module says something that cannot be put together this way.
 */
export const linkPageScript = (entry: URL): string => {
  const placed = new Map<string, string>();
  const parts: string[] = [];
  const place = (module: URL): string => {
    const known = placed.get(module.href);
    if (known !== undefined) return known;
    const source = readFileSync(module, "utf8");
    const exported = [...source.matchAll(EXPORT)].map(([, name]) => name);
    const body = source
      .replace(IMPORT, (_, names: string, path: string) => {
        return `const {${names.replaceAll(" as ", ": ")}} = ${place(new URL(path, module))};\n`;
      })
      .replace(EXPORT, "")
      .replace(LEFTOVERS, "")
      .trim();
    if (/^(import|export)\b/m.test(body)) throw new Error(`${module.pathname} cannot be linked into the page`);
    const name = `module${placed.size}`;
    placed.set(module.href, name);
    parts.push(`const ${name} = (() => {\n${body}\nreturn { ${exported.join(", ")} };\n})();`);
    return name;
  };
  place(entry);
  return `"use strict";\n(() => {\n${parts.join("\n")}\n})();\n`;
};
