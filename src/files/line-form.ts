import type { LogRecord, PresenceRecord, ReceiptRecord } from "../domain/log-records.js";

/**
 * What iotb writes around a line's device and time. The device's name follows `beforeName`, once more `beforeSecondName` where its
 * topic names it, and the time `beforeTime`; `tail` goes on to the line's end, LF included.
 */
export type LineForm = {
  readonly beforeName: string;
  readonly beforeSecondName: string | null;
  readonly beforeTime: string;
  readonly tail: string;
  readonly timeUs: number;
};

/**
 * The form of a receipt or presence line as iotb itself writes it; null for other lines, and for a receipt on another device's
 * topic: with another device's name in its place it might say something else.
 */
export const formOf = (record: LogRecord): LineForm | null => {
  if (record.schema === "iotb.receipt/1") return formOfReceipt(record);
  return record.schema === "iotb.presence/1" ? formOfPresence(record) : null;
};

/** The whole line of a form, without its LF. */
export const lineOf = (form: LineForm, deviceName: string): string => {
  const second = form.beforeSecondName === null ? "" : form.beforeSecondName + deviceName;
  return form.beforeName + deviceName + second + form.beforeTime + form.timeUs + form.tail.slice(0, -1);
};

const formOfReceipt = (record: ReceiptRecord): LineForm | null => {
  const { productKey, deviceName, topic, payloadBase64: payload } = record;
  const own = `/sys/${productKey}/`;
  const isOwn = topic.startsWith(`${own}${deviceName}/`);
  if (!isOwn && topic.startsWith("/sys/")) return null;
  const restOfTopic = JSON.stringify(isOwn ? topic.slice(own.length + deviceName.length) : topic).slice(1);
  return {
    beforeName: `{"schema":"iotb.receipt/1","messageId":${JSON.stringify(record.messageId)},"productKey":"${productKey}","deviceName":"`,
    beforeSecondName: isOwn ? `","topic":"${own}` : null,
    beforeTime: `${isOwn ? "" : '","topic":"'}${restOfTopic},"receivedAtUs":`,
    timeUs: record.receivedAtUs,
    tail:
      `,"bytes":${record.bytes},"payloadSha256":"${record.payloadSha256}","qos":${record.qos},"dup":${record.dup}` +
      `${payload === undefined ? "" : `,"payloadBase64":${JSON.stringify(payload)}`}}\n`,
  };
};

const formOfPresence = (record: PresenceRecord): LineForm => ({
  beforeName: `{"schema":"iotb.presence/1","productKey":"${record.productKey}","deviceName":"`,
  beforeSecondName: null,
  beforeTime: `","state":"${record.state}","atUs":`,
  timeUs: record.atUs,
  tail: `,"reason":${JSON.stringify(record.reason)},"closedBy":${JSON.stringify(record.closedBy)}}\n`,
});
