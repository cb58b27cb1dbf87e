import type { Readable } from "node:stream";
import { IotbError } from "../domain/errors.js";
import type { LogRecord } from "../domain/log-records.js";
import { fileFault } from "./file-fault.js";
import { judgeLine } from "./log-record-shape.js";
import { openInput, STDIN_NAME } from "./read-input.js";

/** A longer line is no log's; bytes. A receipt that keeps a payload of 64 KB stays far below. */
const MAX_LINE_BYTES = 1_048_576;

/** What a log was like beyond its records. */
export type LogReading = {
  readonly lines: number;
  /** Lines of a schema that this version does not know. */
  readonly ignored: number;
  /** Whether the last line stops in its middle, as after a crash; it is left out. */
  readonly cut: boolean;
};

/**
 * Reads a log of NDJSON line by line, from a file or from standard input (`-`), and hands each record over as it comes. Throws
 * `bad-input-file` with the number of the first bad line; what `onRecord` throws passes through.
 */
export const readLog = async (
  path: string,
  stdin: Readable,
  onRecord: (record: LogRecord, line: number) => void,
): Promise<LogReading> => {
  const name = path === "-" ? STDIN_NAME : path;
  const input = await openInput(path, stdin);
  let line = 0;
  let ignored = 0;
  let rest: Buffer[] = [];
  let restLength = 0;

  const take = (text: string): void => {
    if (text.trim() === "") return;
    const judged = judgeLine(parse(text, name, line));
    if (judged.kind === "bad") throw new IotbError("bad-input-file", `${name}:${line}: ${judged.why}`);
    if (judged.kind === "record") onRecord(judged.record, line);
    else ignored++;
  };

  for await (const chunk of guarded(input, name)) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      line++;
      rest.push(chunk.subarray(start, end));
      take(Buffer.concat(rest).toString("utf8"));
      rest = [];
      restLength = 0;
      start = end + 1;
    }
    restLength += chunk.length - start;
    if (restLength > MAX_LINE_BYTES) throw new IotbError("bad-input-file", `${name}:${line + 1}: the line is too long`);
    rest.push(chunk.subarray(start));
  }
  const last = Buffer.concat(rest).toString("utf8");
  if (last.trim() === "") return { lines: line, ignored, cut: false };
  line++;
  // A whole record whose line end is missing counts; half a record is what a crash leaves behind.
  if (!isJson(last)) return { lines: line, ignored, cut: true };
  take(last);
  return { lines: line, ignored, cut: false };
};

/** The chunks of a stream as buffers, its failure in our words. */
async function* guarded(input: Readable, name: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of input) yield Buffer.from(chunk);
  } catch (thrown) {
    throw fileFault("bad-input-file", name, thrown);
  }
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const parse = (text: string, name: string, line: number): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new IotbError("bad-input-file", `${name}:${line}: not JSON`, {
      hint: "each line is one JSON object (NDJSON)",
    });
  }
};
