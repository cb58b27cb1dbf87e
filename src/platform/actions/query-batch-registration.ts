import { iotIdOf } from "../device-table.js";
import { type Action, done } from "./action.js";
import { pageCount, pageOf, readPaging } from "./paging.js";
import { requestedApplication } from "./requested-application.js";

/** How far an application is, and which names were found right and wrong so far. [QueryBatchRegisterDeviceStatus] */
export const queryBatchRegisterDeviceStatus: Action = {
  required: ["ProductKey", "ApplyId"],
  run: (parameters, { registrations }) => {
    const found = requestedApplication(parameters, registrations);
    if ("refusal" in found) return found.refusal;
    const { status, valid, invalid } = found.application;
    return done({ Data: { Status: status, ValidList: { Name: [...valid] }, InvalidList: { Name: invalid } } });
  },
};

/** The devices an application created, in the order applied for, a page at a time. [QueryPageByApplyId] */
export const queryPageByApplyId: Action = {
  required: ["ApplyId"],
  answersSecret: true,
  run: (parameters, { broker: { devices, limits }, registrations }) => {
    const found = requestedApplication(parameters, registrations);
    if ("refusal" in found) return found.refusal;
    const asked = readPaging(parameters, limits.devicesPerPage);
    if ("refusal" in asked) return asked.refusal;
    const { paging } = asked;
    const { created } = found.application;
    const ApplyDeviceInfo = pageOf(created, paging).map((device) => ({
      DeviceId: iotIdOf(devices, device),
      DeviceName: device.deviceName,
      DeviceSecret: device.deviceSecret,
      IotId: iotIdOf(devices, device),
    }));
    return done({
      ApplyDeviceList: { ApplyDeviceInfo },
      Page: paging.page,
      PageSize: paging.size,
      PageCount: pageCount(created.length, paging),
      Total: created.length,
    });
  },
};
