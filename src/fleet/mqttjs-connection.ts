import type { MqttClient } from "mqtt";
import type { Packet } from "mqtt-packet";
import type { DeviceIndex } from "../domain/device.js";
import {
  BAD_FILTER,
  CLOSED,
  connackEnding,
  type Ending,
  KEEPALIVE_TIMEOUT,
  KICKED,
  malformedEnding,
  socketEnding,
  subackEnding,
} from "./ending.js";
import type { EngineConnection, EngineCore } from "./engine-core.js";
import { endpointOf } from "./engine-options.js";
import { MAX_PACKET_BYTES } from "./frame-reader.js";
import { isKickNotice } from "./kick-notice.js";
import { wantedFilters } from "./login-packets.js";
import { type MqttjsModule, startMqttjsClient } from "./mqttjs-client.js";

/** What all connections of one engine share. */
export type MqttjsShared = {
  readonly core: EngineCore<MqttjsConnection>;
  readonly mqttjs: MqttjsModule;
  /** Where a message's topic and body are put side by side for the sink. */
  readonly scratch: Buffer;
};

/** The packets a 3.1.1 server may send to a client that publishes nothing and subscribes at QoS 0 or 1. */
const EXPECTED: ReadonlySet<Packet["cmd"]> = new Set(["connack", "suback", "publish", "pingresp"]);

/** One connection of one device through MQTT.js, from dialling to its end. */
export class MqttjsConnection implements EngineConnection {
  readonly #device: DeviceIndex;
  readonly #shared: MqttjsShared;
  readonly #client: MqttClient;
  #loggedIn = false;
  #ended = false;
  #kicked = false;

  /** Dials at once. Throws where the dialer does. */
  constructor(shared: MqttjsShared, device: DeviceIndex) {
    this.#device = device;
    this.#shared = shared;
    this.#client = startMqttjsClient(shared.mqttjs, shared.core.options, shared.core.dialer, device);
    shared.core.sockets.opened();
    this.#client
      .on("packetreceive", (packet) => this.#received(packet))
      .on("connect", () => this.#subscribe())
      .on("message", (topic, body, packet) => this.#message(topic, body, packet.qos, packet.dup))
      .on("error", (error) => this.end(this.#endingOf(error), false));
    // MQTT.js keeps errors without a code to itself, a WebSocket's HTTP answer for example
    this.#client.stream.on("error", (error) => this.end(this.#endingOf(error), false));
    const { stream } = this.#client;
    stream.once("close", () => {
      this.end(CLOSED, false);
      shared.core.sockets.closed(stream);
    });
  }

  end(ending: Ending, graceful: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const { core } = this.#shared;
    const sayGoodbye = graceful && this.#loggedIn;
    if (sayGoodbye) core.sockets.ending(this.#client.stream);
    this.#client.end(!sayGoodbye);
    core.ended(this.#device, this.#kicked ? KICKED : ending);
  }

  publish(topic: string, body: Uint8Array): void {
    // MQTT.js keeps what it is given until it is written; that it could not be shows in the connection's end
    this.#client.publish(topic, Buffer.from(body), { qos: 0 }, () => undefined);
  }

  #received(packet: Packet): void {
    if (this.#ended) return;
    if (!EXPECTED.has(packet.cmd) || (packet.cmd === "connack") === this.#loggedIn) {
      this.end(malformedEnding(`an unexpected packet: ${packet.cmd}`), false);
    } else if (packet.cmd === "connack" && packet.returnCode === 0) {
      this.#loggedIn = true;
      const filters = wantedFilters(this.#shared.core.options, this.#device);
      if (filters === null) this.end(BAD_FILTER, true);
      else if (filters.length === 0) this.#online();
    }
  }

  #online(): void {
    const { core } = this.#shared;
    core.online(this.#device, core.options.clock());
  }

  #subscribe(): void {
    const { options } = this.#shared.core;
    const filters = this.#ended ? null : wantedFilters(options, this.#device);
    if (filters === null || filters.length === 0) return;
    this.#client.subscribe([...filters], { qos: options.qos }, (error) => {
      if (this.#ended) return;
      if (!error) this.#online();
      else
        this.end(
          "code" in error || /^Subscribe error/.test(error.message) ? subackEnding(options.login.kind) : SUBACK_WRONG,
          true,
        );
    });
  }

  #message(topic: string, body: Buffer, qos: number, dup: boolean): void {
    if (this.#ended) return;
    const { core, scratch } = this.#shared;
    const topicEnd = Buffer.byteLength(topic);
    const end = topicEnd + body.length;
    if (qos > 1 || topicEnd === 0 || end > scratch.length) {
      this.end(malformedEnding("a PUBLISH of QoS 2, without a topic, or too large"), false);
      return;
    }
    scratch.write(topic, 0);
    body.copy(scratch, topicEnd);
    if (core.options.login.kind === "triplet" && isKickNotice(scratch, 0, topicEnd, topicEnd, end)) this.#kicked = true;
    core.options.sink.message(
      this.#device,
      core.options.clock(),
      scratch,
      0,
      topicEnd,
      topicEnd,
      end,
      qos === 1 ? 1 : 0,
      dup,
    );
  }

  #endingOf(error: Error): Ending {
    const { options } = this.#shared.core;
    if ("code" in error && typeof error.code === "number") {
      return this.#loggedIn
        ? malformedEnding("MQTT.js found a protocol error")
        : connackEnding(error.code, options.login.kind);
    }
    if (error.message === "Keepalive timeout") return KEEPALIVE_TIMEOUT;
    if ("code" in error || "syscall" in error) return socketEnding(error, endpointOf(options, this.#device));
    return this.#client.stream.errored ? socketEnding(error, endpointOf(options, this.#device)) : UNREADABLE;
  }
}

/** What the parser of MQTT.js cannot read. */
const UNREADABLE = malformedEnding("MQTT.js cannot read what it sends");

/** A SUBACK of another length than its SUBSCRIBE. */
const SUBACK_WRONG = malformedEnding("a SUBACK does not answer the SUBSCRIBE that was sent");

/** The room that {@link MqttjsShared.scratch} needs. */
export const SCRATCH_BYTES = MAX_PACKET_BYTES;
