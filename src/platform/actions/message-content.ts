import type { ActionResult } from "./action.js";
import { refused } from "./refusals.js";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The bytes of a MessageContent, or the refusal. The code for a message that is too long is not documented: the general one
 * for a malformed parameter stands in for it. [PubBroadcast: MessageContent] [Pub: MessageContent]
 */
export const decodeMessageContent = (
  text: string,
  maxBytes: number,
): { readonly body: Uint8Array } | { readonly refusal: ActionResult } => {
  if (text.length % 4 !== 0 || !BASE64.test(text)) {
    return { refusal: refused("iot.messagebroker.MessageContentIsNotBase64Encode") };
  }
  const body = Buffer.from(text, "base64");
  if (body.length <= maxBytes) return { body };
  const message = `MessageContent is ${body.length} bytes after decoding; ${maxBytes} are allowed.`;
  return { refusal: refused("iot.common.InvalidFormattedParameter", message) };
};
