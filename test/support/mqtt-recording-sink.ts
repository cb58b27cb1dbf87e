import assert from "node:assert/strict";
import type { DeviceSink, Refusal } from "../../src/app/ports.js";
import type { ClosedBy } from "../../src/domain/broadcast.js";
import type { Micros } from "../../src/domain/time.js";

/** What a sink heard, in order. */
export type SinkEvent = { readonly device: number; readonly at: Micros } & (
  | { readonly kind: "online" }
  | ({ readonly kind: "refused" } & Refusal)
  | { readonly kind: "offline"; readonly reason: string; readonly closedBy: ClosedBy }
  | {
      readonly kind: "message";
      readonly topic: string;
      readonly body: Buffer;
      readonly qos: 0 | 1;
      readonly dup: boolean;
    }
);

/** A sink that keeps everything and lets a test wait for it. */
export class RecordingSink implements DeviceSink {
  readonly events: SinkEvent[] = [];
  readonly #waiting = new Map<() => boolean, () => void>();
  /** Called within each event, to act in the engine's own call. */
  react: (event: SinkEvent) => void = () => undefined;

  online(device: number, at: Micros): void {
    this.#record({ kind: "online", device, at });
  }

  refused(device: number, at: Micros, refusal: Refusal): void {
    this.#record({ kind: "refused", device, at, ...refusal });
  }

  offline(device: number, at: Micros, reason: string, closedBy: ClosedBy): void {
    this.#record({ kind: "offline", device, at, reason, closedBy });
  }

  message(
    device: number,
    at: Micros,
    bytes: Buffer,
    topicStart: number,
    topicEnd: number,
    bodyStart: number,
    bodyEnd: number,
    qos: 0 | 1,
    dup: boolean,
  ): void {
    const topic = bytes.toString("utf8", topicStart, topicEnd);
    const body = Buffer.from(bytes.subarray(bodyStart, bodyEnd));
    this.#record({ kind: "message", device, at, topic, body, qos, dup });
  }

  /** Resolves with the first `count` events of a kind as soon as there are so many. */
  async heard<K extends SinkEvent["kind"]>(kind: K, count = 1): Promise<Extract<SinkEvent, { kind: K }>[]> {
    const found = () => this.events.filter((event): event is Extract<SinkEvent, { kind: K }> => event.kind === kind);
    const enough = () => found().length >= count;
    if (!enough()) await new Promise<void>((resolve) => this.#waiting.set(enough, resolve));
    return found();
  }

  /** Every attempt was answered once, every connection ended once, and no message came outside of an attempt. */
  assertBalanced(opens: ReadonlyMap<number, number>): void {
    const devices = new Set([...opens.keys(), ...this.events.map(({ device }) => device)]);
    for (const device of devices) {
      const kinds = this.events
        .filter((event) => event.device === device && event.kind !== "message")
        .map(({ kind }) => kind);
      const story = kinds.join(" ");
      assert.match(story, /^(refused ?|online offline ?)*$/, `device ${device}: ${story}`);
      assert.equal(
        kinds.filter((kind) => kind !== "offline").length,
        opens.get(device) ?? 0,
        `device ${device}: ${story}`,
      );
    }
  }

  #record(event: SinkEvent): void {
    this.events.push(event);
    this.react(event);
    for (const [enough, resolve] of this.#waiting) {
      if (!enough()) continue;
      this.#waiting.delete(enough);
      resolve();
    }
  }
}
