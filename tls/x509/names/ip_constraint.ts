/**
 * Name constraints on IP addresses: an address of 4 or 16 octets, followed by a mask of as many (RFC 5280 §4.2.1.10).
 *
 * @module
 */

/** Whether octets are an address and a mask, both 4 or both 16, the mask all ones and then all zeros. */
export function isIpConstraint(constraint: Uint8Array): boolean {
  if (constraint.length !== 8 && constraint.length !== 32) return false;
  const mask = constraint.subarray(constraint.length / 2);
  let end = 0;
  while (mask[end] === 0xff) end++;
  // In the octet where the ones end, the zeros' complement is one less than a power of two.
  const zeros = ~(mask[end] ?? 0) & 0xff;
  return (zeros & zeros + 1) === 0 && mask.subarray(end + 1).every((octet) => octet === 0);
}

/** Whether an address lies within a constraint, which one of the other family never does. */
export function isWithinIpConstraint(address: Uint8Array, constraint: Uint8Array): boolean {
  const { length } = address;
  if (constraint.length !== length * 2) return false;
  for (let index = 0; index < length; index++) {
    const different = (address[index] ?? 0) ^ (constraint[index] ?? 0);
    if ((different & (constraint[length + index] ?? 0)) !== 0) return false;
  }
  return true;
}
