import type { DeviceRecord } from "../device-table.js";
import type { DownMessage } from "../down-message.js";
import { addWeight, clearSession, createSession, type Session } from "../session.js";
import { keptSession, type SessionStore } from "../session-store.js";
import { subscribe } from "../subscriptions.js";

/** A message on its way to another process, whose clock is another: its time is what is left of it, ms. */
type CarriedMessage = Omit<DownMessage, "expiresAt"> & { readonly leftMs: number };

/** A parked session on its way from one process to another. */
export type CarriedSession = {
  readonly filters: readonly string[];
  readonly inflight: readonly (readonly [packetId: number, message: CarriedMessage])[];
  readonly queue: readonly CarriedMessage[];
  readonly lastPacketId: number;
  readonly lifetimeMs: number;
  /** What is left of its time, ms. */
  readonly leftMs: number;
};

/** Takes the session that a device left behind out of the store, or null. `now` is monotonic ms. */
export const packSession = (store: SessionStore, device: DeviceRecord, now: number): CarriedSession | null => {
  const session = keptSession(store, device, now);
  if (session === null) return null;
  const endsAt = store.kept.get(device)?.endsAt ?? now;
  const carried = ({ expiresAt, ...rest }: DownMessage): CarriedMessage => ({ ...rest, leftMs: expiresAt - now });
  const { subscriptions, inflight, queue, lastPacketId, lifetimeMs } = session;
  const packed: CarriedSession = {
    filters: [...subscriptions.exact, ...subscriptions.wild],
    inflight: [...inflight].map(([packetId, message]) => [packetId, carried(message)] as const),
    queue: queue.map(carried),
    lastPacketId,
    lifetimeMs,
    leftMs: endsAt - now,
  };
  clearSession(store, session);
  store.kept.delete(device);
  return packed;
};

/** Puts a session that came from another process into the store, as if the device had left it here. `now` is monotonic ms. */
export const unpackSession = (
  store: SessionStore,
  device: DeviceRecord,
  { filters, inflight, queue, lastPacketId, lifetimeMs, leftMs }: CarriedSession,
  now: number,
): void => {
  const session: Session = createSession(lifetimeMs);
  const landed = ({ leftMs: left, ...rest }: CarriedMessage): DownMessage => {
    const message = { ...rest, expiresAt: now + left };
    addWeight(store, session, message);
    return message;
  };
  for (const filter of filters) subscribe(session.subscriptions, filter);
  for (const [packetId, message] of inflight) session.inflight.set(packetId, landed(message));
  for (const message of queue) session.queue.push(landed(message));
  session.lastPacketId = lastPacketId;
  store.kept.set(device, { session, endsAt: now + leftMs });
};
