/**
 * The questions of a scan, one after the other, so that a server sees one connection at a time.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import type {
  CipherSuiteName,
  ClientSession,
  ClientTlsStream,
  EnabledVersionName,
  NamedGroupName,
  PeerCertificate,
  TlsConnector,
} from "../../tls/mod.ts";
import { OLD_VERSIONS, type OldVersion, speaks } from "./old_versions.ts";
import type { Prober } from "./prober.ts";
import type { ScannedCertificate, ScannedVersion, ScanReport, Trust } from "./report.ts";

/**
 * Scans a server.
 *
 * @param prober Asks it.
 * @param trusting A connector with the roots by which the chain is judged.
 * @param now The time of the scan.
 * @returns What was found.
 * @throws {Error} The error of the first connection, of that which the chain is judged by, or of one too many without an
 * answer.
 */
export async function scanHost(prober: Prober, trusting: TlsConnector, now: Date): Promise<ScanReport> {
  const ordinary = await prober.ask({ alpnProtocols: ALPN_PROTOCOLS });
  if (ordinary.kind !== "accepted") throw ordinary.error;
  const { facts } = ordinary;
  const { protocolVersion, cipherSuite, keyExchangeGroup, peerSignatureScheme, peerCertificates } = facts;
  const versions = await versionsOf(prober);
  const [newest = "TLSv1.3"] = VERSIONS.filter((version) => versions[version] !== undefined);
  const report = {
    host: prober.target.hostname,
    port: prober.target.port,
    chosen: {
      protocolVersion,
      cipherSuite,
      keyExchangeGroup,
      ...(peerSignatureScheme !== undefined && { signatureScheme: peerSignatureScheme }),
    },
    trust: await trustOf(prober, trusting),
    certificates: await Promise.all(peerCertificates.map((each) => certificateOf(each, now))),
    withoutName: await withoutName(prober, peerCertificates[0]),
    versions,
    oldVersions: await oldVersionsOf(prober),
    groups: await accepted(prober, GROUPS, (group) => ({ groups: [group], versions: [newest] })),
    alpn: await alpnOf(prober),
    resumption: await resumptionOf(prober),
    ocspStapled: facts.ocspResponse !== undefined,
    ...(versions["TLSv1.2"] !== undefined && { extendedMainSecret: await hasExtendedMainSecret(prober) }),
  };
  return prober.unanswered === 0 ? report : { ...report, unanswered: prober.unanswered };
}

type Options = Parameters<Prober["ask"]>[0];

/** Those of the values whose question is accepted. */
async function accepted<Value>(
  prober: Prober,
  values: readonly Value[],
  optionsFor: (value: Value) => Options,
): Promise<Value[]> {
  const found: Value[] = [];
  for (const value of values) {
    if ((await prober.ask(optionsFor(value))).kind === "accepted") found.push(value);
  }
  return found;
}

async function versionsOf(prober: Prober): Promise<ScanReport["versions"]> {
  const versions: Partial<Record<EnabledVersionName, ScannedVersion>> = {};
  for (const version of VERSIONS) {
    const only = { versions: [version] };
    const cipherSuites = await accepted(
      prober,
      SUITES[version],
      (suite) => ({ ...only, cipherSuites: [suite] }),
    );
    if (cipherSuites.length === 0) continue;
    const order = cipherSuites.length < 2 ? undefined : await orderOf(prober, version, cipherSuites);
    versions[version] = { cipherSuites, ...(order !== undefined && { order }) };
  }
  return versions;
}

/** Offers the suites forwards and backwards: a server that chooses the same one both times has an order of its own. */
async function orderOf(
  prober: Prober,
  version: EnabledVersionName,
  suites: readonly CipherSuiteName[],
): Promise<"client" | "server" | undefined> {
  const there = await prober.ask({ versions: [version], cipherSuites: suites });
  const back = await prober.ask({ versions: [version], cipherSuites: suites.toReversed() });
  if (there.kind !== "accepted" || back.kind !== "accepted") return undefined;
  return there.facts.cipherSuite === back.facts.cipherSuite ? "server" : "client";
}

