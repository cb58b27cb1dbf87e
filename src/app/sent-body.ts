/** Bodies up to this length are compared here: a call of the native comparison costs as much as so many bytes. */
const SHORT_BODY_BYTES = 64;

/** Whether a body is the one that was sent. On the hot path. */
export const isSame = (sent: Buffer, bytes: Buffer, start: number, end: number): boolean => {
  const { length } = sent;
  if (end - start !== length) return false;
  if (length > SHORT_BODY_BYTES) return bytes.compare(sent, 0, length, start, end) === 0;
  for (let i = 0; i < length; i++) if (sent[i] !== bytes[start + i]) return false;
  return true;
};
