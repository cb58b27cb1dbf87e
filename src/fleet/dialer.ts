import { isIP, connect as netConnect, type Socket } from "node:net";
import { type SecureContext, connect as tlsConnect } from "node:tls";
import { IotbError } from "../domain/errors.js";
import { isTls } from "../protocol/mqtt-endpoint.js";
import { dialLean } from "../tcp/dial-lean.js";
import type { LeanSocket, SocketShare } from "../tcp/lean-socket.js";
import { type EngineOptions, endpointOf } from "./engine-options.js";
import { createSharedLookup } from "./shared-lookup.js";
import { createTrust } from "./tls-roots.js";

/** Opens the sockets of a fleet: endpoint and source address by the device's number, one TLS context and one resolver for all. */
export class Dialer {
  readonly #options: EngineOptions;
  readonly #trust: SecureContext | null;
  readonly #lookup = createSharedLookup();

  private constructor(options: EngineOptions, trust: SecureContext | null) {
    this.#options = options;
    this.#trust = trust;
  }

  /** Throws `IotbError` "usage" for a keepalive that no CONNECT can hold, "bad-input-file" for unusable TLS files. */
  static async create(options: EngineOptions): Promise<Dialer> {
    const { keepaliveSeconds } = options;
    if (!Number.isInteger(keepaliveSeconds) || keepaliveSeconds < 0 || keepaliveSeconds > 0xffff) {
      throw new IotbError("usage", `a keepalive of ${keepaliveSeconds} s cannot be sent`, {
        hint: "give whole seconds, 30 to 1200; 0 turns pings off",
      });
    }
    return new Dialer(options, options.endpoints.some(isTls) ? await createTrust(options.tls) : null);
  }

  /** What a device's socket is opened with, on TLS endpoints the trust included. */
  optionsFor(device: number) {
    const endpoint = endpointOf(this.#options, device);
    const { localAddresses, tls } = this.#options;
    const localAddress = localAddresses.length > 0 ? localAddresses[device % localAddresses.length] : undefined;
    return {
      host: endpoint.host,
      port: endpoint.port,
      noDelay: true,
      lookup: this.#lookup,
      ...(localAddress === undefined ? {} : { localAddress, family: isIP(localAddress) }),
      ...(isTls(endpoint) && this.#trust
        ? {
            secureContext: this.#trust,
            rejectUnauthorized: !tls.insecure,
            // a name only: an address is not allowed there [RFC 6066: server_name]
            servername: isIP(endpoint.host) === 0 ? endpoint.host : "",
          }
        : {}),
    };
  }

  /** Starts connecting a device to its mqtt or mqtts endpoint. Throws where net does, for an impossible address for example. */
  dial(device: number): Socket {
    const options = this.optionsFor(device);
    return options.secureContext ? tlsConnect(options) : netConnect(options);
  }

  /** The same without a `net.Socket`; null where there must be one: for TLS, and for a name, which may have several addresses. */
  dialLean<O>(share: SocketShare<O>, device: number, owner: O): LeanSocket<O> | null {
    const endpoint = endpointOf(this.#options, device);
    if (isTls(endpoint) || isIP(endpoint.host) === 0) return null;
    const { localAddresses } = this.#options;
    const localAddress = localAddresses.length > 0 ? localAddresses[device % localAddresses.length] : undefined;
    if (localAddress !== undefined && isIP(localAddress) === 0) return null; // net says what is wrong with it
    return dialLean(share, { address: endpoint.host, port: endpoint.port, localAddress }, owner);
  }
}
