import { grouped } from "./counted.js";
import { IotbError } from "./errors.js";
import { isLoopbackHost, isPrivateHost, isPublicTestBroker, normalHost } from "./target-host.js";

/** A guard's answer. `ask`: put the question to the user; go only if the line typed, trimmed, is `expected`. */
export type GuardDecision =
  | { readonly kind: "go" }
  | { readonly kind: "ask"; readonly question: string; readonly expected: string }
  | { readonly kind: "refuse"; readonly error: IotbError };

const GO: GuardDecision = { kind: "go" };
const refuse = (message: string, hint: string): GuardDecision => ({
  kind: "refuse",
  error: new IotbError("guard", message, { hint }),
});

/** More devices than this against a stranger's host need a word of consent. */
const MANY_DEVICES = 1000;
/** More connects a second than this likewise. [Limits: connection requests per account] */
const FAST_CONNECTS_PER_SECOND = 500;
/** As many devices as a public test broker bears from one visitor. */
const PUBLIC_BROKER_DEVICES = 20;
/** As many names as a message shows. */
const NAMES_SHOWN = 5;

/**
 * Whether the user means this product: a broadcast reaches every online device of it. `loopback` is whether the target
 * counts as this machine; `yes` counts there only, where nothing is asked anyway.
 */
export const confirmProduct = (input: {
  readonly loopback: boolean;
  /** Whether a person can be asked. */
  readonly tty: boolean;
  readonly confirmProduct: string | null;
  readonly productKey: string;
  readonly yes: boolean;
}): GuardDecision => {
  if (input.loopback) return GO;
  if (input.confirmProduct !== null) {
    if (input.confirmProduct === input.productKey) return GO;
    return refuse(
      `--confirm-product ${input.confirmProduct} is not the product of this broadcast, ${input.productKey}`,
      "check which product you mean: every online device of it gets the message",
    );
  }
  if (input.tty)
    return {
      kind: "ask",
      question: `every online device of product ${input.productKey} gets this message; type the product key to go on: `,
      expected: input.productKey,
    };
  return refuse(
    `broadcasting to product ${input.productKey} needs your confirmation${input.yes ? ", and --yes counts on this machine only" : ""}`,
    `add --confirm-product ${input.productKey} if you mean it`,
  );
};

/** Whether a measurement may broadcast to devices that it does not hold: only if told so. */
export const checkReach = (input: {
  readonly loopback: boolean;
  /** Devices of the product that are online by the platform's count. */
  readonly onlineCount: number;
  /** Devices that this run holds itself. */
  readonly held: number;
  readonly reachOthers: boolean;
}): GuardDecision => {
  const others = input.onlineCount - input.held;
  if (input.loopback || input.reachOthers || others <= 0) return GO;
  return refuse(
    `${grouped(input.onlineCount)} devices of the product are online and this run holds ${grouped(input.held)}: ` +
      `${grouped(others)} others would get the message`,
    "measure on a product of its own, or add --reach-others if they may get it",
  );
};

/**
 * Whether the user means this broker: whoever subscribes to the topic gets what is published. The host that the user said to
 * operate is a confirmation.
 */
export const confirmBroker = (input: {
  readonly loopback: boolean;
  readonly tty: boolean;
  readonly host: string;
  readonly operatedHost: string | null;
}): GuardDecision => {
  const { loopback, tty, host, operatedHost } = input;
  if (loopback || (operatedHost !== null && normalHost(operatedHost) === normalHost(host))) return GO;
  if (tty) return { kind: "ask", question: `this publishes on ${host}; type ${host} to go on: `, expected: host };
  return refuse(`publishing on ${host} needs your confirmation`, `add ${operateFlags(host)} if you may`);
};

/**
 * Whether devices may be connected: one that is online elsewhere would be kicked off. `states` in the order of `devices`, or
 * null where the platform could not be asked.
 */
