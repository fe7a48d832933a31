/**
 * IP addresses as certificates carry them: 4 or 16 bytes (RFC 5280 §4.2.1.6).
 *
 * @module
 */

/** The bytes of an IPv4 address in dotted form, or of an IPv6 address (RFC 4291 §2.2) without brackets. */
export function ipBytes(text: string): Uint8Array {
  if (!text.includes(":")) return Uint8Array.from(text.split("."), Number);
  const [head = "", tail] = text.split("::");
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}
