import { parseDuration, parseWhole } from "../../domain/units.js";
import { optional } from "../flag.js";

/** When a command that holds devices online ends by itself; `counted` is what it counts, for its help. */
export const endingFlags = (counted: string) => ({
  duration: optional({
    name: "duration",
    short: "d",
    argument: "D",
    help: "end after this time",
    read: (text) => parseDuration(text),
  }),
  limit: optional({
    name: "limit",
    short: "L",
    argument: "N",
    help: `end after N ${counted}`,
    read: (text) => parseWhole(text, 1),
  }),
});
