import { grownFrom } from "../tcp/grown.js";
import type { Connection } from "./connection.js";
import type { DeviceRecord } from "./device-table.js";

/** The longest device name, bytes: a device name is of ASCII characters. [RegisterDevice: DeviceName] */
const NAME_BYTES = 32;

/** Devices that there is room for at first. */
const FIRST_ROOM = 16;

/**
 * The online devices of a product, in no order. Beside each connection stands what a broadcast needs of it, in columns: read from one
 * end to the other they are in a cache when their turn comes, which tens of thousands of connections are not.
 */
export class OnlineList {
  readonly productKey: string;
  readonly connections: Connection[] = [];
  /** The number of its socket, where packets of MQTT 3.1.1 may go to it in batches; -1 elsewhere. */
  sockets = new Int32Array(FIRST_ROOM);
  /** Its device's name, in so many bytes. */
  names = Buffer.alloc(FIRST_ROOM * NAME_BYTES);
  nameLengths = new Uint8Array(FIRST_ROOM);

  constructor(productKey: string) {
    this.productKey = productKey;
  }

  /** Puts a connection at the end. */
  enter(connection: Connection, { deviceName }: DeviceRecord): void {
    const slot = this.connections.length;
    if (slot === this.sockets.length) this.#grow();
    connection.slot = slot;
    this.connections.push(connection);
    const inBatches = connection.terms === null && deviceName.length <= NAME_BYTES;
    this.sockets[slot] = inBatches ? (connection.plain?.number ?? -1) : -1;
    this.nameLengths[slot] = this.names.write(deviceName, slot * NAME_BYTES, NAME_BYTES, "latin1");
  }

  /** Takes a connection out: the last of the list takes its place, so the list stays dense. */
  leave(connection: Connection): void {
    const { slot } = connection;
    const last = this.connections.pop();
    if (last !== undefined && last !== connection) {
      const from = this.connections.length;
      this.connections[slot] = last;
      last.slot = slot;
      this.sockets[slot] = this.sockets[from] as number;
      this.nameLengths[slot] = this.nameLengths[from] as number;
      this.names.copyWithin(slot * NAME_BYTES, from * NAME_BYTES, (from + 1) * NAME_BYTES);
    }
    connection.slot = -1;
  }

  /** Writes the name at this slot into other memory. */
  copyName(slot: number, into: Uint8Array, at: number): void {
    const start = slot * NAME_BYTES;
    const length = this.nameLengths[slot] as number;
    for (let i = 0; i < length; i++) into[at + i] = this.names[start + i] as number;
  }

  #grow(): void {
    const room = this.sockets.length * 2;
    this.sockets = grownFrom(new Int32Array(room), this.sockets);
    this.nameLengths = grownFrom(new Uint8Array(room), this.nameLengths);
    this.names = grownFrom(Buffer.alloc(room * NAME_BYTES), this.names);
  }
}
