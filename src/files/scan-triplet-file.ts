import { open, realpath, stat } from "node:fs/promises";
import type { FileIdentity } from "../domain/device-source.js";
import { type ScannedTriplets, TripletScan } from "../protocol/triplet-scan.js";
import { fileFault } from "./file-fault.js";
import { identityOf, requireSameFile } from "./file-identity.js";
import { readLineBlocks } from "./line-blocks.js";

/** A scanned file and which one it was. */
export type ScannedFile = { readonly scan: ScannedTriplets; readonly file: FileIdentity };

const QUOTE = 0x22;

/**
 * Scans a triplet CSV in blocks, every row of it, and keeps a few bytes a device. Null for what cannot be read by parts: no
 * regular file (a pipe, stdin), UTF-16, a double quote anywhere, a device config, CR as a line end, a line of a megabyte. Throws
 * `bad-input-file` where it cannot be read or changes meanwhile; problems of its rows are in the answer.
 */
export const scanTripletFile = async (path: string): Promise<ScannedFile | null> => {
  try {
    if (!(await stat(path)).isFile()) return null;
    const real = await realpath(path);
    // a descriptor of this process is another file, or none, in others
    if (/^\/(?:dev|proc)\//.test(real)) return null;
    await using file = await open(real, "r");
    const identity = identityOf(real, await file.stat({ bigint: true }));
    const head = Buffer.alloc(256);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (!isPlainHead(head.subarray(0, bytesRead))) return null;
    const scan = new TripletScan();
    const complete = await readLineBlocks(file, hasBom(head) ? 3 : 0, Number(identity.size), {
      block: (bytes) => !bytes.includes(QUOTE),
      line: (bytes, from, to, offset) => scan.line(bytes, from, to, offset),
    });
    if (!complete) return null;
    await requireSameFile(file, identity, path);
    return { scan: scan.end(), file: identity };
  } catch (thrown) {
    throw fileFault("bad-input-file", path, thrown);
  }
};

const hasBom = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

/** Neither UTF-16 nor JSON. */
const isPlainHead = (bytes: Buffer): boolean =>
  !(bytes[0] === 0xff && bytes[1] === 0xfe) && !looksLikeJson(bytes.toString("utf8"));

/** Whether a file of devices is a device config rather than a CSV, by its first 256 bytes as text. */
export const looksLikeJson = (head: string): boolean => /^(?:\ufeff)?\s*[{[]/.test(head);
