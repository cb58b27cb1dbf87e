import assert from "node:assert/strict";
import { isDeviceName, isDeviceSecret, isProductKey } from "../../src/protocol/device-name.js";
import { formatTriplets, MAX_KEPT_PROBLEMS, parseTriplets, type TripletTable } from "../../src/protocol/triplet-csv.js";
import { TripletScan } from "../../src/protocol/triplet-scan.js";
import { FUZZ_DEVICE } from "../fuzz-device.js";
import type { FuzzTarget } from "../fuzz-target.js";

const { productKey, deviceName, deviceSecret } = FUZZ_DEVICE;
const ROW = `${deviceName},${deviceSecret},${productKey}`;
const HEADER = "DeviceName,DeviceSecret,ProductKey";

const SAMPLES = [
  `${HEADER}\n${ROW}\nother_one,abc,${productKey}\n`,
  `\ufeff${HEADER}\r\n${ROW}\r\n\r\n`,
  `"${HEADER.replaceAll(",", '","')}"\n"${ROW.replaceAll(",", '","')}"\n`,
  `note,productkey,devicename,devicesecret,more\n"a ""b"", c",${productKey},${deviceName},${deviceSecret},1\n,,,,\n`,
  `${HEADER}\r${ROW}\r${ROW}\r`,
];

/** A scan of the same bytes, where it takes them, finds the same devices and the same problems. */
const checkScan = (bytes: Buffer, { triplets, problems, problemCount }: TripletTable): void => {
  if (bytes.includes(0x22) || (bytes[0] === 0xff && bytes[1] === 0xfe)) return;
  const scan = new TripletScan();
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  for (let from = bom ? 3 : 0; from < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, from);
    const to = newline < 0 ? bytes.length : newline;
    if (!scan.line(bytes, from, to, from)) return;
    from = to + 1;
  }
  const { names, offsets, ...found } = scan.end();
  assert.deepEqual([found.problems, found.problemCount], [problems, problemCount], "a scan finds other problems");
  const devices = Array.from({ length: names.count }, (_, row) => [names.productAt(row), names.nameAt(row)]);
  assert.deepEqual(
    devices,
    triplets.map((triplet) => [triplet.productKey, triplet.deviceName]),
    "a scan finds other devices",
  );
  assert.equal(offsets.length, names.count);
};

/** The triplet CSV reader. */
export const createTripletCsv = (): FuzzTarget => ({
  name: "triplet-csv",
  corpus: [...SAMPLES.map((text) => Buffer.from(text)), Buffer.from(`\ufeff${SAMPLES[0]}`, "utf16le")],
  check: (input) => {
    const table = parseTriplets(input);
    const { triplets, lines, problems, problemCount } = table;
    assert.equal(lines.length, triplets.length);
    assert.equal(problems.length, Math.min(problemCount, MAX_KEPT_PROBLEMS));
    assert.ok(triplets.length > 0 || problemCount > 0, "neither a device nor a problem");
    for (const { line, column, why } of problems) {
      assert.ok(line >= 1 && column >= 1, `a problem at ${line}:${column}`);
      assert.ok(!why.includes(deviceSecret), "a problem shows a secret");
    }
    for (const triplet of triplets) {
      assert.ok(isDeviceName(triplet.deviceName) && isDeviceSecret(triplet.deviceSecret));
      assert.ok(isProductKey(triplet.productKey));
    }
    if (triplets.length > 0) {
      const again = parseTriplets(formatTriplets(triplets));
      assert.deepEqual([again.triplets, again.problemCount], [triplets, 0], "what was read is not what is written");
    }
    checkScan(Buffer.from(input), table);
    return `${triplets.length > 0 ? "devices" : "no device"}, ${problemCount > 0 ? "problems" : "no problem"}`;
  },
});
