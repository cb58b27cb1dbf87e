import { isIP } from "node:net";

/** How far a host reaches: this machine, a private network, or anything else. Names are not resolved: unknown ones are public. */
export type HostScope = "loopback" | "private" | "public";

/** The scope of a host name or address, without brackets. */
export const scopeOf = (host: string): HostScope => {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || name.endsWith(".localhost")) return "loopback";
  const version = isIP(name);
  if (version === 4) return scopeOf4(name);
  if (version === 6) return scopeOf6(name);
  return "public";
};

/** The farthest of some scopes; loopback where there are none. */
export const farthest = (scopes: readonly HostScope[]): HostScope =>
  scopes.includes("public") ? "public" : scopes.includes("private") ? "private" : "loopback";

/** Whether a host is the cloud's. */
export const isAliyunHost = (host: string): boolean => /(?:^|\.)aliyuncs\.com\.?$/i.test(host);

const scopeOf4 = (address: string): HostScope => {
  const [a = 0, b = 0] = address.split(".").map(Number);
  if (a === 127) return "loopback";
  const isPrivate =
    a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
  return isPrivate ? "private" : "public";
};

const scopeOf6 = (address: string): HostScope => {
  if (/^(?:0*:)*:?0*1$/.test(address)) return "loopback";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (mapped?.[1] !== undefined) return scopeOf4(mapped[1]);
  return /^f[cd]|^fe[89ab]/.test(address) ? "private" : "public";
};
