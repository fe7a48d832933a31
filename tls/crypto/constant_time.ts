/**
 * Comparison of secrets.
 *
 * @module
 */

/**
 * Whether two byte strings are equal, in a time that depends on their lengths alone: for MACs, Finished messages
 * and PSK binders, where the offset of the first difference would show an attacker which part of a guess is right.
 *
 * JavaScript guarantees nothing about time; this function has no branch and no index that depends on a secret.
 */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  // Both have as many elements, so neither index is out of range: `?? 0` never happens.
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Whether every byte is zero, likewise in a time that depends on the length alone. */
export function isAllZero(bytes: Uint8Array): boolean {
  let bits = 0;
  for (const byte of bytes) bits |= byte;
  return bits === 0;
}
