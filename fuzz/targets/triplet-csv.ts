import assert from "node:assert/strict";
import { isDeviceName, isDeviceSecret, isProductKey } from "../../src/protocol/device-name.js";
import { formatTriplets, MAX_KEPT_PROBLEMS, parseTriplets } from "../../src/protocol/triplet-csv.js";
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

/** The triplet CSV reader. */
export const createTripletCsv = (): FuzzTarget => ({
  name: "triplet-csv",
  corpus: [...SAMPLES.map((text) => Buffer.from(text)), Buffer.from(`\ufeff${SAMPLES[0]}`, "utf16le")],
  check: (input) => {
    const { triplets, lines, problems, problemCount } = parseTriplets(input);
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
    return `${triplets.length > 0 ? "devices" : "no device"}, ${problemCount > 0 ? "problems" : "no problem"}`;
  },
});
