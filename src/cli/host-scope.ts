import { isLoopbackHost, isPrivateHost } from "../domain/target-host.js";

/** How far a host reaches: this machine, a private network, or anything else. Names are not resolved: unknown ones are public. */
export type HostScope = "loopback" | "private" | "public";

/** The scope of a host name or address. */
export const scopeOf = (host: string): HostScope =>
  isLoopbackHost(host) ? "loopback" : isPrivateHost(host) ? "private" : "public";

/** The farthest of some scopes; loopback where there are none. */
export const farthest = (scopes: readonly HostScope[]): HostScope =>
  scopes.includes("public") ? "public" : scopes.includes("private") ? "private" : "loopback";
