import { type ChurnRate, parseChurn } from "../../domain/churn.js";
import { IotbError } from "../../domain/errors.js";
import type { Ramp } from "../../domain/pacing.js";
import type { Micros } from "../../domain/time.js";
import { parseDuration } from "../../domain/units.js";
import { optional, under } from "../flag.js";
import type { Resolved } from "../resolve-flags.js";

/** Messages that one device may send in a second at QoS 0; the platform drops more. [Limits: upstream messages of a device] */
const MESSAGES_PER_SECOND = 30;

const readRamp = (text: string): Ramp => {
  const [, shape = "linear", length = ""] = /^(?:(linear|exponential)\s*:)?(.*)$/.exec(text.trim().toLowerCase()) ?? [];
  try {
    const duration = parseDuration(length);
    if (duration > 0) return { shape: shape === "linear" ? shape : "exponential", duration };
  } catch {
    // told below, with both ways to say it
  }
  throw new IotbError("usage", `${JSON.stringify(text)} is not a ramp`, {
    hint: "write it like 30s, linear:30s or exponential:2m",
  });
};

const readPublishEvery = (text: string): Micros => {
  const every = parseDuration(text);
  if (every * MESSAGES_PER_SECOND >= 1e6) return every;
  throw new IotbError(
    "usage",
    `${JSON.stringify(text)} is too often: a device may send ${MESSAGES_PER_SECOND} a second`,
    {
      hint: "the platform drops what is more: give 34ms or longer",
    },
  );
};

/** What the devices of a fleet do beside being online. */
export const FLEET_LIFE_FLAGS = under("Fleet:", {
  ramp: optional({
    name: "ramp",
    argument: "[SHAPE:]D",
    help: "reach --connrate within D: linear, or exponential (1/s, doubling)",
    shownDefault: "the full rate at once",
    read: readRamp,
  }),
  churn: optional({
    name: "churn",
    argument: "%/s|N/s",
    help: "so many of the online devices disconnect each second, and come back",
    read: parseChurn,
  }),
  publishEvery: optional({
    name: "publish-every",
    argument: "D",
    help: "each online device posts a property of its own every D",
    read: readPublishEvery,
  }),
});

/** What the devices of a fleet do beside being online, as flags describe it; null where nothing was asked for. */
export type FleetLife = {
  readonly ramp: Ramp | null;
  readonly churn: ChurnRate | null;
  readonly publishEvery: Micros | null;
  /** The flag among these that a host's operator must have a word in, or null. */
  readonly roughFlag: string | null;
};

/** What flags say of a fleet's life. `connectRate` is per second, or null for as fast as it goes. Throws `usage`. */
export const parseFleetLife = (
  { values, origins }: Resolved<typeof FLEET_LIFE_FLAGS>,
  connectRate: number | null,
): FleetLife => {
  const { ramp, churn, publishEvery } = values;
  if (ramp !== null && connectRate === null) {
    throw new IotbError(
      "usage",
      `${origins.ramp.called} needs a rate to rise to, and here devices connect as fast as it goes`,
      {
        hint: "give --connrate N/s too",
      },
    );
  }
  const rough = churn !== null ? origins.churn : publishEvery !== null ? origins.publishEvery : null;
  return { ramp, churn, publishEvery, roughFlag: rough?.called ?? null };
};
