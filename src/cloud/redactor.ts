/** Makes text from the API or from a library fit to show: one line, no secret, no address of a call. */
export type Redactor = (text: string) => string;

/** Longest text kept of what a peer said. */
const MAX_LENGTH = 400;

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
    let shown = text.slice(0, 64 * MAX_LENGTH);
    for (const form of forms) shown = shown.replaceAll(form, "***");
    shown = shown
      .replace(/,? *\bURL: .*$/s, "")
      .replace(/\bhttps?:\/\/\S+/gi, "(address removed)")
      .replace(/,? *server (?:string ?to ?sign|canonicalrequest) is.*$/is, "")
      .replace(/\b(Signature|SignatureNonce|SecurityToken|AccessKeyId)(=|%3D|%253D)[^&\s"'`]*/gi, "$1$2***")
      .replace(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{27}(?:=|%3D)/g, "***")
      .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, " ")
      .trim();
    return shown.length > MAX_LENGTH ? `${shown.slice(0, MAX_LENGTH)}…` : shown;
  };
};
