/**
 * The grammar of host names: the only one, for the name that a client asks for (RFC 6066 §3), for the names in a
 * certificate (RFC 9525 §6.3) and for those in its name constraints (RFC 5280 §4.2.1.10).
 *
 * - Labels are separated by dots, and none is empty. The dot of the root at the end is no part of a host name; where it
 *   may be written, it is taken off first.
 * - A label has 1 to 63 characters and all of them with their dots 253, which are 255 octets on the wire
 *   (RFC 1035 §2.3.4).
 * - A label has letters, digits and hyphens, the hyphens neither first nor last (RFC 1123 §2.1, RFC 952). Underscores
 *   are taken besides, anywhere, because such names are in use.
 * - Internationalized labels are A-labels, `xn--...` (RFC 5890 §2.3.2.1), whose Punycode is not looked into.
 * - The last label is no number, neither decimal nor hexadecimal: URL parsers take such a host for an IPv4 address
 *   (WHATWG URL, "ends in a number").
 *
 * @module
 */

/** Characters of a host name: 255 octets on the wire less the first length and the root (RFC 1035 §2.3.4). */
export const MAX_HOST_NAME_LENGTH = 253;
/** Characters of a label (RFC 1035 §2.3.4). */
const MAX_LABEL_LENGTH = 63;

/** Whether a text is a host name, without the dot of the root. */
export function isHostName(text: string): boolean {
  return countLabels(text) > 0;
}

/** The number of labels that `text` has from `start` on; 0 when this is no host name. */
export function countLabels(text: string, start = 0): number {
  if (text.length - start > MAX_HOST_NAME_LENGTH) return 0;
  let labels = 1;
  let labelStart = start;
  for (let at = start; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === DOT) {
      if (!isLabelOf(text, labelStart, at)) return 0;
      labels++;
      labelStart = at + 1;
    } else if (!isLetterOrDigit(character) && character !== HYPHEN && character !== UNDERSCORE) return 0;
  }
  return isLabelOf(text, labelStart, text.length) && !NUMBER.test(text.slice(labelStart)) ? labels : 0;
}

/** The text without the dot of the root, which may stand at its end once. */
export function withoutRootDot(text: string): string {
  return text.endsWith(".") ? text.slice(0, -1) : text;
}

const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

/** A number as URL parsers take it: "0x" alone is one. */
const NUMBER = /^(?:[0-9]+|0[Xx][0-9A-Fa-f]*)$/;

/** Whether length and hyphens from `start` to `end` are those of a label; its other characters have been checked. */
function isLabelOf(text: string, start: number, end: number): boolean {
  return end > start && end - start <= MAX_LABEL_LENGTH &&
    text.charCodeAt(start) !== HYPHEN && text.charCodeAt(end - 1) !== HYPHEN;
}

function isLetterOrDigit(character: number): boolean {
  const lower = character | 0x20;
  return (character >= 0x30 && character <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}
