import { objectOf } from "./json-object.js";

/** Posts that the platform answers: properties and events of the thing model. [Device properties, events: Alink JSON] */
const POST = /^\/sys\/[^/]+\/[^/]+\/(thing\/event\/[^/]+\/post)$/;

/**
 * The answer to a post of properties or of an event, and its topic, or null where none is due: the topic is another one, the
 * body is no JSON object with an id, or it declines with `sys.ack` 0 (recalled). The values are not looked at: this platform has
 * no thing model to hold them against.
 */
export const postReply = (
  topic: string,
  body: Uint8Array,
): { readonly topic: string; readonly body: string } | null => {
  const method = POST.exec(topic)?.[1]?.replaceAll("/", ".");
  const post = method === undefined ? null : objectOf(body);
  const id = post?.["id"];
  if (typeof id !== "string" && typeof id !== "number") return null;
  const sys = post?.["sys"];
  if (typeof sys === "object" && sys !== null && "ack" in sys && sys.ack === 0) return null;
  const reply = { code: 200, data: {}, id, message: "success", method, version: "1.0" };
  return { topic: `${topic}_reply`, body: JSON.stringify(reply) };
};
