/** RFC 3986 encoding: what `encodeURIComponent` leaves bare (`!'()*`) is encoded too. Lone surrogates become U+FFFD. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
