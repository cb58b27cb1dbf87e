import { counted } from "../../domain/counted.js";
import { IotbError } from "../../domain/errors.js";
import { inspectTripletFile } from "../../files/triplet-file.js";
import { DONE, defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { escapeControls } from "../terminal.js";

/** `iotb devices check` */
export const checkCommand = defineCommand({
  path: "devices check",
  summary: "report every bad row of a triplet file, and duplicates",
  arguments: [{ form: "<file>", help: "a triplet CSV or an iot-device-config.json" }],
  flags: {},
  examples: ["iotb devices check triplets.csv"],
  run: async ([file], _flags, { output }) => {
    if (file === undefined) throw new IotbError("usage", "no file to check");
    const { table } = await inspectTripletFile(file);
    const { triplets, problems, problemCount } = table;
    const products = [...new Set(triplets.map(({ productKey }) => productKey))];
    output.json({
      schema: "iotb.check/1",
      file,
      devices: triplets.length,
      productKeys: products,
      problemCount,
      problems,
    });
    for (const { line, column, why } of problems) output.result(escapeControls(`${file}:${line}:${column}: ${why}`));
    if (problemCount > problems.length) output.result(`and ${problemCount - problems.length} more`);
    const of = products.length === 1 ? `product ${products[0]}` : `${products.length} products`;
    const verdict = problemCount === 0 ? "no problem" : counted(problemCount, "problem");
    output.result(`${counted(triplets.length, "good device")} of ${of}, ${verdict}`);
    return problemCount === 0 ? DONE : EXIT.usage;
  },
});
