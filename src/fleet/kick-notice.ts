import { NOTIFY_TOPIC } from "../protocol/topics.js";

const TOPIC = Buffer.from(NOTIFY_TOPIC);

/** A notice is some 60 bytes; nothing longer is parsed. */
const MAX_NOTICE_BYTES = 1024;

/** Whether a topic is as long as that of a notice: any other is none. */
export const mayBeKickNotice = (topicStart: number, topicEnd: number): boolean =>
  topicEnd - topicStart === TOPIC.length;

/** Whether a PUBLISH tells the device that a newer connection of the same triplet takes its place. */
export const isKickNotice = (
  bytes: Buffer,
  topicStart: number,
  topicEnd: number,
  bodyStart: number,
  bodyEnd: number,
): boolean => {
  if (!mayBeKickNotice(topicStart, topicEnd) || bodyEnd - bodyStart > MAX_NOTICE_BYTES) return false;
  if (TOPIC.compare(bytes, topicStart, topicEnd) !== 0) return false;
  try {
    const notice: unknown = JSON.parse(bytes.toString("utf8", bodyStart, bodyEnd));
    return typeof notice === "object" && notice !== null && "title" in notice && notice.title === "kick";
  } catch {
    return false;
  }
};
