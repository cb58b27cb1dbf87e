import type { Broker } from "./broker.js";
import type { Connection } from "./connection.js";
import { deliverMessage } from "./deliver-message.js";
import { ntpAnswer } from "./ntp-answer.js";
import { postReply } from "./post-reply.js";

/** Answers a device's message where it is meant for the platform itself; the device must have subscribed to the answer's topic. */
export const answerService = (broker: Broker, connection: Connection, topic: string, body: Uint8Array): void => {
  const time = /^\/ext\/ntp\/[^/]+\/[^/]+\/request$/.test(topic) ? ntpAnswer(body, broker.unixMs()) : null;
  if (time !== null) {
    deliverMessage(broker, connection, topic.replace(/request$/, "response"), Buffer.from(time), 0);
    return;
  }
  const reply = postReply(topic, body);
  if (reply !== null) deliverMessage(broker, connection, reply.topic, Buffer.from(reply.body), 0);
};
