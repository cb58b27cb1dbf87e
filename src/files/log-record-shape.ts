import type { LogRecord } from "../domain/log-records.js";
import { isDeviceName, isProductKey } from "../protocol/device-name.js";
import { isMessageId } from "../protocol/message-id.js";

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const nothing: Check = (value) => value === null;
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const oneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const matching =
  (isLegal: (value: string) => boolean): Check =>
  (value) =>
    typeof value === "string" && isLegal(value);

const sha256 = matching((value) => /^[0-9a-f]{64}$/.test(value));
const messageId = matching(isMessageId);
const device: Shape = { productKey: matching(isProductKey), deviceName: matching(isDeviceName) };

/** What each key of each kind of line may hold. Keys beyond these are allowed within a schema number. */
const SHAPES: Readonly<Record<LogRecord["schema"], Shape>> = {
  "iotb.clock/1": { bootId: text, monotonicUs: count, unixUs: count },
  "iotb.presence/1": {
    ...device,
    state: oneOf("online", "offline"),
    atUs: count,
    reason: either(text, nothing),
    closedBy: oneOf("device", "platform", "network", null),
  },
  "iotb.receipt/1": {
    ...device,
    messageId: either(messageId, nothing),
    topic: text,
    receivedAtUs: count,
    bytes: count,
    payloadSha256: sha256,
    qos: oneOf(0, 1),
    dup: flag,
    payloadBase64: either(text, (value) => value === undefined),
    known: either(oneOf("count"), (value) => value === undefined),
  },
  "iotb.end/1": { presences: count, receipts: count },
  "iotb.broadcast/1": {
    messageId,
    requestId: text,
    productKey: matching(isProductKey),
    topicFullName: either(text, nothing),
    bytes: count,
    payloadSha256: sha256,
    dueAtUs: count,
    sentAtUs: count,
    acceptedAtUs: count,
    warmup: either(flag, (value) => value === undefined),
  },
};

/** A line judged: a record, a schema that this version does not know, or what is wrong. */
export type JudgedLine =
  | { readonly kind: "record"; readonly record: LogRecord }
  | { readonly kind: "unknown" }
  | { readonly kind: "bad"; readonly why: string };

const isKnown = (schema: unknown): schema is LogRecord["schema"] =>
  typeof schema === "string" && Object.hasOwn(SHAPES, schema);

const isRecord = (value: object, shape: Shape): value is LogRecord =>
  Object.entries(shape).every(([key, check]) => check(Reflect.get(value, key)));

/** Judges the value of one line of a log. */
export const judgeLine = (value: unknown): JudgedLine => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { kind: "bad", why: "not a JSON object" };
  const schema: unknown = Reflect.get(value, "schema");
  if (typeof schema !== "string") return { kind: "bad", why: "no schema" };
  if (!isKnown(schema)) return { kind: "unknown" };
  const shape = SHAPES[schema];
  if (isRecord(value, shape)) return { kind: "record", record: value };
  const wrong = Object.keys(shape).find((key) => !shape[key]?.(Reflect.get(value, key)));
  const why = Object.hasOwn(value, wrong ?? "") ? "does not hold what it should" : "is missing";
  return { kind: "bad", why: `${schema}: ${wrong} ${why}` };
};
