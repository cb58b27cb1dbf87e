import type { Publisher } from "../../app/ports.js";
import { MqttPublisher, type MqttPublisherOptions } from "../../broker/mqtt-publisher.js";
import { createTrust } from "../../fleet/tls-roots.js";
import { isTls } from "../../protocol/mqtt-endpoint.js";
import type { ShardEngine } from "../processes/fleet-shard.js";

/** A publisher to a plain broker that can be logged in before its first message. */
export type BrokerPublisher = Publisher & AsyncDisposable & { connect(signal: AbortSignal): Promise<unknown> };

/** A publisher that trusts the broker as the fleet does; connects nothing yet. Throws `bad-input-file` for unusable TLS files. */
export const createBrokerPublisher = async (
  options: Omit<MqttPublisherOptions, "trust" | "answerMs">,
  tls: ShardEngine["options"]["tls"],
): Promise<BrokerPublisher> =>
  new MqttPublisher({
    ...options,
    trust: isTls(options.endpoint)
      ? { secureContext: await createTrust(tls), rejectUnauthorized: !tls.insecure }
      : null,
  });
