import type { DeviceLister, DeviceState, ListedDevice } from "../app/ports.js";
import { IotbError } from "../domain/errors.js";
import { isDeviceName } from "../protocol/device-name.js";
import { isRecord, type PopAnswer, recordOf, requestIdOf, textOf } from "./pop-answer.js";
import { createCallPace } from "./pop-call-pace.js";
import type { PopClient } from "./pop-client.js";

/** Devices on one page, the most there may be. [QueryDevice: PageSize] */
const PAGE_SIZE = 50;

/** 50 calls a second; beyond this many devices 2. [QueryDevice: QPS limits] */
const EVERY_MS = 25;
const FAR_DEVICES = 100_000;
const FAR_EVERY_MS = 520;

/** The numbers that only QueryDeviceByStatus knows the states by. [QueryDeviceByStatus: Status] */
const STATUS_NUMBER: Readonly<Record<DeviceState, number>> = { UNACTIVE: 0, ONLINE: 1, OFFLINE: 3, DISABLE: 8 };

/** Lists devices: all with QueryDevice, those in one state with QueryDeviceByStatus. The secrets in the answers go no further. */
export const createPopDeviceLister = (client: PopClient): DeviceLister => {
  const pace = createCallPace(client);
  return {
    page: async ({ productKey, state }, cursor, signal) => {
      const { page, token } = cursor ?? { page: 1, token: null };
      await pace(page * PAGE_SIZE >= FAR_DEVICES ? FAR_EVERY_MS : EVERY_MS, signal);
      const action = state === null ? "QueryDevice" : "QueryDeviceByStatus";
      const answer = await client.call(
        action,
        {
          ProductKey: productKey,
          CurrentPage: page,
          PageSize: PAGE_SIZE,
          NextToken: token ?? undefined,
          Status: state === null ? undefined : STATUS_NUMBER[state],
        },
        { signal },
      );
      const list = recordOf(answer, "Data")[state === null ? "DeviceInfo" : "SimpleDeviceInfo"];
      const devices = (Array.isArray(list) ? list : [])
        .filter(isRecord)
        .flatMap((entry) => listedDevice(entry, productKey, state));
      const total = answer["Total"];
      if (typeof total !== "number" || !Number.isSafeInteger(total) || total < 0) throw unusable(action, answer);
      const nextToken = textOf(answer, "NextToken") || null;
      // a page that is not full is the last, whatever a token says: no answer can make this go on for ever
      const more = Array.isArray(list) && list.length >= PAGE_SIZE && (nextToken !== null || page * PAGE_SIZE < total);
      return { devices, total, next: more ? { page: page + 1, token: nextToken } : null };
    },
  };
};

const isState = (text: string): text is DeviceState => Object.hasOwn(STATUS_NUMBER, text);

/** One device, or nothing where the entry is none. Where the state was asked for, the answer need not repeat it. */
const listedDevice = (
  entry: Record<string, unknown>,
  productKey: string,
  asked: DeviceState | null,
): readonly ListedDevice[] => {
  const deviceName = textOf(entry, "DeviceName");
  const told = textOf(entry, "DeviceStatus") || textOf(entry, "Status");
  const state = isState(told) ? told : asked;
  if (!isDeviceName(deviceName) || state === null) return [];
  return [{ productKey, deviceName, state, nickname: textOf(entry, "Nickname") }];
};

const unusable = (action: string, answer: PopAnswer): IotbError =>
  new IotbError("api-refused", `the answer of ${action} has no usable Total`, {
    hint: "check --endpoint: this is not what the documented API answers",
    requestId: requestIdOf(answer),
  });
