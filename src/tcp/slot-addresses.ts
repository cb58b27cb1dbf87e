/** The addresses of equal slots that lie one behind the other, each in two halves, as 32-bit words of a request take them. */
export type SlotAddresses = { readonly low: Uint32Array; readonly high: Uint32Array };

/** The addresses of `count` slots of `bytes` bytes from `base` on. */
export const slotAddresses = (base: bigint, count: number, bytes: number): SlotAddresses => {
  const addresses = { low: new Uint32Array(count), high: new Uint32Array(count) };
  for (let slot = 0; slot < count; slot++) {
    const address = base + BigInt(slot * bytes);
    addresses.low[slot] = Number(address & 0xffff_ffffn);
    addresses.high[slot] = Number(address >> 32n);
  }
  return addresses;
};
