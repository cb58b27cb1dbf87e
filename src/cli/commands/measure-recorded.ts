import { RecordingCorrelator } from "../../app/correlate-recordings.js";
import { judgeRecordings } from "../../app/judge-recordings.js";
import type { DeviceAddress } from "../../domain/device.js";
import type { LogRecord } from "../../domain/log-records.js";
import { summarizeBroadcast } from "../../domain/summary.js";
import { parseThreshold } from "../../domain/threshold.js";
import { ArrivalSpill } from "../../files/arrival-spill.js";
import { readDeviceNames } from "../../files/device-names.js";
import { LineRecogniser } from "../../files/line-recogniser.js";
import { readLog } from "../../files/log-reader.js";
import { readTripletFile } from "../../files/triplet-file.js";
import { broadcastHeading, broadcastLine, summaryText } from "../../report/measure-text.js";
import type { CommandContext } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import { exitOfRun } from "../judged-exit.js";
import type { MeasureRecord } from "../measure-record.js";
import { nextStep } from "../next-step.js";
import type { RecordedMeasureOptions } from "../options/measure.js";
import { startReadingProgress } from "../reading-progress.js";
import { escapeWithin } from "../terminal.js";

/** Arrivals that are kept in memory, bytes; the rest is put by in a temporary file. */
const ARRIVAL_BYTES = 384 * 2 ** 20;

/** `iotb measure --receipts … --log …`: correlates what was recorded before. */
export const measureRecorded = async (
  options: RecordedMeasureOptions,
  context: CommandContext,
  record: MeasureRecord | null,
): Promise<ExitCode> => {
  const { output, stdin, signal } = context;
  const thresholds = options.thresholds.map(parseThreshold);
  const calls: LogRecord[] = [];
  await readLog(options.logFile, stdin, (record) => calls.push(record), { signal });
  using spill = new ArrivalSpill();
  const memory = { store: spill, bytes: ARRIVAL_BYTES };
  const correlator = new RecordingCorrelator(await expectedOf(options, calls), memory);
  for (const record of calls) correlator.addCall(record);
  await readReceipts(options.receiptsFiles, correlator, context);
  const recorded = correlator.finish({ linger: options.linger, drain: options.drain });
  const judgement = judgeRecordings(recorded, {
    thresholds,
    allowExcused: options.allowExcused,
    clockUncertainty: options.clockUncertainty,
  });
  const addressOf = (device: number) => addressIn(recorded.devices, device);
  const measured = { judged: judgement, broadcasts: recorded.broadcasts, calls, addressOf, unixOf: Math.round };
  const judged = (await record?.complete(measured)) ?? judgement;
  const paint = output.paint.out;
  output.json(judged.result);
  output.result(broadcastHeading(paint));
  const nameOf = (device: number) => recorded.devices[device]?.deviceName ?? `#${device}`;
  recorded.broadcasts.forEach((broadcast, i) => {
    output.result(broadcastLine(paint, summarizeBroadcast(broadcast, nameOf, Math.round), i + 1));
  });
  output.result(summaryText(paint, escapeWithin(judged.result), nextStep(judged.result, null)));
  return exitOfRun(judged.causes, judged.failure, record?.failures);
};

const addressIn = (devices: readonly DeviceAddress[], device: number): DeviceAddress => {
  const found = devices[device];
  if (found === undefined) throw new RangeError(`no device ${device} of ${devices.length}`);
  return found;
};

/** Reads all files into the correlator, line by line. */
const readReceipts = async (
  files: readonly string[],
  correlator: RecordingCorrelator,
  { stdin, signal, output }: CommandContext,
): Promise<void> => {
  using progress = await startReadingProgress(files, output);
  const recogniser = new LineRecogniser(correlator);
  const from = performance.now();
  let lines = 0;
  for (const file of files) {
    signal.throwIfAborted();
    correlator.beginReceipts();
    const options = { recogniser, signal, onRead: progress.read };
    const reading = await readLog(file, stdin, (record) => correlator.addReceiptLine(record), options);
    if (reading.cut) correlator.markCut();
    lines += reading.lines;
  }
  output.detail(`read ${lines} lines in ${Math.round(performance.now() - from)} ms`);
};

/** The devices that should have got it, where a file names them; names alone are of the product that was called. */
const expectedOf = async (
  { devicesFile, expectedFile }: RecordedMeasureOptions,
  calls: readonly LogRecord[],
): Promise<readonly DeviceAddress[]> => {
  if (devicesFile !== null) return (await readTripletFile(devicesFile)).triplets;
  if (expectedFile === null) return [];
  const called = calls.find((record) => record.schema === "iotb.broadcast/1");
  const productKey = called?.schema === "iotb.broadcast/1" ? called.productKey : "";
  return (await readDeviceNames(expectedFile)).map((deviceName) => ({ productKey, deviceName }));
};
