import { stat } from "node:fs/promises";
import { type Registered, registerDevices } from "../../app/register-devices.js";
import { sleep } from "../../app/sleep.js";
import { createMonotonicClock } from "../../domain/clock.js";
import { IotbError } from "../../domain/errors.js";
import { countDevices, planBatches, type RegisterBatch } from "../../domain/register-batch.js";
import { fromMillis } from "../../domain/time.js";
import { readDeviceNames } from "../../files/device-names.js";
import { type RegisterJournal, registerJournal } from "../../files/register-journal.js";
import { writeSecretFile } from "../../files/secret-file.js";
import { writePieces } from "../../files/write-pieces.js";
import { formatTriplet, formatTriplets } from "../../protocol/triplet-csv.js";
import { type CommandContext, DONE } from "../command.js";
import { openApi } from "../compose/api-access.js";
import type { ExitCode } from "../exit-codes.js";
import { announceTarget, isGuarded } from "../live-target.js";
import { escapeControls } from "../terminal.js";
import type { RegisterOptions } from "./register.js";

/** Time between two questions after a batch, which takes the platform minutes. */
const POLL_MS = 1_000;
const LOCAL_POLL_MS = 20;

/** Registers devices, from the beginning or from where it stopped, and answers the exit code. */
export const runRegister = async (options: RegisterOptions, context: CommandContext): Promise<ExitCode> => {
  const { output, signal, env } = context;
  const { target, productKey, outputFile } = options;
  const api = await openApi(target, env, createMonotonicClock());
  for (const note of api.notes) output.note(note);
  const place = { endpoint: api.url, instanceId: target.instanceId, productKey };
  const journal = outputFile === null ? null : registerJournal(outputFile, place);
  const batches = await batchesOf(options, journal);
  if (outputFile !== null) await refuseExisting(outputFile);
  await announceTarget(context, target, api, [], productKey);
  const total = countDevices(batches);
  using progress = await output.progress("registered", total);
  const told = new Set<string>();
  let latest = batches;
  const registered = await registerDevices(productKey, batches, {
    maker: api.maker,
    sleep,
    pollEvery: fromMillis(isGuarded([new URL(api.url).hostname], env) ? POLL_MS : LOCAL_POLL_MS),
    signal,
    save: async (all) => {
      latest = [...all];
      await journal?.save(all);
      if (journal === null) tellApplyIds(all, told, context);
    },
    onProgress: (made, read) => progress.update(made, read > 0 ? `· ${read} read` : ""),
  }).catch(async (thrown: unknown) => {
    progress.stop();
    const refused = thrown instanceof IotbError && thrown.code === "api-refused";
    if (refused && latest.every(hasMadeNothing)) await journal?.remove();
    else if (journal !== null) {
      output.note(`to go on later, run the same command again: ${journal.path} knows how far it is`);
    }
    throw thrown;
  });
  progress.stop();
  await writeTriplets(registered, outputFile, context);
  await journal?.remove();
  report(registered, options, context);
  return DONE;
};

/** Whether a batch can be forgotten: its devices were neither made nor asked for. */
const hasMadeNothing = ({ names, state }: RegisterBatch): boolean =>
  state === "planned" || (names !== null && state === "begun");

/** What is to be done: the rest of what a journal tells of, batches named by their ids, or a new plan. */
const batchesOf = async (
  { wanted, applyIds }: RegisterOptions,
  journal: RegisterJournal | null,
): Promise<readonly RegisterBatch[]> => {
  const begun = (await journal?.load()) ?? null;
  if (applyIds.length > 0) {
    if (begun !== null) throw contradiction(journal, "--apply-id");
    return applyIds.map((applyId) => ({ names: null, count: 0, applyId, state: "begun" }));
  }
  const planned =
    wanted === null ? null : planBatches("count" in wanted ? wanted.count : await readDeviceNames(wanted.namesFile));
  if (begun === null) {
    if (planned !== null) return planned;
    throw new IotbError("usage", "there is nothing to go on with: how many devices, or which?", {
      hint: "give -c N or --names FILE",
    });
  }
  const same = (a: readonly RegisterBatch[]): string => JSON.stringify(a.map(({ names, count }) => [names, count]));
  if (planned !== null && same(planned) !== same(begun)) throw contradiction(journal, "-c or --names");
  return begun;
};

const contradiction = (journal: RegisterJournal | null, flag: string): IotbError =>
  new IotbError("usage", `${journal?.path} tells of another registration than ${flag}`, {
    hint: "leave the flag out to go on with that one, or name another --output",
  });

/** Before devices are made: their secrets must have a place to go. */
const refuseExisting = async (path: string): Promise<void> => {
  const facts = await stat(path).catch(() => null);
  if (facts === null || !(facts.isFile() || facts.isDirectory())) return;
  throw new IotbError("output-failed", `${path}: it exists already`, {
    hint: "name another file, or remove that one first",
  });
};

/** Without a file the ids are all that a second try could go on from. */
const tellApplyIds = (batches: readonly RegisterBatch[], told: Set<string>, { output }: CommandContext): void => {
  for (const { applyId, state } of batches) {
    if (applyId === null || state === "done" || told.has(applyId)) continue;
    told.add(applyId);
    output.note(`batch begun; to go on with it later: --apply-id ${applyId}`);
  }
};

const writeTriplets = async (
  { devices }: Registered,
  outputFile: string | null,
  { output, signal }: CommandContext,
): Promise<void> => {
  const pieces = [formatTriplets([]), ...devices.map(formatTriplet)];
  if (outputFile === null) await writePieces(output.stdout, "(stdout)", [pieces.join("")], signal);
  else await writeSecretFile(outputFile, [pieces.join("")]);
};

const report = (
  { devices, failed }: Registered,
  { productKey, outputFile }: RegisterOptions,
  { output }: CommandContext,
): void => {
  const names = failed.slice(0, 20);
  if (failed.length > 0) {
    throw new IotbError(
      "api-refused",
      `${devices.length} devices were registered and ${failed.length} were not: ${names.slice(0, 5).map(escapeControls).join(", ")}`,
      { hint: "those names may have been taken meanwhile; the triplets of the others are written" },
    );
  }
  output.json({ schema: "iotb.register/1", productKey, registered: devices.length, file: outputFile });
  const where = outputFile === null ? "" : ` in ${outputFile}`;
  output.note(
    `${devices.length} devices of product ${productKey} registered${where === "" ? "" : `, triplets${where}`}`,
  );
};
