/**
 * From flags to the configuration of a connection.
 *
 * @module
 */

import { decodeBase64 } from "@std/encoding/base64";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { ClientConfig } from "../../../tls/config/client_config.ts";
import type { CommonConfigOptions, EnabledVersionName } from "../../../tls/config/common_config.ts";
import type { Identity, RawPublicKeyIdentity } from "../../../tls/config/config_types.ts";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { parsePrivateKeyPem } from "../../../tls/crypto/private_key.ts";
import type { SigningKey } from "../../../tls/crypto/provider.ts";
import { type ClientAuthOptions, ServerConfig } from "../../../tls/config/server_config.ts";
import { type ClientSessionStore, memorySessions } from "../../../tls/session/session.ts";
import { memoryServerSessions, type ServerSessionStore } from "../../../tls/session/server_sessions.ts";
import { rotatingTicketer, type Ticketer } from "../../../tls/session/ticketer.ts";
import {
  CertificateType,
  type CertificateTypeName,
  NamedGroup,
  SignatureScheme,
  type SignatureSchemeName,
} from "../../../tls/wire/numbers.ts";
import { MAX_EARLY_DATA_BYTES } from "./early_data.ts";
import { compressionsOf } from "./compressions.ts";
import { CertificateError } from "../../../tls/x509/error.ts";
import { checkJudgedName, echKeysOf, echOf } from "./ech.ts";
import type { Credential, Flags } from "./flags.ts";
import { policyOf } from "./policies.ts";

/** The versions that there are. */
const VERSIONS = [["TLSv1.3", 0x0304], ["TLSv1.2", 0x0303]] as const;

/** What a test's connections have in common. */
export interface Shared {
  readonly serverSessions: ServerSessionStore;
  readonly ticketer: Ticketer;
  /** The clock, in milliseconds since 1970: it stands still but for `-resumption-delay`. */
  now: number;
  /** Whether any connection of the test has early data: a ticketer's sessions have none. */
  usesEarlyData: boolean;
  /** Whether the last ticket of a client allows early data. */
  ticketAllowsEarlyData: boolean;
  /** Whether certificates are refused for now. */
  verifyFail: boolean;
  /** Client configs by what is in them: only the config that made a session resumes it. */
  readonly clients: Map<string, ClientConfig>;
  /** What the last connection's secrets are, by their labels in the key log. */
  readonly secrets: Map<string, Uint8Array>;
  /** The credential that signed the last handshake, by its place; -1 is the default one. */
  selectedCredential?: number;
}

/** For the first connection of a test. */
export function newShared(): Shared {
  return {
    serverSessions: memoryServerSessions(),
    ticketer: rotatingTicketer(nodeCrypto()),
    now: Date.now(),
    usesEarlyData: false,
    ticketAllowsEarlyData: false,
    verifyFail: false,
    clients: new Map(),
    secrets: new Map(),
  };
}

/** Whether the flags ask for what is not there. */
export function asksForMore(flags: Flags): boolean {
  const { expectVersion, curves } = flags;
  return versionsOf(flags).length === 0 ||
    (expectVersion !== undefined && !VERSIONS.some(([, number]) => number === expectVersion)) ||
    curves.some((group) => nameOf(NamedGroup, group) === undefined);
}

function speaksTls13(flags: Flags): boolean {
  return versionsOf(flags).includes("TLSv1.3");
}

function versionsOf({ minVersion = 0, maxVersion = 0xffff, noTls12, noTls13 }: Flags): EnabledVersionName[] {
  return VERSIONS
    .filter(([, number]) => minVersion <= number && number <= maxVersion)
    .map(([name]) => name)
    .filter((name) => name === "TLSv1.3" ? !noTls13 : !noTls12);
}

/** The configuration of a client. */
export async function clientConfig(flags: Flags, shared: Shared): Promise<ClientConfig> {
  const key = JSON.stringify(settingsOf(flags));
  const known = shared.clients.get(key);
  if (known !== undefined) return known;
  const identities = await readIdentities(flags, shared);
  const verify = verifierOf(flags, shared);
  const config = new ClientConfig({
    ...commonOptions(flags, shared),
    // The runner's certificates are made up: whose they are is not looked at, what they signed is.
    verifier(server): void {
      checkJudgedName(flags, server.serverName);
      verify();
    },
    enableSni: flags.hostName !== undefined,
    sessions: flags.noTicket ? false : watchedSessions(shared),
    enableEarlyData: flags.enableEarlyData && !flags.noTicket && speaksTls13(flags),
    ...acceptedTypes("serverCertificateTypes", flags),
    clientCertificateTypes: availableTypes(flags),
    ...echOf(flags),
    identity: ({ certificateAuthorities, signatureSchemes }) => {
      checkPeerSchemes(flags, signatureSchemes);
      const { failCertCallback, expectClientCaList } = flags;
      if (failCertCallback) throw new Error("told to fail to choose a credential");
      const names = certificateAuthorities.map(encodeHex).join();
      if (expectClientCaList !== undefined && names !== expectClientCaList) {
        throw new Error(`unexpected authorities: ${names}`);
      }
      return identities;
    },
  });
  shared.clients.set(key, config);
  return config;
}

