import { parseArgs } from "node:util";
import type { Wishes } from "./question.js";

/** What the command line asks for. */
export type Request = { readonly parts: readonly string[]; readonly wishes: Wishes };

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${text} is no number from 1`);
  return value;
};

/** Reads `[part of a question's name …] [--sizes N,N,…] [--runs N]`; fails on anything else. */
export const parseRequest = (args: readonly string[]): Request => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { sizes: { type: "string" }, runs: { type: "string" } },
  });
  return {
    parts: positionals,
    wishes: {
      sizes: values.sizes === undefined ? null : values.sizes.split(",").map(positive),
      runs: values.runs === undefined ? null : positive(values.runs),
    },
  };
};
