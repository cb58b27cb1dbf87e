import assert from "node:assert/strict";
import { appendFile, rename, utimes, writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import fc from "fast-check";
import { devicesOf } from "../../src/cli/devices-of.js";
import type { DeviceTriplet } from "../../src/domain/device.js";
import { addressAt, type DeviceRoster, partStart } from "../../src/domain/device-roster.js";
import { IotbError } from "../../src/domain/errors.js";
import { readRoster } from "../../src/files/device-roster.js";
import { scanTripletFile } from "../../src/files/scan-triplet-file.js";
import { parseTriplets } from "../../src/protocol/triplet-csv.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

const HEADER = "DeviceName,DeviceSecret,ProductKey";
const SECRET = "0123456789abcdef0123456789abcdef";
const row = (i: number, productKey = "pk") => `dk${String(i).padStart(4, "0")},${SECRET}${i},${productKey}\n`;
const rows = (count: number) => Array.from({ length: count }, (_, i) => row(i)).join("");

/** All devices of a roster, read by so many parts. */
const byParts = async (roster: DeviceRoster, parts: number): Promise<DeviceTriplet[]> => {
  const all: DeviceTriplet[] = [];
  for (let part = 0; part < parts; part++) {
    const from = partStart(part, parts, roster.count);
    all.push(...(await devicesOf(roster.slice(from, partStart(part + 1, parts, roster.count)).source())));
  }
  return all;
};

/** Pieces that make rows good, bad, blank and doubled; some files hold what sends them the way through memory. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 30 }).map((i) => row(i)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(row(1, "other"), `x,${row(2)}`, ` dk09 ,\t${SECRET} ,pk \r\n`, "\n", "\r\n", ",,\n"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `dk,${SECRET},pk\n`,
      `dk0001,${SECRET}\n`,
      `dk0001,s e,pk\n`,
      "ä,ö,ü\n",
      ",",
      "\r",
      '"',
      '""',
      "\0",
    ),
  },
);
const header = fc.constantFrom(
  `${HEADER}\n`,
  `\ufeff${HEADER}\r\n`,
  "productkey,DEVICENAME,Note,devicesecret\n",
  "DeviceName,ProductKey\n",
  "",
  `\n${HEADER}\n`,
);
const anyFile = fc.tuple(header, fc.array(piece, { maxLength: 40 })).map(([first, pieces]) => first + pieces.join(""));
/** Nothing is wrong with these, plain as they are or not. */
const goodFile = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 9_999 }), { minLength: 1, maxLength: 40 }),
    fc.array(fc.constantFrom("", "\n", "\r\n", ",,\n", " ", "\t"), { minLength: 40, maxLength: 40 }),
    fc.constantFrom("\n", "\r\n"),
  )
  .map(([numbers, between, end]) => {
    const lines = numbers.map((i, at) => between[at] + row(i, i % 3 === 0 ? "other" : "pk").replace("\n", end));
    return `${HEADER}${end}${lines.join("")}`;
  });
const file = fc.oneof(anyFile, goodFile);

