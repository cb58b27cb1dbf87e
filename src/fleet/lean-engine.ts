import type { DeviceEngine, OwnEnd } from "../app/ports.js";
import type { DeviceIndex } from "../domain/device.js";
import { IotbError } from "../domain/errors.js";
import { isTls } from "../protocol/mqtt-endpoint.js";
import { createSocketShare, type SocketShare } from "../tcp/lean-socket.js";
import { RingReader } from "../tcp/ring-reader.js";
import { openTcpBinding, type TcpBinding } from "../tcp/tcp-binding.js";
import { Dialer } from "./dialer.js";
import { KEEPALIVE_TIMEOUT } from "./ending.js";
import { EngineCore } from "./engine-core.js";
import type { EngineOptions } from "./engine-options.js";
import { KeepaliveWheel } from "./keepalive-wheel.js";
import { LeanConnection, type LeanShared } from "./lean-connection.js";
import { LeanHandlers } from "./lean-handlers.js";

/** From so many devices on their sockets are read together, where the system can. */
const MANY_DEVICES = 256;

/** The share of the keepalive in which a device that came online is not pinged; with the wheel's 0.75 it makes up one. */
const FRESH_SHARE = 0.25;

/**
 * The engine that measuring uses: MQTT 3.1.1 straight on sockets of TCP and TLS, packets found by scanning, no timer, parser or
 * object graph a device. Without `tcp` plain sockets are `net`'s: the same, with more memory. From so many devices on plain sockets are read together where the system can. Throws `IotbError` "usage" for WebSocket endpoints, "bad-input-file" for unusable TLS files.
 */
export const createLeanEngine = async (
  options: EngineOptions,
  tcp: TcpBinding | null = openTcpBinding(),
  readTogetherFrom = MANY_DEVICES,
): Promise<DeviceEngine> => {
  if (options.endpoints.some(({ protocol }) => protocol === "ws" || protocol === "wss")) {
    throw new IotbError("usage", "the lean engine does not speak WebSocket", {
      hint: "use --engine mqttjs for ws:// and wss://",
    });
  }
  const dialer = await Dialer.create(options);
  const isMany = options.devices.length >= readTogetherFrom && !options.endpoints.some(isTls);
  const handlers = new LeanHandlers(options);
  const reader =
    tcp !== null && isMany ? await RingReader.open(tcp, handlers, options.fleet ?? options.devices.length) : null;
  return new LeanEngine(options, dialer, handlers, tcp === null ? null : createSocketShare(tcp, handlers, reader));
};

class LeanEngine implements DeviceEngine {
  readonly #core: EngineCore<LeanConnection>;
  readonly #shared: LeanShared;
  readonly #wheel: KeepaliveWheel;
  readonly #reader: RingReader<LeanConnection> | null;

  constructor(
    options: EngineOptions,
    dialer: Dialer,
    handlers: LeanHandlers,
    sockets: SocketShare<LeanConnection> | null,
  ) {
    const { clock, devices, keepaliveSeconds, pingPhase } = options;
    this.#reader = sockets?.reader ?? null;
    this.#core = new EngineCore(options, dialer, (device) => new LeanConnection(this.#shared, device));
    this.#shared = {
      core: this.#core,
      pinged: new Uint8Array(devices.length),
      sockets,
      handlers,
    };
    const delayMs = pingPhase === undefined ? 0 : ((pingPhase + 1 - ((clock() / 1e6) % 1)) % 1) * 1000;
    this.#wheel = new KeepaliveWheel(devices.length, keepaliveSeconds, (device) => this.#turn(device), delayMs);
  }

  open(device: DeviceIndex): void {
    this.#core.open(device);
  }

  close(device: DeviceIndex, reason?: OwnEnd, abruptly?: boolean): void {
    this.#core.close(device, reason, abruptly);
  }

  publish(device: DeviceIndex, topic: string, body: Uint8Array): boolean {
    return this.#core.publish(device, topic, body);
  }

  sleptUs(): number {
    return this.#reader?.sleptUs ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wheel[Symbol.dispose]();
    await this.#core[Symbol.asyncDispose]();
    this.#reader?.[Symbol.dispose]();
  }

  /** A device's turn of the keepalive wheel: the last ping must have been answered by now. */
  #turn(device: DeviceIndex): void {
    const connection = this.#core.onlineConnection(device);
    if (connection === null) return;
    if (this.#shared.pinged[device] === 1) {
      connection.end(KEEPALIVE_TIMEOUT, false);
    } else if (!this.#isFresh(device)) {
      this.#shared.pinged[device] = 1;
      connection.ping();
    }
  }

  /** Whether the login is so recent that the next turn is soon enough: within one keepalive of it. [MQTT-3.1.2-23] */
  #isFresh(device: DeviceIndex): boolean {
    const { clock, keepaliveSeconds } = this.#core.options;
    return clock() - this.#core.onlineSince(device) < keepaliveSeconds * 1e6 * FRESH_SHARE;
  }
}
