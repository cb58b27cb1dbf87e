/** The DER encodings that a certificate needs. [X.690] Every function answers one whole element: tag, length, content. */

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
};

/** An element of any tag. */
export const element = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Uint8Array.of(tag, content.length), content]);
  const length: number[] = [];
  for (let rest = content.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Uint8Array.of(tag, 0x80 | length.length, ...length), content]);
};

/** Elements in order. */
export const sequence = (...contents: readonly Uint8Array[]): Buffer => element(TAG.sequence, ...contents);
/** Elements without an order. */
export const set = (...contents: readonly Uint8Array[]): Buffer => element(TAG.set, ...contents);
/** Bytes. */
export const octetString = (content: Uint8Array): Buffer => element(TAG.octetString, content);
/** Text. */
export const utf8String = (text: string): Buffer => element(TAG.utf8, Buffer.from(text));

/** An element with a context tag around others, or around bytes where `primitive`. */
export const context = (number: number, content: Uint8Array, primitive = false): Buffer =>
  element((primitive ? 0x80 : 0xa0) | number, content);

/** A number that is not negative, from its bytes, the high one first. */
export const integer = (bytes: Uint8Array): Buffer => {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return element(TAG.integer, (short[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), short]) : short);
};

/** Yes or no. */
export const boolean = (value: boolean): Buffer => element(0x01, Uint8Array.of(value ? 0xff : 0));

/** Bits in whole bytes, but for `unused` at the end. */
export const bitString = (content: Uint8Array, unused = 0): Buffer =>
  element(TAG.bitString, Uint8Array.of(unused), content);

/** An object identifier, from its dotted form. */
export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let high = arc >>> 7; high > 0; high >>>= 7) digits.unshift((high & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return element(TAG.oid, Uint8Array.from(bytes));
};

/** A time to the second. [RFC 5280, 4.1.2.5.2] Before 2050 a certificate must have the short form. [RFC 5280, 4.1.2.5] */
export const time = (unixMs: number): Buffer => {
  const digits = `${new Date(unixMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
  return digits < "2050" ? element(0x17, Buffer.from(digits.slice(2))) : element(TAG.time, Buffer.from(digits));
};
