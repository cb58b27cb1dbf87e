import type { OddReceipt, RecordedArrivals } from "../domain/arrivals.js";
import type { PresenceChange } from "../domain/broadcast.js";
import { addressAt, type DeviceRoster } from "../domain/device-roster.js";
import type { BroadcastRecord } from "../domain/log-records.js";
import { type ClockAnchor, micros, toUnix } from "../domain/time.js";
import { broadcastTopicPrefix } from "../protocol/topics.js";

/** Lines are put together into pieces of about so many characters: a moment's work each. */
const PIECE_CHARACTERS = 131_072;

/** Stands for a hash that nobody knows: of other bytes than were sent, when more odd receipts came than are kept. */
const UNKNOWN_SHA256 = "0".repeat(64);

/** What the devices of a recording are called, and how its times are told. */
export type LineNaming = { readonly devices: DeviceRoster; readonly anchor: ClockAnchor };

/** Counts the lines that were made. */
export type LineCounter = { presences: number; receipts: number };

/** Puts lines together, so that they are written in pieces. */
function* inPieces(lines: Iterable<string>): Generator<string> {
  let piece = "";
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** The lines of presence changes, in pieces. */
export const presencePieces = (
  changes: readonly PresenceChange[],
  naming: LineNaming,
  counter: LineCounter,
): Generator<string> => inPieces(presenceLines(changes, naming, counter));

function* presenceLines(
  changes: readonly PresenceChange[],
  { devices, anchor }: LineNaming,
  counter: LineCounter,
): Generator<string> {
  for (const change of changes) {
    const { productKey, deviceName } = addressAt(devices, change.device);
    const why =
      change.state === "online"
        ? '"reason":null,"closedBy":null'
        : `"reason":${JSON.stringify(change.reason)},"closedBy":"${change.closedBy}"`;
    counter.presences++;
    yield `{"schema":"iotb.presence/1","productKey":${inJson(productKey)},"deviceName":${inJson(deviceName)},"state":"${change.state}","atUs":${toUnix(anchor, change.at)},${why}}\n`;
  }
}

/**
 * The lines of one process's receipts of one broadcast, in pieces; device by device, not in the order they came. Of the receipts
 * that are more than a time the odd ones say what is known; what had no room among them is written with the time of the device's
 * first receipt and `"known":"count"`.
 */
export const receiptPieces = (
  arrivals: RecordedArrivals,
  call: BroadcastRecord,
  naming: LineNaming,
  counter: LineCounter,
): Generator<string> => inPieces(receiptLines(arrivals, call, naming, counter));

function* receiptLines(
  { firstDevice, at, extra, corrupt, odd }: RecordedArrivals,
  call: BroadcastRecord,
  { devices, anchor }: LineNaming,
  counter: LineCounter,
): Generator<string> {
  const { messageId, topicFullName } = call;
  const head = (id: string) => `{"schema":"iotb.receipt/1","messageId":${id},"productKey":`;
  // a receipt on a topic says nothing of a message id, and one on another device's topic says it there only
  const known = head(topicFullName === null ? `"${messageId}"` : "null");
  const unnamed = head("null");
  const tail = (bytes: number, hash: string) => `,"bytes":${bytes},"payloadSha256":"${hash}","qos":0,"dup":false`;
  const sent = tail(call.bytes, call.payloadSha256);
  const tailOf = ({ body }: OddReceipt) => (body === null ? sent : tail(body.bytes, body.payloadSha256));
  const oddOf = byDevice(odd);
  for (let i = 0; i < at.length; i++) {
    const first = at[i] as number;
    const own = oddOf?.get(i);
    if (first === 0 && own === undefined) continue;
    const address = addressAt(devices, firstDevice + i);
    const name = `${inJson(address.productKey)},"deviceName":${inJson(address.deviceName)},"topic":`;
    const topic = topicFullName === null ? inJson(broadcastTopicPrefix(address) + messageId) : inJson(topicFullName);
    const line = (time: number, rest: string, other: string | null = null) => {
      counter.receipts++;
      const on = other === null ? `${known}${name}${topic}` : `${unnamed}${name}${inJson(other)}`;
      return `${on},"receivedAtUs":${toUnix(anchor, micros(time))}${rest}}\n`;
    };
    let more = extra?.[i] ?? 0;
    let isCorrupt = corrupt?.[i] === 1;
    const firstOdd = own?.find((receipt) => receipt.first);
    if (own?.some(({ body, topic: other }) => body !== null && other === null)) isCorrupt = false;
    if (first !== 0) {
      const came = firstOdd === undefined ? sent : tailOf(firstOdd);
      yield line(first, isCorrupt ? `${tail(call.bytes, UNKNOWN_SHA256)},"known":"count"` : came);
    }
    for (const receipt of own ?? []) {
      if (receipt.first) continue;
      if (receipt.topic === null) more--;
      yield line(receipt.at, tailOf(receipt), receipt.topic);
    }
    for (; more > 0; more--) yield line(first, `${sent},"known":"count"`);
  }
}

/** Odd receipts by their device, or null where there are none. */
const byDevice = (odd: readonly OddReceipt[]): ReadonlyMap<number, readonly OddReceipt[]> | null => {
  if (odd.length === 0) return null;
  const found = new Map<number, OddReceipt[]>();
  for (const receipt of odd) {
    const list = found.get(receipt.device);
    if (list === undefined) found.set(receipt.device, [receipt]);
    else list.push(receipt);
  }
  return found;
};

/** A text as JSON. Names of devices and topics hardly ever need an escape, and there are many. */
const inJson = (text: string): string =>
  /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
