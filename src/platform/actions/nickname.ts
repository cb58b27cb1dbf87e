/** Chinese and Japanese characters, each of which counts as two. */
const WIDE = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/g;

/** Whether a text can be a device's nickname: 4 to 64 characters, wide ones counted twice. [BatchCheckDeviceNames: DeviceNickname] */
export const isNickname = (text: string): boolean => {
  const length = text.length + (text.match(WIDE)?.length ?? 0);
  return length >= 4 && length <= 64;
};
