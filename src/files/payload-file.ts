import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";
import { grouped } from "../domain/counted.js";
import { IotbError } from "../domain/errors.js";
import { findJsonFault } from "../protocol/json-fault.js";
import { readInput, STDIN_NAME } from "./read-input.js";

/** The longest message that a broadcast takes, in bytes. [PubBroadcast: MessageContent] */
export const MAX_PAYLOAD_BYTES = 65_536;

/** Where a message's bytes come from. */
export type PayloadSource =
  | { readonly kind: "file"; readonly path: string } // `-` is standard input
  | { readonly kind: "text"; readonly text: string };

const NAME_OF_TEXT = "--message";

/**
 * Reads a message and gives its bytes back unchanged. Throws `bad-input-file` where it cannot be read and `payload-invalid`
 * where it is empty, longer than {@link MAX_PAYLOAD_BYTES} or, unless `raw`, not JSON (with line and column).
 */
export const readPayload = async (
  source: PayloadSource,
  options: { readonly raw: boolean; readonly stdin: Readable; readonly signal?: AbortSignal },
): Promise<Buffer> => {
  const name = source.kind === "text" ? NAME_OF_TEXT : source.path === "-" ? STDIN_NAME : source.path;
  const tooLong = (): IotbError =>
    new IotbError("payload-invalid", `${name}: the message is longer than ${grouped(MAX_PAYLOAD_BYTES)} bytes`, {
      hint: "a broadcast takes 64 KB at most: send less, or a reference to it",
    });
  const bytes =
    source.kind === "text"
      ? Buffer.from(source.text)
      : await readInput(source.path, options.stdin, MAX_PAYLOAD_BYTES, tooLong, options.signal);
  if (bytes.length > MAX_PAYLOAD_BYTES) throw tooLong();
  if (bytes.length === 0) throw new IotbError("payload-invalid", `${name}: the message is empty`);
  if (!options.raw) requireJson(bytes, name);
  return bytes;
};

const requireJson = (bytes: Buffer, name: string): void => {
  const hint = "correct it, or send the bytes as they are with --raw";
  if (!isUtf8(bytes))
    throw new IotbError("payload-invalid", `${name}:${lineOfBadUtf8(bytes)}: not JSON: it is not UTF-8`, { hint });
  const fault = findJsonFault(bytes.toString("utf8"));
  if (fault === null) return;
  throw new IotbError("payload-invalid", `${name}:${fault.line}:${fault.column}: not JSON: ${fault.why}`, { hint });
};

/** `line:column` of the first bytes that are not UTF-8. A line end is one byte, so every line can be judged alone. */
const lineOfBadUtf8 = (bytes: Buffer): string => {
  let line = 1;
  for (let start = 0; ; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const piece = bytes.subarray(start, end);
    if (!isUtf8(piece)) return `${line}:${piece.toString("utf8").indexOf("\ufffd") + 1}`;
    if (newline < 0) return `${line}:1`;
    start = end + 1;
  }
};
