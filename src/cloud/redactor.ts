/** Makes text from the API or from a library fit to show: one line, no secret, no address of a call. */
export type Redactor = (text: string) => string;

/** Longest text kept of what a peer said. */
const MAX_LENGTH = 400;
/** Longest text looked at, so that a hostile one costs little. */
const MAX_READ = 16_384;

/** Base64 of HMAC-SHA1, 28 characters, bare or percent-encoded once or twice. */
const SIGNATURE = /(?:[A-Za-z0-9+/]|%(?:25)?2[BF]){27}(?:=|%(?:25)?3D)/gi;
/** The longest form of one: every character encoded twice. */
const MAX_SIGNATURE = 28 * 5;

/** The forms a secret takes in a request: bare, percent-encoded, and encoded again inside a string to sign. */
const formsOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret.toWellFormed()),
  encodeURIComponent(encodeURIComponent(secret.toWellFormed())),
];

/**
 * Makes a redactor that also knows these values. Besides them it removes URLs (a GET's holds the AccessKey id and the
 * signature), the string to sign that `SignatureDoesNotMatch` quotes, and whatever looks like a signature of HMAC-SHA1.
 */
export const createRedactor = (secrets: readonly string[]): Redactor => {
  // Very short values are no real keys, and removing them would tear words apart. Longest first: one may hold another.
  const forms = [...new Set(secrets.filter((secret) => secret.length >= 4).flatMap(formsOf))].sort(
    (a, b) => b.length - a.length,
  );
  return (text) => {
    let shown = text;
    for (const form of forms) shown = shown.replaceAll(form, "***");
    const long = shown.length > MAX_READ;
    shown = shown
      .slice(0, MAX_READ)
      .replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, " ")
      .replace(SIGNATURE, "***");
    // The cut may have left the beginning of a signature, which no pattern finds.
    if (long) shown = shown.slice(0, -MAX_SIGNATURE);
    shown = shown
      .replace(/,? ?\bURL: .*$/, "")
      .replace(/\bhttps?:\/\/\S+/gi, "(address removed)")
      .replace(/,? ?server (?:string ?to ?sign|canonicalrequest) is.*$/i, "")
      .replace(/\b(Signature|SignatureNonce|SecurityToken|AccessKeyId)(=|%3D|%253D)[^& "'`]*/gi, "$1$2***")
      .trim();
    return shown.length > MAX_LENGTH ? `${shown.slice(0, MAX_LENGTH)}…` : shown;
  };
};
