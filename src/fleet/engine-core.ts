import { setImmediate } from "node:timers/promises";
import type { DeviceEngine, OwnEnd } from "../app/ports.js";
import type { DeviceIndex } from "../domain/device.js";
import { type Micros, micros } from "../domain/time.js";
import { ConnectDeadlines } from "./connect-deadlines.js";
import type { Dialer } from "./dialer.js";
import { CHURN, connectTimeoutEnding, type Ending, SCENARIO, STOPPED, socketEnding } from "./ending.js";
import { type EngineOptions, endpointOf } from "./engine-options.js";
import { OpenSockets } from "./open-sockets.js";
import { PresenceGate } from "./presence-gate.js";

/** One connection of one device, from dialling to its end. */
export type EngineConnection = {
  /** Ends it, once; a second call does nothing. With DISCONNECT where `graceful` and a login was sent, at once otherwise. */
  end(ending: Ending, graceful: boolean): void;
  /** Sends a message at QoS 0; called only while it is online. Both are copied. */
  publish(topic: string, body: Uint8Array): void;
};

const OWN_ENDINGS: Readonly<Record<OwnEnd, Ending>> = { stopped: STOPPED, churn: CHURN, scenario: SCENARIO };

/** Connections ended in one turn of the event loop: their closing, and the coordinator, have their turns in between. */
const ENDS_PER_TURN = 256;

/** What every engine is, whatever speaks MQTT in it: the devices' connections, their deadlines, and what the sink hears. */
export class EngineCore<C extends EngineConnection> implements DeviceEngine {
  readonly options: EngineOptions;
  readonly dialer: Dialer;
  /** Every socket is reported here by its connection. */
  readonly sockets = new OpenSockets();
  readonly #gate: PresenceGate;
  readonly #deadlines: ConnectDeadlines;
  readonly #connections: (C | null)[];
  readonly #onlineSince: Float64Array;
  readonly #connect: (device: DeviceIndex) => C;
  #disposed = false;

  /** `connect` dials; what it throws becomes a refusal. */
  constructor(options: EngineOptions, dialer: Dialer, connect: (device: DeviceIndex) => C) {
    const { clock, connectTimeoutMs, devices, sink } = options;
    this.options = options;
    this.dialer = dialer;
    this.#connect = connect;
    this.#gate = new PresenceGate(devices.length, sink);
    this.#connections = devices.map(() => null);
    this.#onlineSince = new Float64Array(devices.length);
    this.#deadlines = new ConnectDeadlines(clock, connectTimeoutMs, (device) =>
      this.#connections[device]?.end(connectTimeoutEnding(connectTimeoutMs), false),
    );
  }

  open(device: DeviceIndex): void {
    this.#gate.start(device);
    if (this.#disposed) {
      this.ended(device, STOPPED);
      return;
    }
    try {
      this.#connections[device] = this.#connect(device);
      this.#deadlines.start(device);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.ended(device, socketEnding(error, endpointOf(this.options, device)));
    }
  }

  close(device: DeviceIndex, reason: OwnEnd = "stopped", abruptly = false): void {
    this.#connections[device]?.end(OWN_ENDINGS[reason], !abruptly);
  }

  publish(device: DeviceIndex, topic: string, body: Uint8Array): boolean {
    const connection = this.onlineConnection(device);
    connection?.publish(topic, body);
    return connection !== null;
  }

  /** When a device came online last; 0 where it never did. */
  onlineSince(device: DeviceIndex): Micros {
    return micros(this.#onlineSince[device] ?? 0);
  }

  /** The connection of a device that is online, or null. */
  onlineConnection(device: DeviceIndex): C | null {
    return this.#gate.isOnline(device) ? (this.#connections[device] ?? null) : null;
  }

  /** A connection reports that it is online. */
  online(device: DeviceIndex, at: Micros): void {
    this.#deadlines.done(device);
    this.#onlineSince[device] = at;
    this.#gate.online(device, at);
  }

  /** A connection reports its end, as the last thing it does: the sink may open the device again within this call. */
  ended(device: DeviceIndex, ending: Ending): void {
    this.#deadlines.done(device);
    this.#connections[device] = null;
    this.#gate.end(device, this.options.clock(), ending);
  }

  /** Nothing here sleeps but in the event loop. */
  sleptUs(): number {
    return 0;
  }

  /** From here on `open` is answered with a refusal. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    let ended = 0;
    for (const connection of this.#connections) {
      if (connection === null) continue;
      connection.end(STOPPED, true);
      if (++ended % ENDS_PER_TURN === 0) await setImmediate();
    }
    this.#deadlines[Symbol.dispose]();
    await this.sockets[Symbol.asyncDispose]();
  }
}
