/** So many endpoints are named; more are counted. */
const NAMED = 3;

/** Endpoints for people: the first in full, a few more by their ports, and how many more there are. */
export const listEndpoints = (urls: readonly string[]): string => {
  const [first = "none", ...others] = urls;
  const ports = others.slice(0, NAMED - 1).map((url) => `:${new URL(url).port}`);
  const more = others.length - ports.length;
  return `${[first, ...ports].join(" ")}${more > 0 ? ` and ${more} more` : ""}`;
};
