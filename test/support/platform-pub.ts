import { callApi, PRODUCT } from "./platform-start.js";

/** Sends one message to one topic through the API. */
export const pubTo = async (
  platform: { readonly popUrl: string },
  topic: string,
  body: Uint8Array | string,
  qos: 0 | 1 = 1,
): Promise<void> => {
  const MessageContent = Buffer.from(body).toString("base64");
  const { text, json } = await callApi(platform, "Pub", {
    ProductKey: PRODUCT,
    TopicFullName: topic,
    MessageContent,
    Qos: String(qos),
  });
  if (json["Success"] !== true) throw new Error(text);
};