/** The configuration of a server; `undefined`: the flags give it no identity. */
export async function serverConfig(flags: Flags, shared: Shared): Promise<ServerConfig | undefined> {
  const identities = await readIdentities(flags, shared);
  if (identities.length === 0) return undefined;
  const { selectAlpn, rejectAlpn, expectAdvertisedAlpn } = flags;
  const advertised = expectAdvertisedAlpn === undefined ? undefined : splitProtocols(expectAdvertisedAlpn);
  return new ServerConfig({
    ...commonOptions(flags, shared),
    identity: ({ alpnProtocols, signatureSchemes }) => {
      checkPeerSchemes(flags, signatureSchemes);
      if (advertised !== undefined && `${advertised}` !== `${alpnProtocols}`) {
        throw new Error(`unexpected protocols: ${alpnProtocols} instead of ${advertised}`);
      }
      if (flags.failCertCallback) throw new Error("told to fail to choose a credential");
      if (flags.failOcspCallback) throw new Error("told to fail at the OCSP response");
      return identities;
    },
    ...(selectAlpn && { alpnProtocols: [selectAlpn] }),
    ...(rejectAlpn && { alpnProtocols: ["none that is spoken"] }),
    ...echKeysOf(flags),
    preferServerOrder: flags.serverPreference || policyOf(flags)?.preferServerOrder === true,
    // Tickets for clients that take them, session IDs for the others, as BoringSSL has it.
    sessions: shared.serverSessions,
    ...(flags.noTicket ? { sendTickets: 0 } : shared.usesEarlyData
      ? speaksTls13(flags) &&
        { maxEarlyDataSize: flags.enableEarlyData ? MAX_EARLY_DATA_BYTES : 0, sendHalfRttData: true }
      : { ticketer: shared.ticketer }),
    ...((flags.verifyPeer || flags.requireAnyClientCertificate) &&
      { clientAuth: clientAuthOf(flags, shared) }),
  });
}

/** Checks the schemes of the peer, as a set: a client's resolver gets them in an order of its own. */
function checkPeerSchemes(
  { expectPeerVerifyPref: expected }: Flags,
  schemes: readonly SignatureSchemeName[],
): void {
  const numbers = new Set(schemes.map((scheme) => SignatureScheme[scheme]));
  if (expected.length === 0 || new Set(expected).symmetricDifference(numbers).size === 0) return;
  throw new Error(`unexpected schemes: ${schemes}`);
}

function clientAuthOf(flags: Flags, shared: Shared): ClientAuthOptions {
  const names = (flags.useClientCaList ?? "").split(",").filter((name) => /^[0-9a-f]+$/.test(name));
  return {
    verifier: verifierOf(flags, shared),
    ...acceptedTypes("certificateTypes", flags),
    optional: !flags.requireAnyClientCertificate,
    rootHintSubjects: names.map((name) => decodeHex(name)),
  };
}

/** A store that tells whether the last ticket allows early data. */
function watchedSessions(shared: Shared): ClientSessionStore {
  const sessions = memorySessions();
  return {
    take: (serverName) => sessions.take(serverName),
    put(serverName, session) {
      shared.ticketAllowsEarlyData = session.maxEarlyDataSize > 0;
      return sessions.put(serverName, session);
    },
  };
}

/** The flags that make up a client's config. */
function settingsOf(flags: Flags): unknown[] {
  const { defaultCredential, credentials, hostName, verifyPrefs, curves, maxSendFragment } = flags;
  return [
    defaultCredential,
    credentials,
    hostName,
    verifyPrefs,
    curves,
    maxSendFragment,
    versionsOf(flags),
    flags.noTicket,
    flags.enableEarlyData,
    flags.acceptedPeerCertTypes,
    flags.availableClientCertTypes,
    flags.installCertCompressionAlgs,
    flags.installOneCertCompressionAlg,
    flags.failCertCallback,
    flags.failOcspCallback,
    flags.expectClientCaList,
    flags.echConfigList,
    flags.enableEchGrease,
    flags.expectEchNameOverride,
    policyOf(flags),
  ];
}

