import { fileURLToPath } from "node:url";
import { readTripletFile } from "../files/triplet-file.js";

/** The device secrets that are shipped with iotb for its examples: everybody can read them. */
export const readPublishedSecrets = async (): Promise<ReadonlySet<string>> => {
  const path = fileURLToPath(new URL("../../../fixtures/devices-4.csv", import.meta.url));
  const { triplets } = await readTripletFile(path);
  return new Set(triplets.map(({ deviceSecret }) => deviceSecret));
};
