import type { Readable } from "node:stream";
import { IotbError } from "../domain/errors.js";
import type { LogRecord } from "../domain/log-records.js";
import type { LineRecogniser } from "./line-recogniser.js";
import { MAX_LINE_BYTES, type OnBlock, readLogBlocks } from "./log-blocks.js";
import { openLogInput } from "./log-input.js";
import { judgeLine } from "./log-record-shape.js";
import { STDIN_NAME } from "./read-input.js";

/** What a log was like beyond its records. */
export type LogReading = {
  readonly lines: number;
  /** Lines of a schema that this version does not know. */
  readonly ignored: number;
  /** Whether the last line stops in its middle, as after a crash; it is left out. */
  readonly cut: boolean;
};

/** How a log is read, where not as usual. */
export type LogReadingOptions = {
  /** Takes the lines that it knows by their bytes; only the others are records then. */
  readonly recogniser?: Pick<LineRecogniser<unknown>, "scan" | "learn">;
  /** Hears how many bytes of the file came in. */
  readonly onRead?: (bytes: number) => void;
  readonly signal?: AbortSignal;
  readonly blockBytes?: number;
};

const LF = 0x0a;

/**
 * Reads a log of NDJSON, packed by gzip or not, from a file or from standard input (`-`), and hands each record over as it comes.
 * Throws `bad-input-file` with the number of the first bad line; `interrupted` where the signal is aborted; what `onRecord`
 * throws passes through.
 */
export const readLog = async (
  path: string,
  stdin: Readable,
  onRecord: (record: LogRecord, line: number) => void,
  { recogniser, onRead = () => undefined, signal, blockBytes }: LogReadingOptions = {},
): Promise<LogReading> => {
  const name = path === "-" ? STDIN_NAME : path;
  let line = 0;
  let ignored = 0;

  const take = (text: string): void => {
    if (text.trim() === "") return;
    const judged = judgeLine(parse(text, name, line));
    if (judged.kind === "bad") throw new IotbError("bad-input-file", `${name}:${line}: ${judged.why}`);
    if (judged.kind === "unknown") {
      ignored++;
      return;
    }
    onRecord(judged.record, line);
    recogniser?.learn(judged.record, text);
  };

  const tooLong = () => new IotbError("bad-input-file", `${name}:${line + 1}: the line is too long`);
  const onBlock: OnBlock = (block, from, fresh, to) => {
    if (signal?.aborted) throw new IotbError("interrupted", "stopped while reading");
    for (let at = from; ; ) {
      if (recogniser !== undefined) {
        const known = recogniser.scan(block, at, to);
        line += known.lines;
        at = known.at;
      }
      const end = block.bytes.subarray(0, to).indexOf(LF, Math.max(at, fresh));
      if (end < 0) return at;
      if (end - at > MAX_LINE_BYTES) throw tooLong();
      line++;
      take(block.bytes.toString("utf8", at, end));
      at = end + 1;
    }
  };

  await using input = await openLogInput(path, stdin, onRead);
  const last = (await readLogBlocks(input, onBlock, tooLong, blockBytes)).toString("utf8");
  if (last.trim() === "") return { lines: line, ignored, cut: false };
  line++;
  // A whole record whose line end is missing counts; half a record is what a crash leaves behind.
  if (!isJson(last)) return { lines: line, ignored, cut: true };
  take(last);
  return { lines: line, ignored, cut: false };
};

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
