/** What a device proves itself with. The secret goes to the signers and nowhere else: not to logs, reports or argv. */
export type DeviceTriplet = {
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret: string;
};

/** A device as everybody but the signers sees it: the only form that reaches logs and reports. */
export type DeviceAddress = Pick<DeviceTriplet, "productKey" | "deviceName">;

/** A device's dense number within a run or a shard, from 0, so that sets of devices are typed arrays. */
export type DeviceIndex = number;

/** Drops the secret. */
export const addressOf = ({ productKey, deviceName }: DeviceAddress): DeviceAddress => ({ productKey, deviceName });

/** A key that is unique per device: neither part may hold a `/`. */
export const deviceKey = ({ productKey, deviceName }: DeviceAddress): string => `${productKey}/${deviceName}`;
