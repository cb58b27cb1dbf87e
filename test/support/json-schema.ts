import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

/** The published schemas by the number of the document. */
type Published = "measure-1" | "run-1" | "account-1" | "receipts-1";

/** Fails where a document does not keep to its published schema. */
export const assertKeepsTo = (schema: Published, ...documents: readonly unknown[]): void => {
  const file = new URL(`../../../docs/schemas/iotb.${schema}.schema.json`, import.meta.url);
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(file, "utf8")) as object,
  );
  for (const document of documents) {
    if (!validate(document)) throw new Error(`${schema}: ${JSON.stringify(validate.errors, null, 2)}`);
  }
};
