import type { MqttEndpoint } from "../protocol/mqtt-endpoint.js";

/** The AccessKey that a local platform takes where no other is given. It is published, so it is no secret. */
export const LOCAL_ACCESS_KEY = { id: "iotb-local", secret: "iotb-local" } as const;

/** The instance of a local platform. */
export const LOCAL_INSTANCE_ID = "iot-local";

/** Where `iotb platform` listens unless told otherwise, and where `--local` looks for it. */
export const LOCAL_API_URL = "http://127.0.0.1:8087";
export const LOCAL_MQTT: MqttEndpoint = { protocol: "mqtt", host: "127.0.0.1", port: 1883 };
