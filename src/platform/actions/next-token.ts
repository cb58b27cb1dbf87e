/** Where a list of devices goes on: before which serial, and how many rows were answered up to there. */
export type ListPosition = { readonly serial: number; readonly rows: number };

/** A position as the text that goes to the caller. What is in the platform's own is not published. [QueryDevice: NextToken] */
export const encodeNextToken = ({ serial, rows }: ListPosition): string =>
  Buffer.from(`${serial}.${rows}`).toString("base64url");

/** The position of a text that came back, or null if this platform never gave it. */
export const decodeNextToken = (token: string): ListPosition | null => {
  const match = /^([1-9]\d{0,14})\.([1-9]\d{0,14})$/.exec(Buffer.from(token, "base64url").toString("latin1"));
  return match ? { serial: Number(match[1]), rows: Number(match[2]) } : null;
};
