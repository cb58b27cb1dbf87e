import { defineCommand } from "../command.js";
import { keptCommandLine } from "../command-line.js";
import { MEASURE_FLAGS, parseMeasureOptions } from "../options/measure.js";

/** `iotb measure` */
export const measureCommand = defineCommand({
  path: "measure",
  summary: "broadcast to a fleet and prove who got it, and when",
  arguments: [{ form: "[payload-file]", help: "the message; - is standard input" }],
  flags: MEASURE_FLAGS,
  examples: [
    "iotb measure --local -c 1000 --threshold 'p99<500ms'",
    "iotb measure payload.json --devices triplets.csv --instance-id iot-06z00abcdefgh --broadcasts 5",
    "iotb measure --broker mqtt://127.0.0.1:1883 -c 500 -q 1",
    "iotb measure --local -c 1000 --out runs/1",
    "iotb measure --receipts receipts.ndjson --log sent.ndjson",
  ],
  run: async (args, flags, context) => {
    const options = parseMeasureOptions(args, flags);
    const { runMeasure } = await import("./run-measure.js");
    return runMeasure(options, keptCommandLine("measure", args, MEASURE_FLAGS, flags), context);
  },
});
