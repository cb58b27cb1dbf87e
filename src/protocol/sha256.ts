import { createHash } from "node:crypto";

/** SHA-256 as lower-case hex; a text is taken as UTF-8. [FIPS 180-4] */
export const sha256Hex = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
