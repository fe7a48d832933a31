/**
 * The name a server is asked for: what goes into the server_name extension (RFC 6066 §3) and what its
 * certificate is checked against (RFC 9525 §6).
 *
 * @module
 */

/** RFC 1035 §2.3.4: "labels 63 octets or less, names 255 octets or less" on the wire, which is 253 in text. */
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;

/**
 * The name in the one form in which it is compared: lower case, an IPv6 address without brackets, a DNS name
 * without the dot of the root.
 *
 * "The hostname is represented as a byte string using ASCII encoding without a trailing dot." (RFC 6066 §3)
 * Underscores are taken although host names have none (RFC 952), because such names are in use.
 *
 * @throws {TypeError} when it is neither a DNS name nor an IP address.
 */
export function normalizeServerName(name: string): string {
  if (typeof name !== "string") throw new TypeError("Cannot use a server name: it is no text");
  const lower = name.toLowerCase();
  const address = /^\[(.*)\]$/.exec(lower)?.[1] ?? lower;
  if (address.includes(":") && isIpv6(address)) return address;
  const plain = lower.endsWith(".") ? lower.slice(0, -1) : lower;
  if (isIpv4(plain) || isDnsName(plain)) return plain;
  const reason = /[^ -~]/.test(name)
    ? "it is not ASCII; write it in Punycode, as new URL() does"
    : "it is neither a DNS name nor an IP address";
  throw new TypeError(`Cannot use "${name}" as a server name: ${reason}`);
}

function isDnsName(name: string): boolean {
  if (name.length > LONGEST_NAME) return false;
  const labels = name.split(".");
  const last = labels.at(-1) ?? "";
  // A name that ends in a number would be taken for an IPv4 address by some readers (WHATWG URL §3.5).
  if (/^[0-9]+$/.test(last)) return false;
  return labels.every((label) =>
    label.length <= LONGEST_LABEL && /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label)
  );
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
}

/** The URL parser knows all forms of RFC 4291 §2.2, and has no zones, which no certificate names. */
function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/.test(text) && URL.canParse(`http://[${text}]/`);
}
