import type { DeviceTriplet } from "../src/domain/device.js";

/** The one device that the targets know. Made up; 16 letters or digits in a row and more must never show in a message. */
export const FUZZ_DEVICE: DeviceTriplet = {
  productKey: "a1FuzzProd1",
  deviceName: "fuzz_device",
  deviceSecret: "5ec4e7c0ffee5ec4e7c0ffee5ec4e7c0",
};

/** The AccessKey of the targets, made up. */
export const FUZZ_KEY = { accessKeyId: "LTAIfuzz", accessKeySecret: "fuzzAccessKeySecretCanary0123456" };

/** Unix ms at which the targets' clocks stand: the same input is to have the same outcome on every day. */
export const FUZZ_NOW = Date.parse("2026-01-02T03:04:05Z");
