import type { DeviceRecord } from "./device-table.js";
import type { UpstreamObserver } from "./upstream-observer.js";

/** A device's answer, or null where none came in time. */
export type RrpcReply = Uint8Array | null;

/** Requests to devices that wait for the device's answer. Disposing of it ends every wait without one. */
export type RrpcExchanges = Disposable & {
  hasRoom(): boolean;
  /** Waits for the device's next message on `topic`, at most `timeoutMs`. One wait per topic: topics hold a message id. */
  expect(device: DeviceRecord, topic: string, timeoutMs: number): Promise<RrpcReply>;
  readonly observe: UpstreamObserver;
};

type Exchange = { readonly device: DeviceRecord; settle(reply: RrpcReply): void };

/** At most `capacity` requests wait at once. */
export const createRrpcExchanges = (capacity: number): RrpcExchanges => {
  const exchanges = new Map<string, Exchange>();
  return {
    hasRoom: () => exchanges.size < capacity,
    expect: (device, topic, timeoutMs) =>
      new Promise((resolve) => {
        const settle = (reply: RrpcReply): void => {
          clearTimeout(timer);
          exchanges.delete(topic);
          resolve(reply);
        };
        const timer = setTimeout(settle, timeoutMs, null);
        exchanges.set(topic, { device, settle });
      }),
    // Every device may publish on the topics of custom requests: only the one that was asked is heard.
    observe: (device, topic, payload) => {
      const exchange = exchanges.get(topic);
      if (exchange?.device === device) exchange.settle(Buffer.from(payload));
    },
    [Symbol.dispose]: () => {
      for (const { settle } of [...exchanges.values()]) settle(null);
    },
  };
};
