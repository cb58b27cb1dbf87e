import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A recording and its broadcast log in a directory of their own, which goes when it is disposed of. */
export type RecordedFiles = AsyncDisposable & {
  readonly receipts: string;
  readonly log: string;
  readonly lines: number;
  readonly bytes: number;
};

const PRODUCT = "a1B2c3D4e5F";
const FIRST_ID = 1_386_995_865_331_441_413n;
const ID_STEP = 4_194_304_000n;
const START_US = 1_700_000_000_000_000;
const BETWEEN_US = 10_000_000;
const PIECE_LINES = 5_000;
const SHA256 = createHash("sha256").update("x").digest("hex");
const CLOCK = {
  schema: "iotb.clock/1",
  bootId: "0f7f0a66-6a36-4f3c-9d0a-51c0f2a3d6d7",
  monotonicUs: 1e9,
  unixUs: START_US,
};

const nameOf = (device: number): string => `device-${String(device).padStart(6, "0")}`;

/** Always the same disorder: the files of two runs are the same. */
const shuffler = () => {
  let state = 0x2545f491;
  return (order: Uint32Array): void => {
    for (let i = order.length - 1; i > 0; i--) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const j = (state >>> 0) % (i + 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
  };
};

function* linesOf(devices: number, broadcasts: number): Generator<string> {
  yield JSON.stringify(CLOCK);
  for (let i = 0; i < devices; i++) {
    const who = { schema: "iotb.presence/1", productKey: PRODUCT, deviceName: nameOf(i), state: "online" };
    yield JSON.stringify({ ...who, atUs: START_US + i, reason: null, closedBy: null });
  }
  const order = Uint32Array.from({ length: devices }, (_, i) => i);
  const shuffle = shuffler();
  for (let b = 0; b < broadcasts; b++) {
    const { messageId, sentAtUs } = callOf(b);
    shuffle(order);
    for (let i = 0; i < devices; i++) {
      const name = nameOf(order[i] ?? 0);
      yield `{"schema":"iotb.receipt/1","messageId":"${messageId}","productKey":"${PRODUCT}","deviceName":"${name}","topic":"/sys/${PRODUCT}/${name}/broadcast/request/${messageId}","receivedAtUs":${sentAtUs + 6_000 + i * 8},"bytes":200,"payloadSha256":"${SHA256}","qos":0,"dup":false}`;
    }
  }
  yield JSON.stringify({ schema: "iotb.end/1", presences: devices, receipts: devices * broadcasts });
}

const callOf = (broadcast: number) => {
  const dueAtUs = START_US + (broadcast + 1) * BETWEEN_US;
  return {
    schema: "iotb.broadcast/1",
    messageId: String(FIRST_ID + BigInt(broadcast) * ID_STEP),
    requestId: "BB71E443-4447-4024-A000-EDE09922891E",
    ...{ productKey: PRODUCT, topicFullName: null, bytes: 200, payloadSha256: SHA256 },
    ...{ dueAtUs, sentAtUs: dueAtUs + 100, acceptedAtUs: dueAtUs + 5_000 },
  };
};

const write = (path: string, lines: Iterable<string>): number => {
  const file = openSync(path, "w");
  let count = 0;
  let piece: string[] = [];
  const pass = () => {
    writeSync(file, piece.map((line) => `${line}\n`).join(""));
    piece = [];
  };
  for (const line of lines) {
    count++;
    if (piece.push(line) === PIECE_LINES) pass();
  }
  pass();
  closeSync(file);
  return count;
};

/** Writes what `devices simulate --receipts` and `broadcast --log` would have: every device got every broadcast, each time in another order. */
export const recordedFiles = async (devices: number, broadcasts: number): Promise<RecordedFiles> => {
  const dir = await mkdtemp(join(tmpdir(), "iotb-offline-"));
  const receipts = join(dir, "receipts.ndjson");
  const log = join(dir, "sent.ndjson");
  const dispose = () => rm(dir, { recursive: true, force: true });
  try {
    write(
      log,
      [CLOCK, ...Array.from({ length: broadcasts }, (_, b) => callOf(b))].map((line) => JSON.stringify(line)),
    );
    const lines = write(receipts, linesOf(devices, broadcasts));
    return { receipts, log, lines, bytes: (await stat(receipts)).size, [Symbol.asyncDispose]: dispose };
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
};
