import type { DeviceAddress } from "../domain/device.js";
import { isTopicFilter, isTopicName } from "../protocol/topics.js";
import type { PlatformLimits } from "./platform-limits.js";

/**
 * Where the product key stands in the levels of a device's topic (the device name follows), or -1. `levels[0]` is the nothing
 * before the leading slash. [Topics: system topics, custom topics]
 */
const ownerLevel = (levels: readonly string[]): number => {
  if (levels[0] !== "") return -1;
  switch (levels[1]) {
    case "sys":
      return 2;
    case "ext": // /ext/ntp/<pk>/<dn>/…, /ext/session/<pk>/<dn>/…
    case "shadow": // /shadow/get/<pk>/<dn>, /shadow/update/<pk>/<dn>
      return 3;
    case "ota": // /ota/device/<word>/<pk>/<dn>
      return 4;
    default:
      return 1;
  }
};

/** The device that a topic name or filter belongs to, wildcards included as they stand, or null. */
export const ownerOf = (topic: string): DeviceAddress | null => {
  const levels = topic.split("/");
  const at = ownerLevel(levels);
  const productKey = levels[at];
  const deviceName = levels[at + 1];
  return at < 0 || !productKey || !deviceName ? null : { productKey, deviceName };
};

/** Topics outside a device's own that every device may use. */
const isShared = (topic: string): boolean => topic.startsWith("/ext/rrpc/");

const belongsTo = (topic: string, device: DeviceAddress): boolean => {
  const owner = ownerOf(topic);
  return owner !== null && owner.productKey === device.productKey && owner.deviceName === device.deviceName;
};

/** Whether a topic is within the documented length and depth. [Limits: topic] */
export const isTopicSize = (topic: string, limits: PlatformLimits): boolean =>
  Buffer.byteLength(topic) <= limits.topicBytes && topic.split("/").length - 1 <= limits.topicSlashes;

/**
 * Whether a device may subscribe: to its own topics, to its product's broadcast groups, to the notices. A wildcard in the
 * place of the product key or the device name never equals them, and so is refused.
 */
export const maySubscribe = (filter: string, device: DeviceAddress, limits: PlatformLimits): boolean => {
  if (!isTopicFilter(filter) || !isTopicSize(filter, limits)) return false;
  if (filter === "/ext/notify" || filter === "/ext/register" || isShared(filter)) return true;
  const group = `/broadcast/${device.productKey}/`;
  if (filter.startsWith("/broadcast/")) return filter.startsWith(group) && filter.length > group.length;
  return belongsTo(filter, device);
};

/** Whether a device may publish: to its own topics. Broadcast groups are subscribe-only. */
export const mayPublish = (topic: string, device: DeviceAddress, limits: PlatformLimits): boolean =>
  isTopicName(topic) && isTopicSize(topic, limits) && (isShared(topic) || belongsTo(topic, device));
