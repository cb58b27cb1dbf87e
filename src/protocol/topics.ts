import type { DeviceAddress } from "../domain/device.js";

/** Where the platform tells a device that it is being replaced by a newer connection; needs no subscription. */
export const NOTIFY_TOPIC = "/ext/notify";

/** The content of the notice on `/ext/notify` before a connection is closed for a newer one of the same triplet. */
export const KICK_NOTICE = '{"title":"kick","content":"Kicked by the same device"}';

/** What stands before and behind the device name in the topics of full broadcasts to a product's devices; the message id follows. */
export const aroundBroadcastName = (productKey: string): { readonly before: string; readonly behind: string } => ({
  before: `/sys/${productKey}/`,
  behind: "/broadcast/request/",
});

/** Everything of a full broadcast's topic before the message id, the same for every broadcast to one device. */
export const broadcastTopicPrefix = ({ productKey, deviceName }: DeviceAddress): string => {
  const { before, behind } = aroundBroadcastName(productKey);
  return before + deviceName + behind;
};

/** Where a device gets a full broadcast. [PubBroadcast: TopicFullName] */
export const broadcastTopic = (device: DeviceAddress, messageId: string): string =>
  broadcastTopicPrefix(device) + messageId;

/** The parts of a full broadcast's topic, or null if `topic` is not one. */
export const parseBroadcastTopic = (topic: string): (DeviceAddress & { messageId: string }) | null => {
  const match = /^\/sys\/([^/]+)\/([^/]+)\/broadcast\/request\/(\d{1,20})$/.exec(topic);
  return match ? { productKey: match[1] ?? "", deviceName: match[2] ?? "", messageId: match[3] ?? "" } : null;
};

/** The product key of a subscribed broadcast's topic `/broadcast/<productKey>/<name>`, or null if `topic` is not one. */
export const productOfBroadcastGroup = (topic: string): string | null =>
  /^\/broadcast\/([^/+#]+)\/[^/+#]+(?:\/[^/+#]+)*$/.exec(topic)?.[1] ?? null;

/** Whether an MQTT topic filter matches a topic name. [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.2-1] */
export const filterMatches = (filter: string, topic: string): boolean => {
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "#") return true;
    if (i >= levels.length) return false;
    if (wanted[i] !== "+" && wanted[i] !== levels[i]) return false;
  }
  return wanted.length === levels.length;
};

/** Whether a topic filter is well formed. [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1] */
export const isTopicFilter = (filter: string): boolean => {
  if (filter.length === 0 || filter.includes("\0")) return false;
  const levels = filter.split("/");
  return levels.every((level, i) => {
    if (level === "#") return i === levels.length - 1;
    return level === "+" || !/[+#]/.test(level);
  });
};

/** Whether a topic name is well formed: no wildcard, no NUL, not empty. [MQTT-3.3.2-2] [MQTT-4.7.3-1] */
export const isTopicName = (topic: string): boolean => topic.length > 0 && !/[+#\0]/.test(topic);

/**
 * A filter's placeholders filled in for a device: `%c` (its client id; on the platform the free part of it), `${productKey}`,
 * `${deviceName}`.
 */
export const fillFilter = (
  template: string,
  { productKey, deviceName }: DeviceAddress,
  clientId = `${productKey}.${deviceName}`,
): string =>
  template
    .replaceAll("%c", clientId)
    .replaceAll(/\$\{productKey\}/g, productKey)
    .replaceAll(/\$\{deviceName\}/g, deviceName);
