import { IotbError } from "../domain/errors.js";

/** What a command stops with when another client takes one of its devices over. */
export const kicked = (deviceName: string): IotbError =>
  new IotbError("kicked", `${deviceName} was kicked off: another client logged in with its triplet`, {
    hint: "a device can be connected once: end the other client, or use devices of their own for this",
  });
