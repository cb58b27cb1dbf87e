import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArrivalStore } from "../app/ports.js";
import type { ArrivalArrays } from "../domain/arrivals.js";
import { fileFault } from "./file-fault.js";

type Column = Float64Array | Uint16Array | Uint8Array;

/** Where the arrays of a broadcast stand in the file. */
type Place = {
  readonly offset: number;
  /** How many bytes it may take. */
  readonly room: number;
  readonly devices: number;
  readonly has: { readonly extra: boolean; readonly corrupt: boolean; readonly misdirected: boolean };
};

const bytesOf = (column: Column): Uint8Array => new Uint8Array(column.buffer, column.byteOffset, column.byteLength);

/**
 * Arrays of arrivals in a temporary file, which is made when something is first put by and has no name from then on, so that it
 * is gone when the process is, however that ends. Reads and writes at once: what is put by is asked for before the next line is.
 */
export class ArrivalSpill implements ArrivalStore, Disposable {
  readonly #directory: string;
  readonly #places = new Map<number, Place>();
  #file: number | null = null;
  #end = 0;

  /** Its file is made in the directory for temporary files (`TMPDIR`), or in the one given. */
  constructor(directory: string = tmpdir()) {
    this.#directory = directory;
  }

  /** Bytes that the file takes. */
  get byteLength(): number {
    return this.#end;
  }

  put(broadcast: number, arrays: ArrivalArrays): void {
    const columns = [arrays.at, arrays.extra, arrays.corrupt, arrays.misdirected].filter((column) => column !== null);
    const bytes = columns.reduce((sum, column) => sum + column.byteLength, 0);
    const before = this.#places.get(broadcast);
    const offset = before !== undefined && before.room >= bytes ? before.offset : this.#end;
    const room = offset === before?.offset ? before.room : bytes;
    this.#use("write", (file) => {
      let at = offset;
      for (const column of columns) at = everything(writeSync, file, bytesOf(column), at);
    });
    this.#end = Math.max(this.#end, offset + room);
    const has = {
      extra: arrays.extra !== null,
      corrupt: arrays.corrupt !== null,
      misdirected: arrays.misdirected !== null,
    };
    this.#places.set(broadcast, { offset, room, devices: arrays.at.length, has });
  }

  get(broadcast: number): ArrivalArrays {
    const place = this.#places.get(broadcast);
    if (place === undefined) throw new Error(`nothing was put by for broadcast ${broadcast}`);
    const { devices, has, offset } = place;
    const at = new Float64Array(devices);
    const extra = has.extra ? new Uint16Array(devices) : null;
    const corrupt = has.corrupt ? new Uint8Array(devices) : null;
    const misdirected = has.misdirected ? new Uint8Array(devices) : null;
    this.#use("read", (file) => {
      let from = offset;
      for (const column of [at, extra, corrupt, misdirected]) {
        if (column !== null) from = everything(readSync, file, bytesOf(column), from);
      }
    });
    return { at, extra, corrupt, misdirected };
  }

  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #use(what: "read" | "write", work: (file: number) => void): void {
    try {
      this.#file ??= openNameless(join(this.#directory, `iotb-arrivals-${process.pid}-${Date.now()}`));
      work(this.#file);
    } catch (thrown) {
      throw fileFault("output-failed", `temporary file in ${this.#directory} (${what})`, thrown, HINT);
    }
  }
}

const HINT = "name a directory with more room: TMPDIR=DIR; or give fewer broadcasts or fewer receipts files at a time";

const openNameless = (path: string): number => {
  const file = openSync(path, "wx+", 0o600);
  rmSync(path, { force: true });
  return file;
};

type Move = (file: number, bytes: Uint8Array, offset: number, length: number, position: number) => number;

/** Reads or writes all of `bytes` at a place of the file; answers the place behind it. */
const everything = (move: Move, file: number, bytes: Uint8Array, position: number): number => {
  let done = 0;
  while (done < bytes.length) {
    const moved = move(file, bytes, done, bytes.length - done, position + done);
    if (moved === 0) throw new Error("it is shorter than what was written");
    done += moved;
  }
  return position + done;
};
