import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PresenceChange } from "../../src/domain/broadcast.js";
import { PresenceLog, withoutOwnStops } from "../../src/domain/presence.js";
import { micros } from "../../src/domain/time.js";
import { ended } from "../support/digest-samples.js";

const came = (device: number, at: number): PresenceChange => ({ device, at: micros(at), state: "online" });

test("who is online now, and a change to the present state is none", () => {
  const log = new PresenceLog(2);
  log.record(came(0, 1));
  log.record(came(0, 2));
  log.record(ended(1, 3));
  assert.equal(log.onlineCount, 1);
  assert.deepEqual([log.isOnline(0), log.isOnline(1)], [true, false]);
  log.record(ended(0, 4));
  log.record(ended(0, 5));
  assert.equal(log.onlineCount, 0);
});

test("a change at the very moment counts as made", () => {
  const log = new PresenceLog(2);
  log.keepFrom(micros(0));
  log.record(came(0, 10));
  log.record(came(1, 10));
  log.record(ended(1, 20));
  assert.deepEqual([...log.at(micros(9)).online], [0, 0]);
  assert.deepEqual([...log.at(micros(10)).online], [1, 1]);
  assert.equal(log.at(micros(10)).ends.get(1)?.at, 20);
  const after = log.at(micros(20));
  assert.deepEqual([[...after.online], after.count, after.ends.size], [[1, 0], 1, 0]);
});

test("of a connection that ended twice the first end is told, with its reason and who closed it", () => {
  const log = new PresenceLog(1);
  log.keepFrom(micros(0));
  for (const change of [came(0, 1), ended(0, 11, "ECONNRESET"), came(0, 12), ended(0, 13, "kicked")]) {
    log.record(change);
  }
  assert.deepEqual(log.at(micros(10)).ends.get(0), ended(0, 11, "ECONNRESET"));
  assert.deepEqual(log.at(micros(12)).ends.get(0), ended(0, 13, "kicked"));
});

test("an end after a coming-online after the moment is no end of a connection that was up", () => {
  const log = new PresenceLog(1);
  log.keepFrom(micros(0));
  log.record(came(0, 11));
  log.record(ended(0, 12));
  const at = log.at(micros(10));
  assert.deepEqual([at.online[0], at.count, at.ends.size], [0, 0, 0]);
});

test("what is asked of the past does not change the present", () => {
  const log = new PresenceLog(1);
  log.keepFrom(micros(0));
  log.record(came(0, 11));
  log.at(micros(1)).online[0] = 0;
  assert.equal(log.isOnline(0), true);
});

/** Random changes in the order of their times, many of them at the same time or without effect. */
const history = fc
  .array(
    fc.record({
      device: fc.nat(4),
      gap: fc.nat(3),
      online: fc.boolean(),
      reason: fc.constantFrom("closed", "kicked", "ECONNRESET"),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let at = 1;
    return steps.map(({ device, gap, online, reason }) => {
      at += gap;
      return online ? came(device, at) : ended(device, at, reason);
    });
  });

/** The same question answered the slow way, forward from the beginning. */
const naively = (changes: readonly PresenceChange[], moment: number) => {
  const online = [0, 0, 0, 0, 0];
  for (const change of changes) if (change.at <= moment) online[change.device] = change.state === "online" ? 1 : 0;
  const ends = new Map<number, PresenceChange>();
  for (const change of changes) {
    if (change.at > moment && change.state === "offline" && online[change.device] === 1 && !ends.has(change.device)) {
      ends.set(change.device, change);
    }
  }
  return { online, count: online.filter((one) => one === 1).length, ends };
};

test("walking back agrees with walking forward, at any moment", () => {
  fc.assert(
    fc.property(history, fc.nat(200), (changes, moment) => {
      const log = new PresenceLog(5);
      log.keepFrom(micros(0));
      for (const change of changes) log.record(change);
      const { online, count, ends } = log.at(micros(moment));
      assert.deepEqual({ online: [...online], count, ends: new Map(ends) }, naively(changes, moment));
    }),
  );
});

test("the past from `keepFrom` on is kept whole, whenever it is asked for", () => {
  fc.assert(
    fc.property(history, fc.nat(100), fc.nat(100), fc.nat(60), (changes, from, later, split) => {
      const log = new PresenceLog(5);
      changes.slice(0, split).forEach((change) => {
        log.record(change);
      });
      // a moment is kept from before anything happens after it, as a broadcast is announced before it is sent
      const start = Math.max(from, changes[Math.min(split, changes.length) - 1]?.at ?? 0);
      log.keepFrom(micros(start));
      changes.slice(split).forEach((change) => {
        log.record(change);
      });
      const moment = start + later;
      const { online, count, ends } = log.at(micros(moment));
      assert.deepEqual({ online: [...online], count, ends: new Map(ends) }, naively(changes, moment));
      log.keepFrom(micros(moment));
      assert.deepEqual([...log.at(micros(moment)).online], [...online]);
    }),
  );
});

test("the end of a recording excuses nobody, a device that churn ended before is excused all the same", () => {
  const log = new PresenceLog(3);
  log.keepFrom(micros(0));
  for (const device of [0, 1, 2]) log.record({ device, at: micros(1), state: "online" });
  const leave = (device: number, at: number, reason: string) =>
    log.record({ device, at: micros(at), state: "offline", reason, closedBy: "device" });
  leave(0, 10, "churn");
  leave(1, 10, "churn");
  log.record({ device: 1, at: micros(20), state: "online" });
  leave(1, 30, "stopped");
  leave(2, 30, "stopped");
  const { ends, count } = withoutOwnStops(log.at(micros(5)));
  assert.equal(count, 3);
  assert.deepEqual([...ends].map(([device, { reason, at }]) => [device, reason, at]).sort(), [
    [0, "churn", 10],
    [1, "churn", 10],
  ]);
});
