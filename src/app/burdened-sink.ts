import type { Micros } from "../domain/time.js";
import { type Clock, micros } from "../domain/time.js";
import type { DeviceSink } from "./ports.js";

/**
 * A sink that works for so long on every receipt before it hands it on: a rehearsal of a generator that is its own limit. The receipt
 * keeps the time at which it was read.
 */
export const burdenSink = (sink: DeviceSink, work: Micros, clock: Clock): DeviceSink => ({
  online: (device, at) => sink.online(device, at),
  refused: (device, at, refusal) => sink.refused(device, at, refusal),
  offline: (device, at, reason, closedBy) => sink.offline(device, at, reason, closedBy),
  message: (...receipt) => {
    const until = micros(clock() + work);
    while (clock() < until);
    sink.message(...receipt);
  },
});