function commonOptions(flags: Flags, shared: Shared): CommonConfigOptions {
  const groups = flags.curves.map((group) => nameOf(NamedGroup, group)).filter((name) => name !== undefined);
  // A config that takes only what is unknown, or what TLS 1.3 forbids, cannot be made; the default takes none of
  // that either.
  const schemes = flags.verifyPrefs.map((scheme) => nameOf(SignatureScheme, scheme))
    .filter((name) => name !== undefined);
  const { preferServerOrder: _, ...policy } = policyOf(flags) ?? {};
  return {
    crypto: denoCrypto(),
    // By default both, as far as the groups allow it.
    ...(versionsOf(flags).length < VERSIONS.length && { versions: versionsOf(flags) }),
    certificateCompression: compressionsOf(flags),
    now: () => new Date(shared.now),
    keyLog: ({ label, secret }) => shared.secrets.set(label, secret),
    ...(groups.length > 0 && { groups }),
    ...(schemes.some((name) => !name.startsWith("rsa_pkcs1")) && { signatureSchemes: schemes }),
    ...policy,
    // The runner counts content only.
    ...(flags.maxSendFragment !== undefined && { maxFragmentSize: flags.maxSendFragment + 5 }),
  };
}

function verifierOf({ failOcspCallback }: Flags, shared: Shared): () => void {
  return () => {
    if (failOcspCallback) {
      throw new CertificateError("invalid_ocsp_response", "Cannot accept the OCSP response: told to fail");
    }
    if (shared.verifyFail) throw new Error("told to fail");
  };
}

/** The identities of all credentials, the default one last. */
async function readIdentities(
  flags: Flags,
  shared: Shared,
): Promise<readonly (Identity | RawPublicKeyIdentity)[]> {
  const credentials = [...flags.credentials.entries(), [-1, flags.defaultCredential] as const];
  const identities = await Promise.all(credentials.map(async ([place, credential]) => {
    const identity = await readIdentity(credential, flags);
    return identity && { ...identity, key: noting(identity.key, () => shared.selectedCredential = place) };
  }));
  return identities.filter((identity) => identity !== undefined);
}

type WithKey = (Identity | RawPublicKeyIdentity) & { readonly key: SigningKey };

async function readIdentity(
  { certFile, keyFile, ocspResponse, signingPrefs, mustMatchIssuer, isRawPublicKey }: Credential,
  flags: Flags,
): Promise<WithKey | undefined> {
  if (keyFile === undefined) return undefined;
  const pkcs8 = parsePrivateKeyPem(await Deno.readTextFile(keyFile));
  const whole = await nodeCrypto().loadPrivateKey(pkcs8);
  const allowed = policyOf(flags)?.signatureSchemes?.map((name) => SignatureScheme[name]) ?? signingPrefs;
  const key = allowed.length === 0 ? whole : { ...whole, schemes: restricted(whole, allowed) };
  if (isRawPublicKey === true) return { rawPublicKey: whole.publicKey ?? new Uint8Array(0), key };
  if (certFile === undefined) return undefined;
  return {
    chain: await Deno.readTextFile(certFile),
    key,
    mustMatchIssuer,
    ...(ocspResponse !== undefined && !flags.declineOcspCallback &&
      { ocspResponse: decodeBase64(ocspResponse) }),
  };
}

/** The option that says what the peer may show; without a flag it is the default. */
function acceptedTypes<Option extends string>(
  option: Option,
  { acceptedPeerCertTypes: numbers }: Flags,
): { readonly [Name in Option]?: readonly CertificateTypeName[] } {
  if (numbers.length === 0) return {};
  return { [option]: typesOf(numbers) } as { [Name in Option]: readonly CertificateTypeName[] }; // It has that one.
}

/** What a client says that it can show: what it has, where no flag says otherwise. */
function availableTypes({ availableClientCertTypes, credentials }: Flags): readonly CertificateTypeName[] {
  if (availableClientCertTypes.length > 0) return typesOf(availableClientCertTypes);
  const types = credentials.map(({ isRawPublicKey }) => isRawPublicKey === true ? "RawPublicKey" : "X509");
  return types.length === 0 ? ["X509"] : [...new Set(types)];
}

function typesOf(numbers: readonly number[]): readonly CertificateTypeName[] {
  return numbers.map((number) => nameOf(CertificateType, number)).filter((name) => name !== undefined);
}

/** The schemes of a key that are among others, in the order of those. */
function restricted(key: SigningKey, prefs: readonly number[]): SigningKey["schemes"] {
  return prefs.map((scheme) => nameOf(SignatureScheme, scheme))
    .filter((name) => name !== undefined)
    .filter((name) => key.schemes.includes(name));
}

/** The key, which tells when it signs. */
function noting({ schemes, publicKey, sign }: SigningKey, note: () => void): SigningKey {
  return {
    schemes,
    ...(publicKey !== undefined && { publicKey }),
    sign(scheme, message) {
      note();
      return sign(scheme, message);
    },
  };
}

/** The runner gives ALPN's list as it is on the wire: each with its length before it. */
export function splitProtocols(list: string): string[] {
  const protocols: string[] = [];
  for (let at = 0; at < list.length;) {
    const end = at + 1 + list.charCodeAt(at);
    protocols.push(list.slice(at + 1, end));
    at = end;
  }
  return protocols;
}

/** The name of a number that is known here. */
function nameOf<T extends Record<string, number>>(table: T, number: number): (keyof T & string) | undefined {
  return Object.keys(table).find((name) => table[name] === number);
}
