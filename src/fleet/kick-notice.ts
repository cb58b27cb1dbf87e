import { NOTIFY_TOPIC } from "../protocol/topics.js";

const TOPIC = Buffer.from(NOTIFY_TOPIC);

/** A notice is some 60 bytes; nothing longer is parsed. */
const MAX_NOTICE_BYTES = 1024;

/** Whether a PUBLISH tells the device that a newer connection of the same triplet takes its place. */
export const isKickNotice = (
  bytes: Buffer,
  topicStart: number,
  topicEnd: number,
  bodyStart: number,
  bodyEnd: number,
): boolean => {
  if (topicEnd - topicStart !== TOPIC.length || bodyEnd - bodyStart > MAX_NOTICE_BYTES) return false;
  if (TOPIC.compare(bytes, topicStart, topicEnd) !== 0) return false;
  try {
    const notice: unknown = JSON.parse(bytes.toString("utf8", bodyStart, bodyEnd));
    return typeof notice === "object" && notice !== null && "title" in notice && notice.title === "kick";
  } catch {
    return false;
  }
};