async function oldVersionsOf(prober: Prober): Promise<Record<OldVersion, boolean | null>> {
  const found = { "TLSv1.1": null, "TLSv1.0": null, "SSLv3": null } as Record<OldVersion, boolean | null>; // each is set below
  for (const version of Object.keys(OLD_VERSIONS) as OldVersion[]) { // its keys are its type's
    found[version] = await speaks(prober, version) ?? null;
  }
  return found;
}

async function alpnOf(prober: Prober): Promise<string[]> {
  const found: string[] = [];
  for (const protocol of ALPN_PROTOCOLS) {
    const outcome = await prober.ask({ alpnProtocols: [protocol] });
    if (outcome.kind === "accepted" && outcome.facts.alpnProtocol === protocol) found.push(protocol);
  }
  return found;
}

async function withoutName(
  prober: Prober,
  named: PeerCertificate | undefined,
): Promise<"same" | "other" | "refused"> {
  const outcome = await prober.ask({ enableSni: false });
  if (outcome.kind !== "accepted") return "refused";
  return outcome.facts.peerCertificates[0]?.fingerprint === named?.fingerprint ? "same" : "other";
}

async function hasExtendedMainSecret(prober: Prober): Promise<boolean> {
  return (await prober.ask({ versions: ["TLSv1.2"], requireExtendedMainSecret: true })).kind === "accepted";
}

async function trustOf(prober: Prober, trusting: TlsConnector): Promise<Trust> {
  const outcome = await prober.askBy(trusting);
  if (outcome.kind === "accepted") return { trusted: true };
  const { kind, error } = outcome;
  if (kind === "failed") throw error; // nothing is known of the chain
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return { trusted: false, code, message: error.message };
}

/** Waits a while for a session, and offers it on another connection. */
async function resumptionOf(prober: Prober): Promise<ScanReport["resumption"]> {
  const { TlsConnector } = await import("../../tls/mod.ts");
  let stored: ClientSession | undefined;
  let maxEarlyDataSize = 0;
  const came = Promise.withResolvers<void>();
  const connector = new TlsConnector({
    verifier: () => {},
    sessions: {
      take: () => stored,
      put(_name, session) {
        stored ??= session;
        maxEarlyDataSize = Math.max(maxEarlyDataSize, session.maxEarlyDataSize);
        came.resolve();
      },
    },
  });
  await prober.askBy(connector, (stream) => readUntil(came.promise, stream));
  if (stored === undefined) return { offered: false, maxEarlyDataSize };
  const again = await prober.askBy(connector);
  return { offered: true, accepted: again.kind === "accepted" && again.facts.resumed, maxEarlyDataSize };
}

/** Tickets of TLS 1.3 come behind the handshake, and are taken by a read. */
async function readUntil(came: Promise<void>, stream: ClientTlsStream): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, TICKET_WAIT_MS));
  const reading = stream.read(new Uint8Array(1)).then(() => {}, () => {}); // the server may speak first, or leave
  await Promise.race([came, late, reading]);
  clearTimeout(timer);
}

async function certificateOf(certificate: PeerCertificate, now: Date): Promise<ScannedCertificate> {
  const { fingerprint } = certificate;
  try {
    const { subject, issuer, notBefore, notAfter, keyType, keySize, signatureAlgorithm, publicKey } =
      certificate;
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey.slice()));
    return {
      subject,
      issuer,
      names: [...certificate.dnsNames, ...certificate.ipAddresses],
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
      daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / MS_PER_DAY),
      keyType,
      ...(keySize !== undefined && { keySize }),
      signatureAlgorithm,
      pin: `sha256//${encodeBase64(hash)}`,
      fingerprint,
    };
  } catch {
    return { fingerprint }; // it cannot be read, which the verdict says as well
  }
}

const MS_PER_DAY = 86_400_000;
/** The time for a ticket to come: a round trip behind the handshake, and what a busy server takes. */
const TICKET_WAIT_MS = 1_000;
const ALPN_PROTOCOLS: readonly string[] = ["h2", "http/1.1"];
const VERSIONS: readonly EnabledVersionName[] = ["TLSv1.3", "TLSv1.2"];
const GROUPS: readonly NamedGroupName[] = ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1", "secp521r1"];
const SUITES: Readonly<Record<EnabledVersionName, readonly CipherSuiteName[]>> = {
  "TLSv1.3": ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"],
  "TLSv1.2": [
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  ],
};
