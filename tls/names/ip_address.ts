/**
 * IP addresses as text and as octets, 4 or 16 of them, in which form certificates have them (RFC 5280 §4.2.1.6).
 *
 * @module
 */

/**
 * The octets of an address.
 *
 * @param text An IPv4 address in dotted form, or an IPv6 address of any form of RFC 4291 §2.2, without brackets.
 * @returns `undefined` when it is neither.
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  // The last 32 bits may be written as an IPv4 address.
  const tail = text.slice(text.lastIndexOf(":") + 1);
  let hexadecimal = text;
  if (tail.includes(".")) {
    const [a = 0, b = 0, c = 0, d = 0, ...rest] = parseIpv4(tail) ?? [0, 0, 0, 0, 0];
    if (rest.length > 0) return undefined;
    hexadecimal = `${text.slice(0, -tail.length)}${(a << 8 | b).toString(16)}:${(c << 8 | d).toString(16)}`;
  }
  const [before = "", after, ...more] = hexadecimal.split("::");
  const left = groups(before);
  const right = groups(after ?? "");
  if (more.length > 0 || left === undefined || right === undefined) return undefined;
  const zeros = 8 - left.length - right.length;
  // "::" stands for one group of zeros or more, and without it there are eight.
  if (after === undefined ? zeros !== 0 : zeros < 1) return undefined;
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  for (const [index, group] of left.entries()) view.setUint16(index * 2, group);
  for (const [index, group] of right.entries()) view.setUint16((left.length + zeros + index) * 2, group);
  return address;
}

/**
 * An address as text: dotted, or as RFC 5952 §4 recommends for IPv6.
 *
 * @param address 4 or 16 octets; of another number, which certificates can have, the octets in hexadecimal.
 */
export function formatIpAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  if (address.length !== 16) {
    return `#${Array.from(address, (octet) => octet.toString(16).padStart(2, "0")).join("")}`;
  }
  const words = Array.from({ length: 8 }, (_, index) => word(address, index).toString(16));
  // The longest run of two zeros or more, the first of equals, becomes "::".
  let longest = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (words[start + length] === "0") length++;
    if (length > longest.length) longest = { start, length };
  }
  if (longest.length === 1) return words.join(":");
  const before = words.slice(0, longest.start).join(":");
  return `${before}::${words.slice(longest.start + longest.length).join(":")}`;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const isIpv4 = parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  return isIpv4 ? Uint8Array.from(parts, Number) : undefined;
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  if (parts.length > 8 || !parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return undefined;
  return parts.map((part) => parseInt(part, 16));
}

function word(address: Uint8Array, index: number): number {
  return (address[index * 2] ?? 0) << 8 | (address[index * 2 + 1] ?? 0);
}