export const checkTakeOver = (input: {
  readonly loopback: boolean;
  readonly states: readonly string[] | null;
  readonly devices: readonly { readonly deviceName: string }[];
  readonly takeOver: boolean;
}): GuardDecision => {
  if (input.loopback || input.takeOver) return GO;
  if (input.states === null || input.states.length < input.devices.length)
    return refuse(
      "the platform could not be asked whether these devices are online elsewhere",
      "give AccessKey credentials that may call BatchGetDeviceState, or add --take-over if kicking them off is fine",
    );
  const online = input.devices.filter((_, i) => input.states?.[i] === "ONLINE").map(({ deviceName }) => deviceName);
  if (online.length === 0) return GO;
  const more = online.length > NAMES_SHOWN ? ` and ${grouped(online.length - NAMES_SHOWN)} more` : "";
  return refuse(
    `${grouped(online.length)} of these devices ${online.length === 1 ? "is" : "are"} online elsewhere and would be kicked off: ` +
      `${online.slice(0, NAMES_SHOWN).join(", ")}${more}`,
    "use devices of their own for this, or add --take-over if kicking them off is fine",
  );
};

/** What `checkScale` judges. */
export type ScaleInput = {
  readonly loopback: boolean;
  /** The MQTT hosts of the run, without scheme and port. */
  readonly hosts: readonly string[];
  readonly devices: number;
  /** Connects per second; null is as fast as it goes. */
  readonly connectRate: number | null;
  readonly tty: boolean;
  /** The hosts that the user said to operate. */
  readonly iOperate: readonly string[];
  /** A flag that needs `--i-operate` whatever the numbers, such as `--churn`. */
  readonly roughFlag?: string | null;
};

/**
 * Whether a run of this size may hit these hosts. Where `loopback` is false and all hosts are loopback (the guards are being
 * rehearsed), they count as foreign.
 */
export const checkScale = ({
  loopback,
  hosts,
  devices,
  connectRate,
  tty,
  iOperate,
  roughFlag,
}: ScaleInput): GuardDecision => {
  if (loopback) return GO;
  const lent = hosts.find(isPublicTestBroker);
  if (lent !== undefined && devices > PUBLIC_BROKER_DEVICES)
    return refuse(
      `${lent} is a public test broker: ${grouped(devices)} devices are too many, ${PUBLIC_BROKER_DEVICES} are allowed`,
      "run a broker of your own, or use -c 20",
    );
  const beyond = hosts.filter((host) => !isLoopbackHost(host));
  const operated = new Set(iOperate.map(normalHost));
  const foreign = (beyond.length > 0 ? beyond : hosts).filter(
    (host) => !isPrivateHost(host) && !operated.has(normalHost(host)),
  );
  if (foreign.length === 0) return GO;
  const names = [...new Set(foreign)].join(",");
  if (roughFlag)
    return refuse(
      `${roughFlag} against ${names} needs your word that you operate it`,
      `add ${operateFlags(names)} if you do`,
    );
  const rate = connectRate ?? Number.POSITIVE_INFINITY;
  if (devices <= MANY_DEVICES && rate <= FAST_CONNECTS_PER_SECOND) return GO;
  const load =
    devices > MANY_DEVICES
      ? `${grouped(devices)} devices`
      : `${connectRate === null ? "unlimited connects" : `${grouped(connectRate)} connects`} a second`;
  if (tty)
    return {
      kind: "ask",
      question: `${load} against ${names}; if you operate it, type ${names} to go on: `,
      expected: names,
    };
  return refuse(`${load} against ${names} needs your word that you operate it`, `add ${operateFlags(names)} if you do`);
};

const operateFlags = (names: string): string =>
  names
    .split(",")
    .map((name) => `--i-operate ${name}`)
    .join(" ");

/** Whether the message may be one that iotb makes up: on this machine only. */
export const checkPayloadGiven = (input: { readonly loopback: boolean; readonly given: boolean }): GuardDecision =>
  input.loopback || input.given
    ? GO
    : refuse("real devices act on what they get: this needs a payload file", "name the file with the message to send");
