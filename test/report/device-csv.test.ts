import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { accountOf } from "../../src/app/account-of.js";
import { micros } from "../../src/domain/time.js";
import { readDeviceNames } from "../../src/files/device-names.js";
import { csvCell, csvLine } from "../../src/report/csv-cell.js";
import { excusedCsv, missingCsv, straysCsv } from "../../src/report/device-csv.js";
import { makeTempDir } from "../support/cli-temp-dir.js";
import { digestOf, settled } from "../support/digest-samples.js";

const NAMES = ["-2.3", "@SUM(1)", "dev-2", "dev-3"];
const unixOf = (at: number) => 1_700_000_000_000_000 + at;
const accountWith = (...digests: readonly ReturnType<typeof digestOf>[]) =>
  accountOf(
    digests.map((digest) => settled(digest)),
    {
      addressOf: (device) => ({ productKey: "pk", deviceName: NAMES[device] ?? "" }),
      unixOf,
    },
  );
const textOf = (pieces: Iterable<string>) => [...pieces].join("");

describe("a cell of a CSV file", () => {
  it("is never a formula, and reads back as what it was", () => {
    for (const [text, cell] of [
      ["=1+1", "'=1+1"],
      ["+1", "'+1"],
      ["-1", "'-1"],
      ["@a", "'@a"],
      ["\t=1", "'\t=1"],
      ['a"b,c', '"a""b,c"'],
      ["a\nb", '"a\nb"'],
      ["plain", "plain"],
      ["", ""],
    ] as const) {
      assert.equal(csvCell(text), cell);
    }
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 2, maxLength: 5 }), (cells) => {
        const [read] = parse(csvLine(cells), { relax_column_count: true }) as string[][];
        assert.ok(read);
        read.forEach((cell, i) => {
          assert.doesNotMatch(cell, /^[=+\-@\t\r\n]/);
          assert.equal(cell.replace(/^'(?=[=+\-@\t\r\n])/, ""), cells[i]?.replace(/^'(?=[=+\-@\t\r\n])/, ""));
        });
      }),
    );
  });
});

describe("the lists of devices", () => {
  it("name each missing device once, with its broadcasts and what was known at the first", () => {
    const seen = (at: number) => ({ onlineSince: micros(at), lastReceiptAt: null });
    const first = { ...digestOf([1, 1, null, 1], "11"), missingSeen: [seen(5)] };
    const second = { ...digestOf([1, 1, null, null], "12"), missingSeen: [seen(6), seen(7)] };
    assert.equal(
      textOf(missingCsv(accountWith(first, second))),
      [
        "DeviceName,ProductKey,Broadcasts,OnlineSince,LastReceipt",
        "dev-2,pk,11 12,2023-11-14T22:13:20.000005Z,",
        "dev-3,pk,12,2023-11-14T22:13:20.000007Z,",
        "",
      ].join("\n"),
    );
  });

  it("guard names and reasons that look like formulas, and can be given to --only all the same", async () => {
    const digest = digestOf([null, null, 1, 1], "11");
    const excused = [{ device: 1, at: micros(9_000), reason: "=cmd|' /C calc'!A0", closedBy: "platform" as const }];
    const account = accountWith({ ...digest, excused, strayed: [0] });
    const missing = textOf(missingCsv(account));
    assert.match(missing, /^'-2\.3,pk,11,/m);
    assert.match(missing, /^'@SUM\(1\),pk/m);
    assert.match(textOf(excusedCsv(account)), /^'@SUM\(1\),pk,11,2023-11-14T22:13:20\.009000Z,platform,'=cmd/m);
    assert.equal(textOf(straysCsv(account)), "DeviceName,ProductKey,Broadcasts\n'-2.3,pk,11\n");
    await using dir = await makeTempDir();
    const legal = missing.replace("'@SUM(1)", "'@SUM.1.");
    assert.deepEqual(await readDeviceNames(await dir.write("missing.csv", legal)), ["-2.3", "@SUM.1."]);
  });
});
