import { pick, type Random } from "./random.js";

/** No input grows beyond this, bytes: time per input is to be bounded by the code under test, not by its length. */
const MAX_INPUT_BYTES = 16_384;

/** One input in so many is bytes without any model. */
const ONE_IN_RANDOM = 16;

/** Numbers at the edges of what fields of one, two and four bytes hold. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Lengths of the form of MQTT that lie: longest, one byte too long, longer than it need be, over every limit. */
const VARINT_LIES = [
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x00],
  [0x80, 0x80, 0x40],
  [0x80, 0x01],
  [0x00],
];

/** What text readers stumble over. */
const WORDS = [
  "__proto__",
  "constructor",
  "%",
  "%zz",
  "%00",
  "%C0%AF",
  "+",
  "&",
  "=",
  "&&==",
  "\0",
  "\ufeff",
  "\ufffd",
  "\u2028",
  '"',
  '""',
  "'",
  "\\u",
  "\\ud800",
  "\r\n",
  "\n",
  "\r",
  ",",
  ";",
  "|",
  "||",
  "#",
  "/+/",
  "[[[[[[[[",
  '{"a":',
  "-0",
  "1e999",
  "9007199254740993",
  "securemode=2,signmethod=",
].map((text) => Buffer.from(text));

type Mutator = (random: Random, bytes: Buffer, corpus: readonly Buffer[]) => Buffer;

/** A place in the bytes; 0 where there are none. */
const place = (random: Random, bytes: Buffer): number => random.below(Math.max(1, bytes.length));

const put = (bytes: Buffer, at: number, replaced: number, by: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(Math.min(bytes.length, at + replaced))]);

const overwrite = (bytes: Buffer, at: number, by: Uint8Array): Buffer => put(bytes, at, by.length, by);

const flipBit: Mutator = (random, bytes) => {
  const at = place(random, bytes);
  return overwrite(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
};

const setByte: Mutator = (random, bytes) => overwrite(bytes, place(random, bytes), Uint8Array.of(random.below(256)));

const truncate: Mutator = (random, bytes) => bytes.subarray(0, place(random, bytes));

const remove: Mutator = (random, bytes) => {
  const at = place(random, bytes);
  return put(bytes, at, 1 + random.below(bytes.length - at + 1), new Uint8Array(0));
};

const duplicate: Mutator = (random, bytes) => {
  const at = place(random, bytes);
  const piece = bytes.subarray(at, at + 1 + random.below(64));
  return put(bytes, place(random, bytes), 0, Buffer.concat(Array.from({ length: 1 + random.below(4) }, () => piece)));
};

const splice: Mutator = (random, bytes, corpus) => {
  const other = pick(random, corpus);
  return Buffer.concat([bytes.subarray(0, place(random, bytes)), other.subarray(place(random, other))]);
};

const setEdge: Mutator = (random, bytes) => {
  const [edge, width] = [pick(random, EDGES), pick(random, [1, 2, 4])];
  const field = Buffer.alloc(4);
  field.writeUInt32BE(edge);
  return overwrite(bytes, place(random, bytes), field.subarray(4 - width));
};

/** Moves a field of two bytes by a little: a length that is almost right. */
const nudgeLength: Mutator = (random, bytes) => {
  if (bytes.length < 2) return bytes;
  const at = random.below(bytes.length - 1);
  const nudged = (bytes.readUInt16BE(at) + random.below(9) - 4) & 0xffff;
  return overwrite(bytes, at, Uint8Array.of(nudged >>> 8, nudged & 0xff));
};

const lieInVarint: Mutator = (random, bytes) =>
  put(bytes, place(random, bytes), random.below(3), Uint8Array.from(pick(random, VARINT_LIES)));

const insertWord: Mutator = (random, bytes) => put(bytes, place(random, bytes), random.below(2), pick(random, WORDS));

const MUTATORS: readonly Mutator[] = [
  flipBit,
  setByte,
  truncate,
  remove,
  duplicate,
  splice,
  setEdge,
  nudgeLength,
  lieInVarint,
  insertWord,
];

/** An input made of what is known to be valid: one to six changes of a sample, or bytes of any kind. */
export const mutate = (random: Random, corpus: readonly Buffer[]): Buffer => {
  if (random.below(ONE_IN_RANDOM) === 0)
    return Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256)));
  let bytes = pick(random, corpus);
  for (let left = 1 + random.below(6); left > 0; left--) bytes = pick(random, MUTATORS)(random, bytes, corpus);
  return bytes.subarray(0, MAX_INPUT_BYTES);
};
