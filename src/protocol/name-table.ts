/** Rows that a new table has room for; it doubles when they are used up. */
const FIRST_ROOM = 1_024;
/** FNV-1a's prime. */
const PRIME = 0x01000193;

/**
 * Names of devices and their products in typed memory, about 20 bytes and the name a device, with a look-up that finds a name
 * that is there already. Filled row by row, then sealed, which frees what only filling needs.
 */
export class NameTable {
  #count = 0;
  #text = Buffer.alloc(FIRST_ROOM * 16);
  /** Where each row's name ends in the text; it starts where the one before ends. */
  #ends = new Uint32Array(FIRST_ROOM);
  #products = new Uint32Array(FIRST_ROOM);
  readonly #productKeys: string[] = [];
  readonly #productNumbers = new Map<string, number>();
  /** The bytes of the product key that came last, which is mostly the next one's too. */
  #lastKey = Buffer.alloc(0);
  #lastProduct = -1;
  #hashes = new Uint32Array(FIRST_ROOM);
  /** An open hash table of row numbers, from 1; 0 is free. At most half full. */
  #slots = new Uint32Array(FIRST_ROOM * 2);
  /** Differs from run to run, so that no file can be made to collide. */
  readonly #seed = Math.floor(Math.random() * 0x1_0000_0000);

  get count(): number {
    return this.#count;
  }

  nameAt(row: number): string {
    return this.#text.toString("latin1", this.#startOf(row), this.#ends[row]);
  }

  productAt(row: number): string {
    return this.#productKeys[this.#products[row] ?? -1] ?? "";
  }

  /** Adds a device by the ASCII bytes of its name and product key, and answers -1; or the row that has that name already. */
  add(name: Buffer, nameFrom: number, nameTo: number, key: Buffer, keyFrom: number, keyTo: number): number {
    const product = this.#productNumber(key, keyFrom, keyTo);
    let hash = this.#seed ^ product;
    for (let at = nameFrom; at < nameTo; at++) hash = Math.imul(hash ^ (name[at] as number), PRIME);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let row = this.#slots[slot] as number; row > 0; row = this.#slots[slot] as number) {
      if (this.#hashes[row - 1] === hash && this.#is(row - 1, product, name, nameFrom, nameTo)) return row - 1;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#count + 1;
    this.#append(hash, product, name, nameFrom, nameTo);
    return -1;
  }

  /** Nothing is added any more: the look-up goes and the rest shrinks to its size. */
  seal(): void {
    this.#hashes = new Uint32Array(0);
    this.#slots = new Uint32Array(0);
    this.#text = Buffer.from(this.#text.subarray(0, this.#ends[this.#count - 1] ?? 0));
    this.#ends = this.#ends.slice(0, this.#count);
    this.#products = this.#products.slice(0, this.#count);
  }

  #startOf(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] as number);
  }

  #is(row: number, product: number, name: Buffer, from: number, to: number): boolean {
    const start = this.#startOf(row);
    const end = this.#ends[row] as number;
    if (this.#products[row] !== product || end - start !== to - from) return false;
    return this.#text.compare(name, from, to, start, end) === 0;
  }

  #append(hash: number, product: number, name: Buffer, from: number, to: number): void {
    const row = this.#count++;
    const start = this.#startOf(row);
    if (this.#text.length < start + to - from) {
      const larger = Buffer.alloc(this.#text.length * 2);
      this.#text.copy(larger);
      this.#text = larger;
    }
    name.copy(this.#text, start, from, to);
    this.#ends[row] = start + to - from;
    this.#products[row] = product;
    this.#hashes[row] = hash;
    if (this.#count === this.#ends.length) this.#grow();
  }

  #grow(): void {
    const room = this.#count * 2;
    this.#ends = grown(this.#ends, room);
    this.#products = grown(this.#products, room);
    this.#hashes = grown(this.#hashes, room);
    this.#slots = new Uint32Array(room * 2);
    const mask = this.#slots.length - 1;
    for (let row = 0; row < this.#count; row++) {
      let slot = (this.#hashes[row] as number) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = row + 1;
    }
  }

  #productNumber(key: Buffer, from: number, to: number): number {
    if (this.#lastKey.length === to - from && this.#lastKey.compare(key, from, to) === 0) return this.#lastProduct;
    const text = key.toString("latin1", from, to);
    let product = this.#productNumbers.get(text);
    if (product === undefined) {
      product = this.#productKeys.push(text) - 1;
      this.#productNumbers.set(text, product);
    }
    this.#lastKey = Buffer.from(key.subarray(from, to));
    this.#lastProduct = product;
    return product;
  }
}

const grown = (array: Uint32Array<ArrayBuffer>, room: number): Uint32Array<ArrayBuffer> => {
  const larger = new Uint32Array(room);
  larger.set(array);
  return larger;
};
