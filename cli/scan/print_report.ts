/**
 * A report as lines of text.
 *
 * @module
 */

import { printable } from "../text.ts";
import type { ScannedCertificate, ScannedVersion, ScanReport } from "./report.ts";

/** The lines of a report: the server, and under it what was found, each with its name in front. */
export function reportLines(report: ScanReport, expiresWithin: number): string[] {
  const { host, port, chosen, trust, certificates, oldVersions, groups, alpn, resumption } = report;
  const { protocolVersion, cipherSuite, keyExchangeGroup, signatureScheme } = chosen;
  const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const signed = signatureScheme === undefined ? "" : `, signed with ${signatureScheme}`;
  return [
    printable(authority),
    line("chosen", `${protocolVersion}, ${cipherSuite}, ${keyExchangeGroup}${signed}`),
    line("trust", trust.trusted ? "trusted" : `not trusted: ${printable(trust.message)} (${trust.code})`),
    ...certificates.flatMap((each, i) => certificateLines(each, i + 1, certificates.length, expiresWithin)),
    line("no name", WITHOUT_NAME[report.withoutName]),
    ...Object.entries(report.versions).map(([version, found]) => line(version, versionText(found))),
    ...Object.entries(oldVersions).map(([version, speaks]) => line(version, oldText(speaks))),
    line("groups", listed(groups)),
    line("ALPN", listed(alpn)),
    line("resumption", resumptionText(resumption)),
    line(
      "early data",
      resumption.maxEarlyDataSize === 0 ? "no" : `up to ${resumption.maxEarlyDataSize} bytes`,
    ),
    ...(report.unanswered === undefined ? [] : [
      line("unanswered", `${report.unanswered} questions: more than what is listed may be accepted`),
    ]),
    line("OCSP", report.ocspStapled ? "stapled" : "not stapled"),
    ...(report.extendedMainSecret === undefined ? [] : [
      line("TLSv1.2 EMS", report.extendedMainSecret ? "yes" : "no: connections can be confused (RFC 7627)"),
    ]),
  ];
}

function certificateLines(
  certificate: ScannedCertificate,
  place: number,
  count: number,
  expiresWithin: number,
): string[] {
  const { subject, issuer, names = [], notBefore, notAfter, daysLeft = Infinity, keyType } = certificate;
  const head = `${place} of ${count}`;
  if (notBefore === undefined || notAfter === undefined) {
    return [line(head, "cannot be read"), line("", `SHA-256 ${certificate.fingerprint}`)];
  }
  const left = daysLeft < 0 ? "EXPIRED" : `${daysLeft} days left${daysLeft < expiresWithin ? ": RENEW" : ""}`;
  const size = certificate.keySize === undefined ? "" : `, ${certificate.keySize} bits`;
  return [
    line(head, subject === "" || subject === undefined ? "no subject" : printable(subject)),
    line("", `issuer ${printable(issuer ?? "")}`),
    ...(names.length === 0 ? [] : [line("", `names ${namesText(names)}`)]),
    line("", `valid ${notBefore.slice(0, 10)} to ${notAfter.slice(0, 10)}, ${left}`),
    line(
      "",
      `key ${printable(keyType ?? "")}${size}; signed with ${
        printable(certificate.signatureAlgorithm ?? "")
      }`,
    ),
    line("", `pin ${certificate.pin}`),
    line("", `SHA-256 ${certificate.fingerprint}`),
  ];
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(NAME_WIDTH)}${text}`;
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, MAX_SHOWN_NAMES).map(printable).join(", ");
  return names.length > MAX_SHOWN_NAMES ? `${shown} and ${names.length - MAX_SHOWN_NAMES} more` : shown;
}

function versionText({ cipherSuites, order }: ScannedVersion): string {
  const by = order === undefined ? "" : `, in the ${order}'s order`;
  return `yes: ${cipherSuites.join(", ")}${by}`;
}

function oldText(speaks: boolean | null): string {
  return speaks === null ? "no answer" : speaks ? "YES, which is not safe (RFC 8996)" : "no";
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none of those that were offered" : names.join(", ");
}

function resumptionText({ offered, accepted }: ScanReport["resumption"]): string {
  if (!offered) return "no session was given";
  return accepted ? "yes" : "a session was given, and not taken back";
}

const WITHOUT_NAME: Readonly<Record<ScanReport["withoutName"], string>> = {
  same: "the same certificate",
  other: "another certificate",
  refused: "refused",
};

const NAME_WIDTH = 13;
/** Names of a certificate that are shown: they fill a screen otherwise. */
const MAX_SHOWN_NAMES = 20;
