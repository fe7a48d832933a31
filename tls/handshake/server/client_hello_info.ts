/**
 * What of a ClientHello the application sees, before it says who the server is.
 *
 * @module
 */

import type { ClientHelloInfo } from "../../config/config_types.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { CipherSuiteId, NamedGroup, SignatureScheme } from "../../wire/numbers.ts";

/** The names for what has names here; the order is the client's. */
export function clientHelloInfo(hello: ClientHello): ClientHelloInfo {
  const { serverName, alpnProtocols = [], signatureAlgorithms, supportedGroups, certificateAuthorities } =
    hello.extensions;
  const name = sniOf(serverName);
  return {
    ...(name !== undefined && { serverName: name }),
    alpnProtocols,
    signatureSchemes: named(SCHEMES, signatureAlgorithms),
    cipherSuites: named(SUITES, hello.cipherSuites),
    groups: named(GROUPS, supportedGroups),
    // The application may keep them for longer than the message lives.
    certificateAuthorities: (certificateAuthorities ?? []).map((authority) => authority.slice()),
  };
}

/**
 * The name in lower case and without a trailing dot; `undefined` for none, and for an IP address.
 *
 * "Literal IPv4 and IPv6 addresses are not permitted in "HostName"." (RFC 6066 §3) Clients send them all the same,
 * and mean nothing by it.
 */
function sniOf(name: string | undefined): string | undefined {
  if (name === undefined || name.includes(":") || /^[0-9.]+$/.test(name)) return undefined;
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

const SCHEMES = byNumber(SignatureScheme);
const SUITES = byNumber(CipherSuiteId);
const GROUPS = byNumber(NamedGroup);

function byNumber<Name extends string>(table: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  const entries = Object.entries<number>(table) as [Name, number][]; // The record has exactly these keys.
  return new Map(entries.map(([name, number]) => [number, name]));
}

function named<Name>(table: ReadonlyMap<number, Name>, numbers: readonly number[] = []): Name[] {
  return numbers.flatMap((number) => table.get(number) ?? []);
}
