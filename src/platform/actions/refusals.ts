import type { AnswerValue } from "../rpc-answer.js";
import type { ActionResult } from "./action.js";

/** The business errors this platform answers with. [Error codes] Texts that are not quoted there say what was wrong here. */
const TEXTS = {
  "iot.prod.NotExistedProduct": "The specified product does not exist.",
  "iot.prod.InvalidFormattedProductName": "The product name must be 4 to 30 characters long.",
  "iot.prod.ProductCountExceeded": "The number of products is at its limit.",
  "iot.device.NotExistedDevice": "The specified device does not exist.",
  "iot.device.AlreadyExistedDeviceName": "The device name already exists.",
  "iot.device.InvalidFormattedDeviceName":
    "The device name must be 4 to 32 characters long: letters, digits, hyphens, underscores, at signs, periods, colons.",
  "iot.device.InvalidFormattedNickname": "The nickname must be 4 to 64 characters long.",
  "iot.device.NullDeviceName": "DeviceName cannot be empty.",
  "iot.device.NoneDeviceNameElement": "The list of device names is empty.",
  "iot.device.TooManyElement": "The list has too many elements.",
  "iot.device.DeviceCountExceeded": "The number of devices of the product is at its limit.",
  "iot.device.NullApplyId": "ApplyId cannot be empty.",
  "iot.device.InvalidFormattedApplyId": "The ApplyId is not well formatted.",
  "iot.device.DeviceApplyIsNotFound": "The application with this ApplyId does not exist.",
  "iot.device.CreateDeviceTaskIsRunning": "The devices of this application are being checked or created.",
  "iot.device.ApplyManyDevicesFailed": "The devices of this application cannot be created.",
  "iot.common.InvalidPageParams": "The page or its size is out of range.",
  "iot.common.InvalidFormattedParameter": "A parameter is not well formatted.",
  "iot.messagebroker.MessageContentIsNotBase64Encode": "The message content is not encoded into the base64 format.",
  "iot.messagebroker.NullTopicName": "The topic name cannot be empty.",
  "iot.messagebroker.TooManyElement": "The list has too many elements.",
  "iot.messagebroker.InvalidFormattedTopicName": "The topic name is not well formatted.",
} as const;

/** A business error by its code, with the documented text or a more exact one. */
export const refused = (
  code: keyof typeof TEXTS,
  message: string = TEXTS[code],
  fields: { readonly [name: string]: AnswerValue } = {},
): ActionResult & { kind: "refused" } => ({
  kind: "refused",
  code,
  message,
  fields,
});
