import type { Broker } from "../src/platform/broker.js";
import { createDeviceTable } from "../src/platform/device-table.js";
import type { PacketParser } from "../src/platform/packet-parser.js";
import { createCounters } from "../src/platform/platform-counters.js";
import { DEFAULT_LIMITS } from "../src/platform/platform-limits.js";
import { createQuotas } from "../src/platform/quotas.js";
import { createSessionStore } from "../src/platform/session-store.js";
import { IdleSockets } from "../src/tcp/idle-sockets.js";
import { FUZZ_DEVICE, FUZZ_NOW } from "./fuzz-device.js";

/** The state of a platform that knows one device, whose clocks stand still. */
export const createFuzzBroker = (parsePacket: PacketParser): Broker => {
  const monotonicMs = (): number => 1_000;
  return {
    devices: createDeviceTable([FUZZ_DEVICE], FUZZ_NOW),
    limits: DEFAULT_LIMITS,
    counters: createCounters(),
    quotas: createQuotas("off", monotonicMs),
    refusesLogin: null,
    parsePacket,
    sessions: createSessionStore(),
    idleSockets: new IdleSockets(),
    upstreamObservers: new Set(),
    monotonicMs,
    unixMs: () => FUZZ_NOW,
  };
};
