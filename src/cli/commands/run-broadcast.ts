import { sendBroadcasts } from "../../app/send-broadcasts.js";
import { sleep } from "../../app/sleep.js";
import { broadcastRecord } from "../../domain/broadcast-record.js";
import { anchorClock, createMonotonicClock } from "../../domain/clock.js";
import { counted } from "../../domain/counted.js";
import { IotbError } from "../../domain/errors.js";
import { confirmProduct } from "../../domain/guards.js";
import type { Micros } from "../../domain/time.js";
import { formatDuration } from "../../domain/units.js";
import { readBootId } from "../../files/boot-id.js";
import { openBroadcastLog } from "../../files/broadcast-log.js";
import { readPayload } from "../../files/payload-file.js";
import { sha256Hex } from "../../protocol/sha256.js";
import { productOfBroadcastGroup } from "../../protocol/topics.js";
import { heed } from "../ask.js";
import { gapBetweenCalls } from "../client-quota.js";
import type { CommandContext } from "../command.js";
import { openApi } from "../compose/api-access.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { announceTarget, isGuarded } from "../live-target.js";
import type { BroadcastOptions } from "./broadcast.js";

/** Sends the broadcasts that the options ask for, one call at a time, and answers the exit code. */
export const runBroadcast = async (options: BroadcastOptions, context: CommandContext): Promise<ExitCode> => {
  const { output, signal, env, stdin } = context;
  const { target, message, count } = options;
  const body = await readPayload(message.payload, { raw: message.raw, stdin, signal });
  const productKey = productOfOptions(options);
  // a single call has no interval to be too short
  const gap = gapBetweenCalls(target, message.topicFullName, count > 1 ? options.interval : null);
  const interval = options.interval ?? gap;
  const clock = createMonotonicClock();
  const api = await openApi(target, env, clock);
  for (const note of api.notes) output.note(note);
  output.detail(`credentials = ${api.credentialsSource}`);
  if (options.dryRun) {
    printPlan(options, productKey, body, interval, api.url, context);
    return EXIT.done;
  }
  await announceTarget(context, target, api, [], productKey);
  const guarded = isGuarded([new URL(api.url).hostname], env);
  await heed(confirmProduct({ loopback: !guarded, tty: context.canAsk(), productKey, ...options.consent }), context);
  const anchor = anchorClock(clock, readBootId());
  await using log =
    options.logFile === null ? null : await openBroadcastLog({ path: options.logFile, stdout: output.stdout }, anchor);
  const { accepted } = await sendBroadcasts({
    publisher: api.publisher,
    clock,
    sleep,
    plan: { productKey, topicFullName: message.topicFullName, body, count, interval },
    stop: signal,
    // a call in flight is always awaited: giving it up would make its fate unknown
    signal: new AbortController().signal,
    onAccepted: async (acceptance, payloadSha256) => {
      const record = broadcastRecord(acceptance, payloadSha256, anchor);
      output.json(record);
      const took = formatDuration(acceptance.acceptedAt - acceptance.sentAt);
      output.result(
        `accepted  message ${record.messageId}  request ${record.requestId}  ${record.bytes} bytes to ${message.topicFullName ?? `every online device of ${productKey}`}  in ${took}`,
      );
      await log?.append(record);
    },
  });
  if (accepted > 0) output.result("accepted is not delivered: iotb measure tells which devices got it, and when");
  return EXIT.done;
};

/** The product that is meant: the flag's or the topic's. Throws `usage`. */
const productOfOptions = ({ target, message }: BroadcastOptions): string => {
  const productKey = target.productKey ?? productOfBroadcastGroup(message.topicFullName ?? "");
  if (productKey !== null) return productKey;
  throw new IotbError("usage", "which product? a broadcast goes to every online device of one", {
    hint: "give --product-key PK",
  });
};

const printPlan = (
  { target, message, count }: BroadcastOptions,
  productKey: string,
  body: Uint8Array,
  interval: Micros,
  url: string,
  { output }: CommandContext,
): void => {
  const payloadSha256 = sha256Hex(body);
  output.json({
    schema: "iotb.plan/1",
    endpoint: url,
    instanceId: target.instanceId,
    productKey,
    topicFullName: message.topicFullName,
    bytes: body.length,
    payloadSha256,
    calls: count,
    intervalSeconds: interval / 1e6,
  });
  const whom = message.topicFullName ?? `every online device of product ${productKey}`;
  const pace = count > 1 ? `, ${formatDuration(interval)} apart` : "";
  output.result(
    `would send ${counted(count, "call")}${pace}, ${body.length} bytes each, to ${whom} by ${url}\nsent nothing: this is a dry run`,
  );
};
