import type { DeviceAddress } from "../domain/device.js";

/** Where a device reports its properties. [Device properties, events: Alink JSON] */
export const propertyPostTopic = ({ productKey, deviceName }: DeviceAddress): string =>
  `/sys/${productKey}/${deviceName}/thing/event/property/post`;

/** Ids of ten digits: all bodies are of one length. An id is text of a number up to 4294967295. [Alink JSON: id] */
const FIRST_ID = 1_000_000_000;
const LAST_ID = 4_294_967_295;

/**
 * A source of property posts for load: each call answers the same bytes with the next id written into them, so that none is
 * built. The property is one that no thing model will have by chance, and `sys.ack` 0 declines an answer (recalled), which
 * would be one more message to the device.
 */
export const createPropertyPost = (): (() => Uint8Array) => {
  const body = Buffer.from(
    JSON.stringify({
      id: String(FIRST_ID),
      version: "1.0",
      sys: { ack: 0 },
      params: { iotbNoise: 1 },
      method: "thing.event.property.post",
    }),
  );
  const at = body.indexOf(String(FIRST_ID));
  let id = FIRST_ID;
  return () => {
    body.write(String(id), at, "latin1");
    id = id === LAST_ID ? FIRST_ID : id + 1;
    return body;
  };
};
