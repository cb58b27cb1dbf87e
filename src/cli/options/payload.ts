import { IotbError } from "../../domain/errors.js";
import type { PayloadSource } from "../../files/payload-file.js";
import { productOfBroadcastGroup } from "../../protocol/topics.js";
import { optional, toggle, under } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";

/** What is sent. */
export const MESSAGE_FLAGS = under("Message:", {
  message: optional({
    name: "message",
    short: "m",
    argument: "TEXT",
    help: "the message itself, instead of a file",
    read: (text) => text,
  }),
  raw: toggle({ name: "raw", help: "send the bytes as they are; otherwise they must be JSON" }),
  topicFullName: optional({
    name: "topic-full-name",
    argument: "TOPIC",
    help: "/broadcast/<product key>/<name>: only to the devices that subscribed it",
    read: readTopic,
  }),
});

/** A message as flags describe it. */
export type MessageOptions = {
  /** Null where neither a file nor a text is given. */
  readonly payload: PayloadSource | null;
  readonly raw: boolean;
  /** Null: to every online device of the product. */
  readonly topicFullName: string | null;
};

/** The message that an argument and flags name; `productKey` is null where it is not known yet. Throws `usage`. */
export const parseMessage = (
  file: string | undefined,
  { values, origins }: Resolved<typeof MESSAGE_FLAGS>,
  productKey: string | null,
): MessageOptions => {
  const { message, raw, topicFullName } = values;
  if (file !== undefined && message !== null && origins.message.source === "flag") {
    throw new IotbError("usage", "a payload file and --message: there can be one message", {
      hint: "give one of the two",
    });
  }
  const ofTopic = topicFullName === null ? null : productOfBroadcastGroup(topicFullName);
  if (ofTopic !== null && productKey !== null && ofTopic !== productKey) {
    throw new IotbError(
      "usage",
      `${origins.topicFullName.called}: the topic is of product ${ofTopic}, not ${productKey}`,
    );
  }
  const text: PayloadSource | null = message === null ? null : { kind: "text", text: message };
  return { payload: file === undefined ? text : { kind: "file", path: file }, raw, topicFullName };
};

function readTopic(text: string): string {
  if (productOfBroadcastGroup(text) === null) {
    throw new IotbError("usage", `${JSON.stringify(text)} is not a broadcast topic`, {
      hint: "write it like /broadcast/a1B2c3D4e5F/group1",
    });
  }
  return text;
}
