import { checkPayloadGiven, confirmBroker } from "../domain/guards.js";
import type { Clock } from "../domain/time.js";
import { formatMqttEndpoint } from "../protocol/mqtt-endpoint.js";
import { heed } from "./ask.js";
import { openBrokerTarget } from "./broker-target.js";
import type { CommandContext } from "./command.js";
import { createBrokerPublisher } from "./compose/broker-publisher.js";
import { readTrust } from "./engine-settings.js";
import type { MeasureAim } from "./measure-aim.js";
import type { MeasureSetup } from "./measure-setup.js";
import type { LiveMeasureOptions } from "./options/measure.js";
import type { BrokerOptions } from "./options/target.js";

/** Aims a measurement at one topic of a plain broker. Throws `guard`, `bad-input-file`. */
export const aimAtBroker = async (
  context: CommandContext,
  { target, fleet, message }: LiveMeasureOptions,
  setup: MeasureSetup,
  broker: BrokerOptions,
  clock: Clock,
): Promise<MeasureAim> => {
  const { devices, topics, bodyGiven } = setup;
  const aimed = await openBrokerTarget(context, target, broker, fleet, { devices: devices.count, topics });
  const { endpoints, guarded, login, confirmed } = aimed;
  const [endpoint] = endpoints;
  if (endpoint === undefined) throw new RangeError("a broker without an address");
  const { operatedHost } = fleet.guards;
  await heed(checkPayloadGiven({ loopback: !guarded, given: bodyGiven }), context);
  const consent = { loopback: !guarded || confirmed, tty: context.canAsk(), host: endpoint.host, operatedHost };
  await heed(confirmBroker(consent), context);
  const { clientIdPrefix, username, password } = login;
  // no device's name is empty, so the prefix alone is nobody else's client id
  const settings = {
    endpoint,
    clientId: clientIdPrefix,
    username,
    password,
    qos: fleet.qos,
    runId: broker.runId,
    clock,
  };
  const publisher = await createBrokerPublisher(settings, await readTrust(target.tls, context.env));
  return {
    endpoints,
    guarded,
    login,
    publisher,
    summary: {
      kind: "broker",
      productKey: null,
      topicFullName: message.topicFullName,
      instanceId: null,
      endpoint: null,
      hosts: endpoints.map(formatMqttEndpoint),
    },
    // not earlier: where nobody may log in, the fleet's reasons say more; not later: a login is no broadcast's time
    beforeFirst: async () => {
      await publisher.connect(context.signal);
    },
    [Symbol.asyncDispose]: async () => {
      await publisher[Symbol.asyncDispose]();
    },
  };
};