describe("a triplet CSV by byte ranges", () => {
  it("is what it is when read whole: the same devices for any number of parts, the same problems", async () => {
    await using dir = await makeTempDir();
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 1, max: 7 }), async (text, parts) => {
        const path = await dir.write("d.csv", text);
        const whole = parseTriplets(Buffer.from(text));
        const scanned = await scanTripletFile(path);
        if (scanned === null) assert.match(text, /["\r]|^[{[]/, "only these need the whole file");
        else {
          assert.deepEqual(scanned.scan.problems, whole.problems);
          assert.equal(scanned.scan.problemCount, whole.problemCount);
        }
        const [first] = whole.problems;
        if (first !== undefined) {
          await assert.rejects(readRoster(path, null), (thrown) => {
            assert.ok(thrown instanceof IotbError);
            assert.equal(thrown.message, `${path}:${first.line}:${first.column}: ${first.why}`);
            assert.ok(!`${thrown.message}${thrown.hint}`.includes(SECRET), "no secret in a message");
            return true;
          });
          return;
        }
        const { roster } = await readRoster(path, null);
        assert.deepEqual(await byParts(roster, parts), whole.triplets);
        assert.deepEqual(
          Array.from({ length: roster.count }, (_, i) => addressAt(roster, i)),
          whole.triplets.map(({ productKey, deviceName }) => ({ productKey, deviceName })),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it("gives the named devices only, in the order of the rows, neighbours in one range", async () => {
    await using dir = await makeTempDir();
    const path = await dir.write("d.csv", `${HEADER}\n${rows(40)}`);
    const { roster } = await readRoster(path, new Set(["dk0030", "dk0003", "dk0004", "dk0005", "dk0039", "none"]));
    const names = (await devicesOf(roster.source())).map(({ deviceName }) => deviceName);
    assert.deepEqual(names, ["dk0003", "dk0004", "dk0005", "dk0030", "dk0039"]);
    const source = roster.source();
    assert.ok(source.kind === "rows");
    assert.equal(source.ranges.length, 9, "three ranges");
    assert.deepEqual(
      (await byParts(roster, 3)).map(({ deviceName }) => deviceName),
      names,
    );
    assert.throws(() => roster.nameAt(5), RangeError);
  });

  it("finds a device twice, however far apart its rows are", async () => {
    await using dir = await makeTempDir();
    const path = await dir.write("d.csv", `${HEADER}\n${rows(3_000)}${row(1)}`);
    await assert.rejects(
      readRoster(path, null),
      failsWith("bad-input-file", /d\.csv:3002:1: device dk0001 of product pk is on line 3/),
    );
  });

  it("tells no secret to whoever looks at a roster's source", async () => {
    await using dir = await makeTempDir();
    const { roster } = await readRoster(await dir.write("d.csv", `${HEADER}\n${rows(10)}`), null);
    const text = JSON.stringify(roster.source(), (_key, value: unknown) =>
      typeof value === "bigint" ? `${value}` : value,
    );
    assert.ok(!text.includes(SECRET));
  });

  it("is read whole where its bytes cannot be cut", async () => {
    await using dir = await makeTempDir();
    const quoted = await dir.write("q.csv", `${HEADER}\n${rows(3)}"dk0009",${SECRET},pk\n`);
    const wide = await dir.write("w.csv", Buffer.from(`\ufeff${HEADER}\n${rows(3)}`, "utf16le"));
    const long = await dir.write("l.csv", `${HEADER},Note\n${row(0).trim()},${"n".repeat(1_200_000)}\n${row(1)}`);
    for (const [path, count] of [
      [quoted, 4],
      [wide, 3],
      [long, 2],
      ["fixtures/iot-device-config.json", 1],
    ] as const) {
      assert.equal(await scanTripletFile(path), null, path);
      const { roster } = await readRoster(path, null);
      assert.deepEqual([roster.count, roster.source().kind], [count, "list"]);
      assert.equal((await byParts(roster, 2)).length, count);
    }
  });

  it("is refused when it is another file by the time a process reads its rows", async () => {
    await using dir = await makeTempDir();
    const text = `${HEADER}\n${rows(20)}`;
    const changes: readonly [string, (path: string) => Promise<void>][] = [
      ["longer", (path) => appendFile(path, row(99))],
      ["touched", (path) => utimes(path, 1, 1)],
      [
        "replaced",
        async (path) => {
          await writeFile(`${path}.new`, text);
          await rename(`${path}.new`, path);
        },
      ],
    ];
    for (const [name, change] of changes) {
      const path = await dir.write(`${name}.csv`, text);
      const { roster } = await readRoster(path, null);
      await change(path);
      await assert.rejects(
        devicesOf(roster.slice(5, 9).source()),
        failsWith("bad-input-file", /the file changed/),
        name,
      );
    }
  });

  it("is refused where a range holds another number of rows than was counted", async () => {
    await using dir = await makeTempDir();
    const { roster } = await readRoster(await dir.write("d.csv", `${HEADER}\n${rows(20)}`), null);
    const source = roster.slice(2, 6).source();
    assert.ok(source.kind === "rows");
    const [first = 0, end = 0, count = 0] = source.ranges;
    for (const ranges of [[first, end, count + 1], [first, end - 50, count], [first + 1, end, count], []]) {
      const other = { ...source, ranges: Float64Array.from(ranges) };
      const read = devicesOf(other);
      // a range that starts within a name reads another name: only the rows' number and form can be checked
      if (ranges[0] === first + 1) assert.equal((await read).length, count);
      else await assert.rejects(read, failsWith("bad-input-file", /the file changed/));
    }
  });
});
