import fc from "fast-check";
import type { PresenceChange } from "../../src/domain/broadcast.js";
import { digestArrivals } from "../../src/domain/fanout.js";
import type { SettledBroadcast } from "../../src/domain/summary.js";
import { micros } from "../../src/domain/time.js";
import { ended, presenceOf, question, settled, slotOf } from "./digest-samples.js";

/** What became of one broadcast at one device. Times are µs from 0; a broadcast is due at 1,000. */
type Fate = {
  readonly receipts: readonly number[];
  readonly endsAt: number | null;
  readonly offline: boolean;
  readonly stranger: boolean;
  readonly corrupt: boolean;
};

/** A fleet's fates, a list for each broadcast, and the part that each device is in. */
export type SplitFleet = { readonly fates: readonly (readonly Fate[])[]; readonly partOf: readonly number[] };

const fate: fc.Arbitrary<Fate> = fc.record({
  receipts: fc.oneof(
    { weight: 6, arbitrary: fc.array(fc.integer({ min: 900, max: 90_000 }), { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 900, max: 90_000 }), { maxLength: 3 }) },
  ),
  endsAt: fc.option(fc.integer({ min: 1_001, max: 120_000 }), { freq: 6 }),
  offline: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  stranger: fc.integer({ min: 0, max: 19 }).map((dice) => dice === 0),
  corrupt: fc.integer({ min: 0, max: 19 }).map((dice) => dice === 0),
});

/** Fleets of up to 60 devices that get up to three broadcasts, cut into up to five parts. */
export const splitFleets: fc.Arbitrary<SplitFleet> = fc.integer({ min: 1, max: 60 }).chain((devices) =>
  fc.record({
    fates: fc.array(fc.array(fate, { minLength: devices, maxLength: devices }), { minLength: 1, maxLength: 3 }),
    partOf: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: devices, maxLength: devices }),
  }),
);

/** The broadcasts as the devices `chosen` saw them, numbered by their place in it. */
export const broadcastsAt = ({ fates }: SplitFleet, chosen: readonly number[]): SettledBroadcast[] =>
  fates.map((all, i) => {
    const own = chosen.flatMap((device) => all[device] ?? []);
    const slot = slotOf(
      own.length,
      own.flatMap(({ receipts }, device) => receipts.map((at) => [device, at] as const)),
    );
    own.forEach(({ corrupt, receipts }, device) => {
      if (corrupt && receipts.length > 0) slot.recordCorrupt(device);
    });
    const ends = own.flatMap(({ endsAt, offline }, device): PresenceChange[] =>
      endsAt === null || offline ? [] : [ended(device, endsAt)],
    );
    const offline = own.flatMap((one, device) => (one.offline ? [device] : []));
    const digest = digestArrivals(
      slot,
      presenceOf(
        own.length,
        ends.sort((a, b) => a.at - b.at),
        offline,
      ),
      question({
        messageId: String(i + 1),
        isTarget: (device) => own[device]?.stranger !== true,
        lastSeen: (device) => {
          const number = chosen[device] ?? 0;
          return { onlineSince: micros(1), lastReceiptAt: number % 2 === 0 ? null : micros(500 + number) };
        },
      }),
    );
    return settled(digest, { sentAt: micros(1100 + i), warmup: i === 0 && fates.length > 1 });
  });
