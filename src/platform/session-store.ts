import type { Connection } from "./connection.js";
import type { DeviceRecord } from "./device-table.js";
import { clearSession, createSession, type Session, type SessionBytes } from "./session.js";

type KeptSession = { readonly session: Session; readonly endsAt: number };

/**
 * The persistent sessions of devices that are offline. A session belongs to a device, not to the free part of its client id: a
 * device has one connection at a time whatever it calls itself (inferred). A device that is deleted and made again is another.
 */
export type SessionStore = SessionBytes & { readonly kept: Map<DeviceRecord, KeptSession> };

/** No sessions yet. */
export const createSessionStore = (): SessionStore => ({ bytes: 0, kept: new Map() });

/** The session of a connection, made now if it has none. [MQTT-3.1.2-6] */
export const ensureSession = (connection: Connection): Session => {
  connection.session ??= createSession(0);
  connection.subscriptions = connection.session.subscriptions;
  return connection.session;
};

/** Takes the session from a connection that ends: keeps it if it is to outlive it, forgets it otherwise. */
export const parkSession = (store: SessionStore, connection: Connection, now: number): void => {
  const { session, device } = connection;
  connection.session = null;
  connection.subscriptions = null;
  if (session === null) return;
  if (session.lifetimeMs > 0 && device !== null) {
    session.stalled = false;
    store.kept.set(device, { session, endsAt: now + session.lifetimeMs });
  } else {
    clearSession(store, session);
  }
};

/** The session a device left behind, if its time is not over. */
export const keptSession = (store: SessionStore, device: DeviceRecord, now: number): Session | null => {
  const kept = store.kept.get(device);
  if (kept === undefined) return null;
  if (kept.endsAt > now) return kept.session;
  dropSession(store, device);
  return null;
};

/** Forgets the session a device left behind, if any. */
export const dropSession = (store: SessionStore, device: DeviceRecord): void => {
  const kept = store.kept.get(device);
  if (kept === undefined) return;
  clearSession(store, kept.session);
  store.kept.delete(device);
};

/** Takes up the session a device left behind: what was sent and not acknowledged is to be sent again first. */
export const resumeSession = (store: SessionStore, device: DeviceRecord, now: number): Session | null => {
  const session = keptSession(store, device, now);
  if (session === null) return null;
  store.kept.delete(device);
  session.resend.splice(0, session.resend.length, ...session.inflight.keys());
  return session;
};

/** Forgets the sessions whose time is over. */
export const sweepSessions = (store: SessionStore, now: number): void => {
  for (const [device, { endsAt }] of store.kept) if (endsAt <= now) dropSession(store, device);
};
