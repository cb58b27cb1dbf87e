import { objectOf } from "./json-object.js";

/**
 * The answer to a device that asks for the time, or null where it asked for nothing that can be answered. Times are Unix ms, and
 * texts or numbers as the device's own is: clients read only the one they send. [NTP service]
 */
export const ntpAnswer = (body: Uint8Array, unixMs: number): string | null => {
  const sent = objectOf(body)?.["deviceSendTime"];
  const isText = typeof sent === "string" && /^\d{1,16}$/.test(sent);
  const isNumber = typeof sent === "number" && Number.isSafeInteger(sent) && sent >= 0;
  if (!isText && !isNumber) return null;
  const time = isText ? String(unixMs) : unixMs; // received and answered within the same turn
  return JSON.stringify({ deviceSendTime: sent, serverRecvTime: time, serverSendTime: time });
};
