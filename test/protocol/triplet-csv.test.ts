import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { readPlainRows } from "../../src/protocol/plain-rows.js";
import { formatTriplets, MAX_KEPT_PROBLEMS, parseTriplets } from "../../src/protocol/triplet-csv.js";

const SECRET = "0123456789abcdef0123456789abcdef";
const A = { productKey: "g6palBDnzyT", deviceName: "dk001", deviceSecret: SECRET };
const B = { ...A, deviceName: "dk002" };
const HEADER = "DeviceName,DeviceSecret,ProductKey";

const triplets = fc.uniqueArray(
  fc.record(
    {
      productKey: fc.stringMatching(/^[A-Za-z0-9]{1,64}$/),
      deviceName: fc.stringMatching(/^[A-Za-z0-9_\-@.:]{4,32}$/),
      deviceSecret: fc.stringMatching(/^[\x21\x23-\x2b\x2d-\x7e]{1,128}$/),
    },
    { noNullPrototype: true },
  ),
  { selector: ({ productKey, deviceName }) => `${productKey}/${deviceName}`, minLength: 1 },
);

describe("parseTriplets", () => {
  it("reads what formatTriplets writes", () => {
    fc.assert(
      fc.property(triplets, (list) => {
        const table = parseTriplets(formatTriplets(list));
        assert.deepEqual(table.triplets, list);
        assert.deepEqual(
          table.lines,
          list.map((_, i) => i + 2),
        );
        assert.equal(table.problemCount, 0);
      }),
    );
  });

  const good: [string, string | Buffer][] = [
    ["plain", `${HEADER}\ndk001,${SECRET},g6palBDnzyT\ndk002,${SECRET},g6palBDnzyT\n`],
    ["CRLF", `${HEADER}\r\ndk001,${SECRET},g6palBDnzyT\r\ndk002,${SECRET},g6palBDnzyT\r\n`],
    [
      "CR only, quoted",
      `"DeviceName",DeviceSecret,ProductKey\rdk001,${SECRET},g6palBDnzyT\rdk002,${SECRET},g6palBDnzyT`,
    ],
    ["CR only", `${HEADER}\rdk001,${SECRET},g6palBDnzyT\rdk002,${SECRET},g6palBDnzyT`],
    ["BOM", `\ufeff${HEADER}\ndk001,${SECRET},g6palBDnzyT\ndk002,${SECRET},g6palBDnzyT`],
    [
      "BOM and quotes",
      `\ufeff"DeviceName",DeviceSecret,ProductKey\n"dk001",${SECRET},g6palBDnzyT\ndk002,"${SECRET}",g6palBDnzyT`,
    ],
    [
      "other order and case",
      `PRODUCTKEY,devicename,deviceSecret\ng6palBDnzyT,dk001,${SECRET}\ng6palBDnzyT,dk002,${SECRET}`,
    ],
    ["extra columns", `Nick,${HEADER},Note\nx,dk001,${SECRET},g6palBDnzyT,\n,dk002,${SECRET},g6palBDnzyT,y,z`],
    [
      "extra columns with commas",
      `Note,${HEADER}\n"a, b",dk001,${SECRET},g6palBDnzyT\n"say ""x""",dk002,${SECRET},g6palBDnzyT`,
    ],
    [
      "blanks around fields",
      ` DeviceName , DeviceSecret,ProductKey\ndk001 ,\t${SECRET}, g6palBDnzyT\n dk002,${SECRET},g6palBDnzyT `,
    ],
    ["blank lines", `\n${HEADER}\n\ndk001,${SECRET},g6palBDnzyT\n\n\ndk002,${SECRET},g6palBDnzyT\n\n`],
    [
      "UTF-16LE",
      Buffer.from(`\ufeff${HEADER}\r\ndk001,${SECRET},g6palBDnzyT\r\ndk002,${SECRET},g6palBDnzyT`, "utf16le"),
    ],
  ];
  for (const [name, text] of good) {
    it(`accepts ${name}`, () => {
      const table = parseTriplets(text);
      assert.deepEqual(table.problems, []);
      assert.deepEqual(table.triplets, [A, B]);
    });
  }

  it("tells the line of each row", () => {
    const { lines } = parseTriplets(`\n${HEADER}\n\ndk001,${SECRET},pk\r\n\r\ndk002,${SECRET},pk`);
    assert.deepEqual(lines, [4, 6]);
  });

  const bad: [string, string, [number, number, RegExp][]][] = [
    ["an empty file", "", [[1, 1, /file is empty/]]],
    ["blank lines only", "\n\n", [[1, 1, /file is empty/]]],
    ["a header alone", `${HEADER}\n`, [[1, 1, /no device/]]],
    [
      "a missing column",
      `DeviceName,ProductKey\ndk001,pk`,
      [[1, 1, /no column DeviceSecret \(the header has: DeviceName, ProductKey\)/]],
    ],
    ["no header", `dk001,${SECRET},pk`, [[1, 1, /no column DeviceName, DeviceSecret, ProductKey/]]],
    ["too few fields", `${HEADER}\ndk001,${SECRET}`, [[2, 7, /2 of 3 fields/]]],
    ["a bad name", `${HEADER}\nd k,${SECRET},pk`, [[2, 1, /device name/]]],
    ["a bad product key", `${HEADER}\ndk001,${SECRET},p-k`, [[2, 40, /product key/]]],
    ["a bad secret", `${HEADER}\ndk001,s e c,pk`, [[2, 7, /device secret/]]],
    ["no secret", `${HEADER}\ndk001,,pk`, [[2, 7, /device secret/]]],
    [
      "a duplicate",
      `${HEADER}\ndk001,${SECRET},pk\ndk002,${SECRET},pk\ndk001,${SECRET},pk`,
      [[4, 1, /dk001 of product pk is on line 2/]],
    ],
    ["a quote inside", `${HEADER}\nd"k001,${SECRET},pk\ndk002,${SECRET},pk`, [[2, 1, /double quote stands inside/]]],
    ["an open quote", `${HEADER}\ndk001,${SECRET},pk\n"dk002,${SECRET},pk`, [[3, 1, /quote is not closed/]]],
    [
      "several",
      `${HEADER}\nx,${SECRET},pk\ndk002,${SECRET},pk\ndk003,${SECRET}`,
      [
        [2, 1, /name/],
        [4, 7, /2 of 3/],
      ],
    ],
  ];
  for (const [name, text, wanted] of bad) {
    it(`reports ${name}`, () => {
      const { problems, problemCount } = parseTriplets(text);
      assert.deepEqual(
        problems.map(({ line, column }) => [line, column]),
        wanted.map(([line, column]) => [line, column]),
      );
      for (const [i, [, , why]] of wanted.entries()) assert.match(problems[i]?.why ?? "", why);
      assert.equal(problemCount, wanted.length);
      assert.ok(!JSON.stringify(problems).includes(SECRET), "no secret in a problem");
      assert.ok(!JSON.stringify(problems).includes("s e c"), "no secret in a problem");
    });
  }

  // csv-parse goes on as if the quote were still open, so what follows may be reported too.
  it("reports text after a quote first", () => {
    const [first] = parseTriplets(`${HEADER}\n"dk001"x,${SECRET},pk\ndk002,${SECRET},pk`).problems;
    assert.deepEqual(first, { line: 2, column: 1, why: "a double quote ends a field in its middle" });
  });

  it("keeps the same name in two products", () => {
    assert.equal(parseTriplets(`${HEADER}\ndk001,${SECRET},pk\ndk001,${SECRET},pk2`).triplets.length, 2);
  });

  it("counts problems beyond those it keeps", () => {
    const { problems, problemCount } = parseTriplets(`${HEADER}\n${"x\n".repeat(1_000)}`);
    assert.equal(problems.length, MAX_KEPT_PROBLEMS);
    assert.equal(problemCount, 1_000);
  });

  it("reads a hundred thousand rows", () => {
    const list = Array.from({ length: 100_000 }, (_, i) => ({ ...A, deviceName: `dev${i}` }));
    assert.equal(parseTriplets(formatTriplets(list)).triplets.length, 100_000);
  });

  it("never throws, and gives no illegal device", () => {
    const piece = fc.constantFrom(
      HEADER,
      "dk001",
      SECRET,
      "pk",
      ",",
      "\n",
      "\r\n",
      "\r",
      '"',
      '""',
      " ",
      "\ufeff",
      "\0",
      "x",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const table = parseTriplets(pieces.join(""));
        assert.ok(table.triplets.length > 0 || table.problemCount > 0);
        assert.equal(table.triplets.length, table.lines.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("readPlainRows", () => {
  it("reads bytes without quotes as csv-parse does", () => {
    const piece = fc.constantFrom("a", "bc", ",", " ", "\t", "\n", "\r\n", "ä", "\u00a0");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(""));
        const ours: (readonly string[])[] = [];
        readPlainRows(bytes, ({ fields }) => ours.push(fields));
        const theirs: string[][] = parse(bytes, {
          record_delimiter: ["\r\n", "\n", "\r"],
          relax_column_count: true,
          skip_empty_lines: true,
          skip_records_with_empty_values: true,
          trim: true,
        });
        assert.deepEqual(ours, theirs);
      }),
      { numRuns: 2_000 },
    );
  });
});
