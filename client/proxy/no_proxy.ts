/**
 * Lists of hosts that are reached without a proxy, as `NO_PROXY` has them.
 *
 * Entries stand between commas or blanks: a name (itself and its subdomains, with or without a dot before it), `*.name`
 * (subdomains alone), an address, a CIDR, or `*`. A name or an address may have a port behind it. Names are compared as
 * names, addresses as numbers; a name is never looked up: that would be a leak, and could be answered differently later.
 *
 * @module
 */

import { parseIpAddress } from "../../tls/names/ip_address.ts";

/** A list of hosts that are reached without a proxy. */
export class NoProxy {
  readonly #entries: readonly Entry[];

  /**
   * Reads a list. An entry that is malformed matches nothing.
   *
   * @param list The list, such as `localhost, .example.com, 10.0.0.0/8, [fd00::1]:8080`.
   */
  constructor(list: string) {
    this.#entries = list.split(/[\s,]/).filter((text) => text !== "").flatMap((text) =>
      parseEntry(text) ?? []
    );
  }

  /**
   * Whether a host is in the list.
   *
   * @param hostname The host name or IP address of a URL, without brackets.
   * @param port The port; where the URL has none, that of the scheme.
   */
  includes(hostname: string, port: number): boolean {
    const address = addressOf(hostname);
    const name = withoutDot(hostname);
    return this.#entries.some((entry) =>
      (entry.port === undefined || entry.port === port) &&
      (entry.matches === undefined || entry.matches(name, address))
    );
  }
}

/** Whether a host is this machine: `localhost` and names below it (RFC 6761 §6.3), 127.0.0.0/8 and ::1. */
export function isLoopback(hostname: string): boolean {
  const address = addressOf(hostname);
  if (address?.length === 4) return address[0] === 127;
  if (address !== undefined) return address.every((octet, index) => octet === (index === 15 ? 1 : 0));
  return /(?:^|\.)localhost$/.test(withoutDot(hostname));
}

interface Entry {
  readonly port?: number;
  /** Absent: every host. */
  readonly matches?: (name: string, address: Uint8Array | undefined) => boolean;
}

function parseEntry(text: string): Entry | undefined {
  if (text === "*") return {};
  if (text.includes("/")) return parseCidr(text);
  const [, bracketed, bracketedPort] = /^\[([^\]]*)\](?::([0-9]{1,5}))?$/.exec(text) ?? [];
  if (bracketed !== undefined) {
    const address = bracketed.includes(":") ? addressOf(bracketed) : undefined;
    return address && withPort({ matches: (_, other) => isSame(address, other) }, bracketedPort);
  }
  const whole = addressOf(text);
  if (whole !== undefined) return { matches: (_, other) => isSame(whole, other) };
  const [, host = "", port] = /^([^:]+)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  const address = addressOf(host);
  if (address !== undefined) return withPort({ matches: (_, other) => isSame(address, other) }, port);
  const [, prefix = "", given = ""] = /^(\*?\.)?(.*)$/.exec(host) ?? [];
  const name = canonicalName(given);
  if (name === undefined) return undefined;
  return withPort({
    matches: (other, otherAddress) =>
      otherAddress === undefined && (other.endsWith(`.${name}`) || (prefix !== "*." && other === name)),
  }, port);
}

function withPort(entry: Entry, port: string | undefined): Entry {
  return port === undefined ? entry : { ...entry, port: Number(port) };
}

/** An address and the number of its first bits that count. */
function parseCidr(text: string): Entry | undefined {
  const [, given = "", digits = ""] = /^([^/]*)\/([0-9]{1,3})$/.exec(text) ?? [];
  const mapped = parseIpAddress(given);
  const address = addressOf(given);
  if (mapped === undefined || address === undefined || Number(digits) > mapped.length * 8) return undefined;
  const bits = Number(digits) - (mapped.length - address.length) * 8;
  if (bits < 0) return undefined;
  return { matches: (_, other) => other?.length === address.length && isSame(address, other, bits) };
}

/** Whether two addresses are equal in their first bits. */
function isSame(one: Uint8Array, other: Uint8Array | undefined, bits = one.length * 8): boolean {
  if (other?.length !== one.length) return false;
  return one.every((octet, index) => {
    const count = Math.min(Math.max(bits - index * 8, 0), 8);
    return (octet ^ (other[index] ?? 0)) >> (8 - count) === 0;
  });
}

/** The octets of an address, those of an IPv4 address where it is mapped into IPv6 (RFC 4291 §2.5.5.2). */
function addressOf(text: string): Uint8Array | undefined {
  const address = parseIpAddress(text);
  if (address === undefined || address.length === 4) return address;
  const isMapped = address.subarray(0, 12).every((octet, index) => octet === (index < 10 ? 0 : 0xff));
  return isMapped ? address.subarray(12) : address;
}

/** A name in lower case and A-labels, without a dot at its end; `undefined` where it is none, or would become an address. */
function canonicalName(text: string): string | undefined {
  if (text === "" || /[*:/?#@\\%]/.test(text) || text.startsWith(".")) return undefined;
  try {
    const { hostname } = new URL(`http://${text}/`);
    return addressOf(hostname) === undefined ? withoutDot(hostname) : undefined;
  } catch {
    return undefined;
  }
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
