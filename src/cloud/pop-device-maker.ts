import type { BatchStage, DeviceMaker } from "../app/ports.js";
import { IotbError } from "../domain/errors.js";
import { isDeviceName, isDeviceSecret } from "../protocol/device-name.js";
import { isRecord, type PopAnswer, recordOf, requestIdOf, textOf } from "./pop-answer.js";
import { createCallPace } from "./pop-call-pace.js";
import type { PopClient } from "./pop-client.js";

/** Devices on one page. [QueryPageByApplyId: PageSize] */
const PAGE_SIZE = 50;

/** Time between two calls, ms, a little below the account's quota. [BatchRegisterDevice: QPS limits] and those of the others */
const EVERY_MS = { begin: 120, create: 10, progress: 40, page: 25 } as const;

/** A batch of 10,000 names is a long form: the platform may take its time to read it. */
const BEGIN_TIMEOUT_MS = 30_000;

const STAGES: readonly BatchStage[] = [
  "CHECK",
  "CHECK_SUCCESS",
  "CHECK_FAILED",
  "CREATE",
  "CREATE_SUCCESS",
  "CREATE_FAILED",
];

/** Makes devices with the batch calls of the API. [Register devices in batches] */
export const createPopDeviceMaker = (client: PopClient): DeviceMaker => {
  const pace = createCallPace(client);
  return {
    begin: async (productKey, wanted, signal) => {
      await pace(EVERY_MS.begin, signal);
      const options = { signal, timeoutMs: BEGIN_TIMEOUT_MS };
      if (typeof wanted === "number") {
        const answer = await client.call("BatchRegisterDevice", { ProductKey: productKey, Count: wanted }, options);
        return applyIdIn(answer, "BatchRegisterDevice");
      }
      const parameters = { ProductKey: productKey, DeviceName: wanted };
      const answer = await client.call("BatchCheckDeviceNames", parameters, options);
      const invalid = namesIn(recordOf(recordOf(answer, "Data"), "InvalidDeviceNameList"), "InvalidDeviceName");
      if (invalid.length > 0) throw invalidNames(invalid, answer);
      return applyIdIn(answer, "BatchCheckDeviceNames");
    },
    create: async (productKey, applyId, signal) => {
      await pace(EVERY_MS.create, signal);
      const parameters = { ProductKey: productKey, ApplyId: applyId };
      return applyIdIn(
        await client.call("BatchRegisterDeviceWithApplyId", parameters, { signal }),
        "BatchRegisterDeviceWithApplyId",
      );
    },
    progress: async (productKey, applyId, signal) => {
      await pace(EVERY_MS.progress, signal);
      const parameters = { ProductKey: productKey, ApplyId: applyId };
      const answer = await client.call("QueryBatchRegisterDeviceStatus", parameters, { signal });
      const data = recordOf(answer, "Data");
      const stage = STAGES.find((one) => one === data["Status"]);
      if (stage === undefined) throw unusable("QueryBatchRegisterDeviceStatus", "a Status that is none", answer);
      return { stage, invalidNames: namesIn(recordOf(data, "InvalidList"), "Name") };
    },
    page: async (productKey, applyId, page, signal) => {
      await pace(EVERY_MS.page, signal);
      const parameters = { ApplyId: applyId, CurrentPage: page, PageSize: PAGE_SIZE };
      const answer = await client.call("QueryPageByApplyId", parameters, { signal });
      const list = recordOf(answer, "ApplyDeviceList")["ApplyDeviceInfo"];
      const devices = (Array.isArray(list) ? list : []).filter(isRecord).map((entry) => ({
        productKey,
        deviceName: textOf(entry, "DeviceName"),
        deviceSecret: textOf(entry, "DeviceSecret"),
      }));
      if (devices.some(({ deviceName, deviceSecret }) => !isDeviceName(deviceName) || !isDeviceSecret(deviceSecret)))
        throw unusable("QueryPageByApplyId", "a device without a name or a secret", answer);
      const total = answer["Total"];
      if (typeof total !== "number" || !Number.isSafeInteger(total) || total < 0)
        throw unusable("QueryPageByApplyId", "no usable Total", answer);
      return { devices, total };
    },
  };
};

/** The names in a list that an answer holds; what is no text is left out. */
const namesIn = (list: Record<string, unknown>, member: string): string[] => {
  const names = list[member];
  return (Array.isArray(names) ? names : []).filter((name): name is string => typeof name === "string");
};

/** An apply id is a number of the platform's; it is handed back as it came, so it is kept as text. */
const applyIdIn = (answer: PopAnswer, action: string): string => {
  const id = recordOf(answer, "Data")["ApplyId"];
  const text = typeof id === "number" || typeof id === "string" ? String(id) : "";
  if (/^\d{1,20}$/.test(text)) return text;
  throw unusable(action, "no ApplyId", answer);
};

const unusable = (action: string, what: string, answer: PopAnswer): IotbError =>
  new IotbError("api-refused", `the answer of ${action} has ${what}`, {
    hint: "check --endpoint: this is not what the documented API answers",
    requestId: requestIdOf(answer),
  });

const invalidNames = (names: readonly string[], answer: PopAnswer): IotbError => {
  const shown = names.slice(0, 5).map((name) => name.slice(0, 64));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return new IotbError("api-refused", `these names cannot be registered: ${shown.join(", ")}${more}`, {
    hint: "a name is 4 to 32 letters, digits or _ - @ . : and not in use yet; nothing was registered",
    requestId: requestIdOf(answer),
  });
};
