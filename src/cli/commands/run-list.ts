import { listDevices } from "../../app/list-devices.js";
import { createMonotonicClock } from "../../domain/clock.js";
import { IotbError } from "../../domain/errors.js";
import { writePieces } from "../../files/write-pieces.js";
import { type CommandContext, DONE } from "../command.js";
import { openApi } from "../compose/api-access.js";
import type { ExitCode } from "../exit-codes.js";
import { announceTarget } from "../live-target.js";
import type { Progress } from "../progress.js";
import { escapeControls } from "../terminal.js";
import type { ListOptions } from "./list.js";

/** Prints a product's devices page by page: a line each, with `--json` a line of NDJSON each. */
export const runList = async (
  { target, productKey, state }: ListOptions,
  context: CommandContext,
): Promise<ExitCode> => {
  const { output, signal, env } = context;
  const api = await openApi(target, env, createMonotonicClock());
  for (const note of api.notes) output.note(note);
  await announceTarget(context, target, api, [], productKey);
  let progress: Progress | null = null;
  let listed = 0;
  let all = 0;
  try {
    for await (const { devices, total } of listDevices(api.lister, { productKey, state }, signal)) {
      listed += devices.length;
      all = total;
      const lines = devices.map((device) =>
        output.mode.json
          ? JSON.stringify({ schema: "iotb.device/1", ...device })
          : `${device.deviceName.padEnd(32)}  ${device.state.padEnd(8)}  ${escapeControls(device.nickname)}`.trimEnd(),
      );
      if (lines.length > 0) await writePieces(output.stdout, "(stdout)", [`${lines.join("\n")}\n`], signal);
      // on a terminal the rows themselves show how far it is
      if (!output.stdout.isTTY) progress ??= await output.progress("listed", total);
      progress?.update(listed);
    }
  } finally {
    progress?.stop();
  }
  if (signal.aborted) throw new IotbError("interrupted", "stopped before the list was at its end");
  const which = state === null ? "devices" : `devices ${state}`;
  output.note(`${listed} ${which} of product ${productKey}${listed === all ? "" : `; the platform counted ${all}`}`);
  return DONE;
};
