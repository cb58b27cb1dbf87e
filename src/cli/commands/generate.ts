import { IotbError } from "../../domain/errors.js";
import { parseWhole } from "../../domain/units.js";
import { writeSecretFile } from "../../files/secret-file.js";
import { writePieces } from "../../files/write-pieces.js";
import { isDeviceName } from "../../protocol/device-name.js";
import { formatTriplet, formatTriplets } from "../../protocol/triplet-csv.js";
import { DONE, defineCommand } from "../command.js";
import { anyText, optional, under, withDefault } from "../flag.js";
import { readProductKey } from "../options/target.js";
import type { Resolved } from "../resolve-flags.js";
import { EXAMPLE_PRODUCT, generatedName, generateTriplets, type TripletRequest } from "../triplet-generator.js";

const GENERATE_FLAGS = under("Devices:", {
  count: optional({
    name: "count",
    short: "c",
    argument: "N",
    help: "so many devices",
    read: (text) => parseWhole(text, 1, 10_000_000),
  }),
  productKey: withDefault(EXAMPLE_PRODUCT, {
    name: "product-key",
    argument: "PK",
    help: "their product",
    read: readProductKey,
  }),
  prefix: withDefault("dk", { name: "prefix", argument: "TEXT", help: "what their names begin with", read: anyText }),
  output: optional({
    name: "output",
    argument: "FILE",
    help: "a new file, readable by you alone",
    shownDefault: "stdout",
    read: anyText,
  }),
});

/** What `iotb devices generate` is asked to do. */
export type GenerateOptions = TripletRequest & {
  /** Null: stdout. */
  readonly outputFile: string | null;
};

/** Reads the command line of `iotb devices generate`. Throws `usage`. */
export const parseGenerateOptions = ({ values }: Resolved<typeof GENERATE_FLAGS>, json: boolean): GenerateOptions => {
  const { count, productKey, prefix, output } = values;
  if (count === null) throw new IotbError("usage", "how many devices?", { hint: "give -c N" });
  const outputFile = output === "-" ? null : output;
  if (json && outputFile === null) {
    throw new IotbError("usage", "--json prints a summary, so the devices need a file", { hint: "give --output FILE" });
  }
  if (!isDeviceName(generatedName(prefix, count, count))) {
    throw new IotbError("usage", `--prefix ${JSON.stringify(prefix)} does not make device names`, {
      hint: "a name is 4 to 32 letters, digits or _ - @ . :",
    });
  }
  return { count, productKey, prefix, outputFile };
};

/** `iotb devices generate` */
export const generateCommand = defineCommand({
  path: "devices generate",
  summary: "make triplets with random secrets, for the local platform",
  flags: GENERATE_FLAGS,
  examples: ["iotb devices generate -c 100 --output triplets.csv", "iotb devices generate -c 4 --prefix lamp-"],
  run: async (_args, flags, { output, signal }) => {
    const options = parseGenerateOptions(flags, output.mode.json);
    const { count, productKey, outputFile } = options;
    if (outputFile === null) {
      await writePieces(output.stdout, "(stdout)", csvPieces(options, signal), signal);
      return DONE;
    }
    await writeSecretFile(outputFile, csvPieces(options, signal));
    const names = [generatedName(options.prefix, 1, count), generatedName(options.prefix, count, count)] as const;
    output.note(`${count} devices, ${names[0]} to ${names[1]}, of product ${productKey} in ${outputFile}`);
    output.json({ schema: "iotb.generate/1", count, productKey, first: names[0], last: names[1], file: outputFile });
    return DONE;
  },
});

/** Rows are written by the thousand: a write a row would cost more than the row. */
const ROWS_PER_PIECE = 1_000;

function* csvPieces(options: GenerateOptions, signal: AbortSignal): Generator<string> {
  let piece = formatTriplets([]);
  let rows = 0;
  for (const triplet of generateTriplets(options)) {
    piece += formatTriplet(triplet);
    if (++rows % ROWS_PER_PIECE === 0) {
      yield piece;
      piece = "";
      if (signal.aborted) throw new IotbError("interrupted", "stopped before all devices were written");
    }
  }
  yield piece;
}
