import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";

/** How long an answer is used, ms: a fleet connects thousands of times to one name, a name may move during a long run. */
const FRESH_MS = 5000;

/**
 * A resolver that asks the system once for all devices that connect at about the same time. Node would ask once a connection,
 * four at a time. Failures are shared too, and forgotten at once.
 */
export const createSharedLookup = (): LookupFunction => {
  const answers = new Map<string, { readonly askedAt: number; readonly addresses: Promise<LookupAddress[]> }>();
  const ask = (hostname: string, family: number, hints: number): Promise<LookupAddress[]> => {
    const key = `${hostname} ${family} ${hints}`;
    const known = answers.get(key);
    if (known && performance.now() - known.askedAt < FRESH_MS) return known.addresses;
    const addresses = lookup(hostname, { all: true, family, hints });
    answers.set(key, { askedAt: performance.now(), addresses });
    addresses.catch(() => answers.delete(key));
    return addresses;
  };
  return (hostname, options, callback) => {
    const family = options.family === "IPv6" ? 6 : options.family === "IPv4" ? 4 : (options.family ?? 0);
    ask(hostname, family, options.hints ?? 0).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all || first === undefined) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, []),
    );
  };
};
