/**
 * The part of a ClientHello that the application sees when it chooses the server's identity.
 *
 * @module
 */

import type { ClientHelloInfo } from "../../config/config_types.ts";
import { normalizeServerName } from "../../names/server_name.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { namedCertificateTypes } from "./certificate_types.ts";
import { CipherSuiteId, NamedGroup, SignatureScheme } from "../../wire/numbers.ts";

/** The fields by name, in the client's order; numbers without a name here are left out. */
export function clientHelloInfo(hello: ClientHello): ClientHelloInfo {
  const { serverName, alpnProtocols = [], signatureAlgorithms, supportedGroups, certificateAuthorities } =
    hello.extensions;
  const { serverCertificateTypes, clientCertificateTypes, signatureAlgorithmsCert } = hello.extensions;
  return {
    ...(serverName !== undefined && { serverName: normalizeServerName(serverName) }),
    alpnProtocols,
    signatureSchemes: named(SCHEMES, signatureAlgorithms),
    ...(signatureAlgorithmsCert !== undefined && {
      certificateSignatureSchemes: named(SCHEMES, signatureAlgorithmsCert),
    }),
    cipherSuites: named(SUITES, hello.cipherSuites),
    groups: named(GROUPS, supportedGroups),
    ...(serverCertificateTypes !== undefined && {
      serverCertificateTypes: namedCertificateTypes(serverCertificateTypes),
    }),
    ...(clientCertificateTypes !== undefined && {
      clientCertificateTypes: namedCertificateTypes(clientCertificateTypes),
    }),
    // The application may keep them for longer than the message lives.
    certificateAuthorities: (certificateAuthorities ?? []).map((authority) => authority.slice()),
  };
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
