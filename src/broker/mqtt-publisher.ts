import type { MqttClient } from "mqtt";
import type { Publisher, ReadyBroadcast } from "../app/ports.js";
import type { Acceptance, Broadcast, Message } from "../domain/broadcast.js";
import { IotbError } from "../domain/errors.js";
import type { Clock, Micros } from "../domain/time.js";
import { formatMqttEndpoint } from "../protocol/mqtt-endpoint.js";
import { openPublisherClient, type PublisherLogin } from "./publisher-client.js";

/** What a publisher is made from. */
export type MqttPublisherOptions = PublisherLogin & {
  readonly qos: 0 | 1;
  /** Names the run: brokers give no message id, so calls are counted under it. */
  readonly runId: string;
  readonly clock: Clock;
  /** How long a PUBACK may take, ms; as long as an answer of the API. */
  readonly answerMs?: number;
};

/** How long disconnecting may take before the socket is destroyed, ms. */
const GOODBYE_MS = 1000;

const ANSWER_MS = 10_000;

/**
 * Broadcasts by publishing to one topic of a plain MQTT broker, not retained. Accepted is: at QoS 1 the PUBACK
 * [MQTT-4.3.2-2], at QoS 0, which nobody answers, that the bytes were handed to the socket. Nothing is ever published twice.
 */
export class MqttPublisher implements Publisher, AsyncDisposable {
  readonly #options: MqttPublisherOptions;
  #client: MqttClient | null = null;
  #calls = 0;

  constructor(options: MqttPublisherOptions) {
    this.#options = options;
  }

  /** Logs in unless it is; throws as {@link openPublisherClient} does. */
  async connect(signal: AbortSignal): Promise<MqttClient> {
    const former = this.#client;
    if (former?.connected && former.stream.writable) return former;
    former?.end(true);
    this.#client = null;
    const client = await openPublisherClient(this.#options, signal);
    this.#client = client;
    return client;
  }

  /**
   * Logs in unless it is. The topic is `topicFullName`. Sending throws `api-unknown-fate` once the PUBLISH is under way; both throw
   * what `connect` throws before.
   */
  async prepare(message: Message, signal: AbortSignal): Promise<ReadyBroadcast> {
    await this.connect(signal);
    return { send: (dueAt) => this.#publish({ ...message, dueAt }, signal), [Symbol.dispose]: () => undefined };
  }

  async #publish(broadcast: Broadcast, signal: AbortSignal): Promise<Acceptance> {
    // the broker may have closed the connection since
    const client = await this.connect(signal);
    if (signal.aborted) throw new IotbError("interrupted", "stopped before the message was sent");
    const messageId = `${this.#options.runId}-${++this.#calls}`;
    const sentAt = this.#options.clock();
    const acceptedAt = await this.#send(client, broadcast, signal);
    return { broadcast, messageId, requestId: "", sentAt, acceptedAt };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client === null || client.stream.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => client.stream.destroy(), GOODBYE_MS);
      client.stream.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      client.end(!client.connected);
    });
  }

  /** Resolves with the moment of acceptance. */
  async #send(client: MqttClient, { topicFullName, body }: Broadcast, signal: AbortSignal): Promise<Micros> {
    const { clock, qos, answerMs = ANSWER_MS } = this.#options;
    if (topicFullName === null) throw new Error("a plain broker takes messages on topics only");
    const payload = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const { stream } = client;
    let timer: NodeJS.Timeout | undefined;
    let onAbort = (): void => undefined;
    let onClose = (): void => undefined;
    try {
      return await new Promise<Micros>((resolve, reject) => {
        const lost = (why: string) => reject(this.#unknownFate(why));
        onAbort = () => lost("the run was stopped before it was acknowledged");
        onClose = () => lost("the connection ended before it was acknowledged");
        timer = setTimeout(() => lost(`no acknowledgement came within ${answerMs / 1000} s`), answerMs);
        signal.addEventListener("abort", onAbort, { once: true });
        stream.once("close", onClose);
        client.publish(topicFullName, payload, { qos, retain: false }, (error) => {
          if (error) onClose();
          else resolve(clock());
        });
      });
    } catch (thrown) {
      // what is unanswered on this connection must not be sent again, nor keep it from ending
      client.end(true);
      throw thrown;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      stream.off("close", onClose);
    }
  }

  #unknownFate(why: string): IotbError {
    const where = formatMqttEndpoint(this.#options.endpoint);
    return new IotbError("api-unknown-fate", `the message was sent to ${where}, but ${why}`, {
      hint: "it may have been delivered: look at the broker before sending it again",
    });
  }
}
