import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IotbError } from "../../src/domain/errors.js";
import { readTripletFile } from "../../src/files/triplet-file.js";
import { failsWith } from "../support/cli-fails-with.js";
import { makeTempDir } from "../support/cli-temp-dir.js";

describe("readTripletFile", () => {
  it("reads the fixture", async () => {
    const { triplets, lines, host } = await readTripletFile("fixtures/devices-4.csv");
    assert.deepEqual(
      triplets.map(({ deviceName }) => deviceName),
      ["dk001", "dk002", "dk003", "dk004"],
    );
    assert.deepEqual(lines, [2, 3, 4, 5]);
    assert.equal(host, null);
  });

  it("reads a device config, with its host", async () => {
    const { triplets, host } = await readTripletFile("fixtures/iot-device-config.json");
    assert.deepEqual([triplets.length, triplets[0]?.deviceName, host], [1, "dk001", "127.0.0.1"]);
  });

  it("tells the first problem and counts the others", async () => {
    await using dir = await makeTempDir();
    const path = await dir.write("d.csv", "DeviceName,DeviceSecret,ProductKey\nx,s,pk\ndk001,s\n");
    await assert.rejects(readTripletFile(path), (thrown) => {
      assert.ok(thrown instanceof IotbError);
      assert.match(thrown.message, /d\.csv:2:1: the device name/);
      assert.match(thrown.hint ?? "", /^and 1 more: iotb devices check .*d\.csv$/);
      return true;
    });
  });

  it("tells a missing file from a directory", async () => {
    await using dir = await makeTempDir();
    await assert.rejects(readTripletFile(dir.path("x.csv")), failsWith("bad-input-file", /no such file/));
    await assert.rejects(readTripletFile(dir.path(".")), failsWith("bad-input-file", /directory/));
  });
});
