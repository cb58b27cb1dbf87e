/** The eight 16-bit groups of an IPv6 address, or null if `text` is none. A dotted IPv4 tail is understood. */
const ipv6Groups = (text: string): number[] | null => {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tailOctets = tail ? ipv4Octets(tail[2] ?? "") : null;
  if (tail && tailOctets === null) return null;
  const [a = 0, b = 0, c = 0, d = 0] = tailOctets ?? [];
  const plain = tail ? `${tail[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}` : text;
  const halves = plain.split("::");
  if (!plain.includes(":") || halves.length > 2) return null;
  const [head = [], rest = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const gap = 8 - head.length - rest.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return null;
  const groups = [...head, ...new Array<string>(gap).fill("0"), ...rest];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
};

/** The four octets of a dotted IPv4 address, or null. Short and octal forms are none: a resolver may read them otherwise. */
const ipv4Octets = (text: string): number[] | null => {
  const octets = text.split(".");
  if (octets.length !== 4 || !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet))) return null;
  const values = octets.map(Number);
  return values.every((value) => value <= 255) ? values : null;
};

/** A host as the functions here compare it: lower case, without brackets, zone id and the root's trailing dot. */
export const normalHost = (host: string): string =>
  host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/%.*$/, "")
    .replace(/(?<=.)\.$/, "");

/** An IPv4 address, also one mapped into IPv6 (`::ffff:127.0.0.1`), as octets; or IPv6 groups; or neither. */
const addressParts = (host: string): { v4: number[] | null; v6: number[] | null } => {
  const v4 = ipv4Octets(host);
  if (v4 !== null) return { v4, v6: null };
  const v6 = ipv6Groups(host);
  if (v6 === null || !v6.slice(0, 5).every((group) => group === 0) || v6[5] !== 0xffff) return { v4: null, v6 };
  const [high = 0, low = 0] = v6.slice(6);
  return { v4: [high >> 8, high & 0xff, low >> 8, low & 0xff], v6: null };
};

/**
 * Whether a host is this machine: 127.0.0.0/8, ::1, `localhost` and names under it [RFC 6761, 6.3]. Anything unsure is not:
 * then the guards hold.
 */
export const isLoopbackHost = (host: string): boolean => {
  const name = normalHost(host);
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  const { v4, v6 } = addressParts(name);
  if (v4 !== null) return v4[0] === 127;
  return v6?.every((group, i) => group === (i === 7 ? 1 : 0)) ?? false;
};

/** Whether a host is an address of a private network: RFC 1918, link-local, or unique local IPv6. Names never are. */
export const isPrivateHost = (host: string): boolean => {
  const { v4, v6 } = addressParts(normalHost(host));
  if (v4 !== null) {
    const [a = 0, b = 0] = v4;
    return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
  }
  const first = v6?.[0] ?? 0;
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
};

/** Brokers that strangers lend to everybody for trying things out; nobody may load them. Recalled, not exhaustive. */
const PUBLIC_TEST_BROKERS = [
  "test.mosquitto.org",
  "mqtt.eclipse.org",
  "iot.eclipse.org",
  "mqtt.eclipseprojects.io",
  "broker.emqx.io",
  "broker-cn.emqx.io",
  "broker.hivemq.com",
  "mqtt-dashboard.com",
  "public.mqtthq.com",
  "public.cloud.shiftr.io",
  "public-mqtt-broker.bevywise.com",
  "mqtt.flespi.io",
  "mqtt.fluux.io",
  "broker.mqttdashboard.com",
  "broker.mqtt.cool",
  "test.mosquitto.com",
  "test-mosquitto.org",
  "mqtt.tyckr.io",
  "public.vernemq.com",
] as const;

/** Whether a host is, or is under, a known public test broker. */
export const isPublicTestBroker = (host: string): boolean => {
  const name = normalHost(host);
  return PUBLIC_TEST_BROKERS.some((broker) => name === broker || name.endsWith(`.${broker}`));
};

/** Whether a host is Alibaba Cloud's: `*.aliyuncs.com`. */
export const isAlibabaHost = (host: string): boolean => normalHost(host).endsWith(".aliyuncs.com");
