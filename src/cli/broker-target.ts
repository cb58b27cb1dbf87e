import { checkScale } from "../domain/guards.js";
import { readPasswordFile } from "../files/password-file.js";
import { formatMqttEndpoint } from "../protocol/mqtt-endpoint.js";
import { heed } from "./ask.js";
import type { CommandContext } from "./command.js";
import type { DeviceTarget } from "./device-target.js";
import { isGuarded } from "./live-target.js";
import type { FleetOptions } from "./options/fleet.js";
import type { BrokerOptions, TargetOptions } from "./options/target.js";
import type { ShardEngine } from "./processes/fleet-shard.js";
import { escapeControls } from "./terminal.js";

/** Topics that the target's line shows. */
const TOPICS_SHOWN = 3;

/** A plain broker that devices may connect to now. */
export type BrokerTarget = DeviceTarget & {
  readonly login: Extract<ShardEngine["options"]["login"], { kind: "plain" }>;
  /** Whether a person has just typed the broker's host. */
  readonly confirmed: boolean;
};

/**
 * Says which broker and topics a command is aimed at, and asks the guard of scale. Nobody can be kicked off: client ids begin
 * with the run's own. Throws `guard`, `bad-input-file`.
 */
export const openBrokerTarget = async (
  context: CommandContext,
  { mqtt: endpoints }: TargetOptions,
  broker: BrokerOptions,
  fleet: Pick<FleetOptions, "connectRate" | "guards"> & Partial<Pick<FleetOptions, "life">>,
  { devices, topics }: { readonly devices: number; readonly topics: readonly string[] },
): Promise<BrokerTarget> => {
  const { output, env } = context;
  const hosts = endpoints.map(({ host }) => host);
  const guarded = isGuarded(hosts, env);
  const more = topics.length > TOPICS_SHOWN ? ` and ${topics.length - TOPICS_SHOWN} more` : "";
  const shown = escapeControls(topics.slice(0, TOPICS_SHOWN).join(" ")) + more;
  output.note(`target BROKER ${endpoints.map(formatMqttEndpoint).join(" · ")} · topic ${shown}`);
  const { operatedHost } = fleet.guards;
  const decision = checkScale({
    loopback: !guarded,
    hosts,
    devices,
    connectRate: fleet.connectRate,
    tty: context.canAsk(),
    iOperate: operatedHost === null ? [] : [operatedHost],
    roughFlag: fleet.life?.roughFlag ?? null,
  });
  await heed(decision, context);
  const login = {
    kind: "plain",
    clientIdPrefix: `iotb${broker.runId}`,
    username: broker.username,
    password: await readPassword(broker, output),
  } as const;
  return { endpoints, guarded, login, confirmed: decision.kind === "ask" };
};

const readPassword = async ({ password }: BrokerOptions, output: CommandContext["output"]): Promise<string | null> => {
  if (password === null) return null;
  if (password.kind === "text") return password.text;
  const read = await readPasswordFile(password.path);
  if (read.note !== null) output.note(read.note);
  return read.password;
};
