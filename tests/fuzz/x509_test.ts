/**
 * Fuzzes the reading of certificates with ones that are nearly right.
 *
 * For every input: it is read or refused with a `CertificateError`, and no other error is thrown, neither by reading nor
 * by a check of a certificate that was read; its fields, put together again, are the input; no name is formatted with
 * an invisible character; a certificate that is accepted for a server has that server's name among its names, and none
 * that a constraint excludes passes it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import { encodeHex } from "@std/encoding/hex";
import { parseCertificate } from "../../tls/x509/certificate.ts";
import { parseTrustAnchor } from "../../tls/x509/trust_anchor.ts";
import { formatName } from "../../tls/x509/names/distinguished_name.ts";
import { CertificateError } from "../../tls/x509/error.ts";
import {
  checkNameConstraints,
  constrainedNames,
  parseNameConstraints,
} from "../../tls/x509/names/name_constraints.ts";
import { PeerCertificate } from "../../tls/x509/peer_certificate.ts";
import { parseServerName } from "../../tls/names/server_name.ts";
import { signatureAlgorithmFor } from "../../tls/x509/signature_algorithm.ts";
import { verifyServerName } from "../../tls/x509/names/subject_names.ts";
import type { Certificate } from "../../tls/x509/types.ts";
import { Random } from "../http2/hpack/octets.ts";
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  oid,
  sequence,
  set,
  value,
} from "../support/der.ts";
import {
  altNames,
  attribute,
  CA,
  certificateOf,
  dns,
  EC_KEY,
  ECDSA_SHA256,
  extension,
  generalizedTime,
  ip,
  nameOf,
  octets,
  type Parts,
  RSA_SHA256,
  utcTime,
} from "../tls/x509/certificate_parts.ts";
import { inputs, seed } from "./support/amount.ts";

/** Certificates to try. */
const CERTIFICATES = inputs(15_000);

/** What is fuzzed. */
interface Subject {
  parse(der: Uint8Array): Certificate;
  verify(certificate: Certificate, asked: string): void;
  format(name: Uint8Array): string;
}

const sound: Subject = {
  parse: parseCertificate,
  verify: (certificate, asked) => verifyServerName(certificate, parseServerName(asked)),
  format: formatName,
};

Deno.test("fuzz: certificates are read or refused with a CertificateError, and mean what they say", () => {
  const counts = { read: 0, refused: 0, valid: 0 };
  assertEquals(findFault(sound, counts), undefined);
  // Were nearly all refused, or none, the generator would not get far into the reader.
  assert(counts.read > CERTIFICATES / 5 && counts.refused > CERTIFICATES / 5, JSON.stringify(counts));
  assert(counts.valid > CERTIFICATES / 50, JSON.stringify(counts));
});

const PLANTED: { readonly name: string; readonly subject: Subject; readonly found: string }[] = [
  {
    name: "reads a field that is not there",
    found: "throws RangeError",
    subject: {
      ...sound,
      parse: (der) => {
        // The offset of the serial number's content, in certificates of the usual size.
        if (der.length > 15) {
          new DataView(der.buffer, der.byteOffset, der.length).getUint8(14 + (der[14] ?? 0));
        }
        return parseCertificate(der);
      },
    },
  },
  {
    name: "lets pass what follows a certificate",
    found: "does not come out as it came",
    subject: { ...sound, parse: (der) => parseCertificate(withoutTail(der)) },
  },
  {
    name: "takes a wildcard for any number of labels",
    found: "is taken for",
    subject: {
      ...sound,
      verify: (certificate, asked) => {
        const under = (certificate.subjectAltNames ?? []).some((name) =>
          name.kind === "dns" && name.name.startsWith("*.") && asked.endsWith(name.name.slice(1))
        );
        if (!under) sound.verify(certificate, asked);
      },
    },
  },
  {
    name: "shows names as they are",
    found: "is shown as",
    subject: { ...sound, format: (name) => new TextDecoder().decode(name) },
  },
];

for (const { name, subject, found } of PLANTED) {
  Deno.test(`fuzz: a planted reader of certificates that ${name} is found`, () => {
    assertStringIncludes(findFault(subject) ?? "nothing", found);
  });
}

/** A certificate that is followed by something, without it. */
function withoutTail(der: Uint8Array): Uint8Array {
  if (der[0] !== 0x30 || der[1] !== 0x82) return der;
  return der.subarray(0, 4 + ((der[2] ?? 0) << 8 | (der[3] ?? 0)));
}

const ASKED = ["a.test", "b.a.test", "c.b.a.test", "example.com", "192.0.2.1", "::1"];

/** The first thing that does not hold for `subject`, or `undefined`. */
function findFault(subject: Subject, counts = { read: 0, refused: 0, valid: 0 }): string | undefined {
  const random = new Random(seed(0x509));
  for (let index = 0; index < CERTIFICATES; index++) {
    const der = randomCertificate(random);
    const asked = random.pick(ASKED);
    const fault = (what: string) => `${encodeHex(der)} ${what}`;
    try {
      const certificate = subject.parse(der);
      counts.read++;
      if (!equals(putTogether(certificate), der)) return fault("does not come out as it came");
      for (const name of [certificate.subject, certificate.issuer]) {
        const text = subject.format(name);
        if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return fault(`is shown as ${JSON.stringify(text)}`);
      }
      if (attempt(() => subject.verify(certificate, asked))) {
        if (!hasName(certificate, asked)) return fault(`is taken for ${asked}`);
        if (passesExclusion(certificate, asked)) {
          return fault(`is taken for ${asked}, and passes its exclusion`);
        }
        counts.valid++;
      }
      attempt(() => checkNameConstraints(constrainedNames(certificate), CONSTRAINTS, { comparisons: 1_000 }));
      attempt(() => signatureAlgorithmFor(certificate.signatureAlgorithm, certificate.publicKey));
      const { nameConstraints = CONSTRAINTS } = certificate;
      attempt(() =>
        checkNameConstraints(constrainedNames(certificate), nameConstraints, { comparisons: 1_000 })
      );
      describe(new PeerCertificate(der, new Uint8Array(32)));
    } catch (error) {
      if (!(error instanceof CertificateError)) return fault(`throws ${error}`);
      counts.refused++;
    }
    try {
      attempt(() => parseTrustAnchor(der));
    } catch (error) {
      return fault(`throws ${error} as a root`);
    }
  }
  return undefined;
}

/** Whether `act` throws nothing; a refusal is as good. */
function attempt(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof CertificateError) return false;
    throw error;
  }
}

/** The certificate again, from the parts that make it up. */
function putTogether({ tbs, signatureAlgorithm, signature }: Certificate): Uint8Array {
  return sequence(tbs, signatureAlgorithm, bitString(signature));
}

/** Asks for every field. */
function describe(certificate: PeerCertificate): unknown {
  const { subject, issuer, serialNumber, notBefore, notAfter, dnsNames, ipAddresses, publicKey, pem } =
    certificate;
  return [subject, issuer, serialNumber, notBefore, notAfter, dnsNames, ipAddresses, publicKey, pem];
}

/** The same question as verifyServerName's, asked in regular expressions. */
function hasName(certificate: Certificate, asked: string): boolean {
  return (certificate.subjectAltNames ?? []).some((name) => {
    if (name.kind === "ip") return parseAddress(asked) === encodeHex(name.address);
    if (name.kind !== "dns") return false;
    if (!/^(?:\*\.)?[a-z0-9_.-]+$/i.test(name.name)) return false;
    const pattern = name.name.toLowerCase().replaceAll(".", "\\.").replace(/^\*/, "[a-z0-9_-]+");
    return new RegExp(`^${pattern}$`).test(asked);
  });
}

function parseAddress(asked: string): string | undefined {
  return new Map([["192.0.2.1", "c0000201"], ["::1", "0".repeat(31) + "1"]]).get(asked);
}

/** Whether a certificate that is for a server passes constraints that exclude that very server. */
function passesExclusion(certificate: Certificate, asked: string): boolean {
  const name = parseServerName(asked);
  const excluded = name.kind === "dns" ? { kind: "dns", name: name.name } as const : {
    kind: "ip",
    address: concat([name.address, new Uint8Array(name.address.length).fill(0xff)]),
  } as const;
  return attempt(() =>
    checkNameConstraints(constrainedNames(certificate), { permitted: [], excluded: [excluded] }, {
      comparisons: 1_000,
    })
  );
}

const CONSTRAINTS = parseNameConstraints(sequence(
  value(
    0xa0,
    ...[dns("test"), explicit(4, nameOf("a")), implicit(1, octets("a.test"))].map((name) => sequence(name)),
  ),
  value(0xa1, ...[dns("b.a.test"), ip(192, 0, 2, 0, 255, 255, 255, 0)].map((name) => sequence(name))),
));

/** A certificate of random parts, most of which are right, often with something wrong in its bytes. */
function randomCertificate(random: Random): Uint8Array {
  const parts: Parts = {
    version: random.below(30) === 0 ? random.below(4) : 2,
    serial: random.below(20) === 0 ? integer(random.below(2)) : integer(1 + random.below(1_000_000)),
    inner: random.pick([ECDSA_SHA256, RSA_SHA256]),
    issuer: randomName(random),
    subject: randomName(random),
    validity: [randomTime(random, "20"), randomTime(random, "30")],
    key: EC_KEY,
    extensions: random.below(15) === 0
      ? null
      : Array.from({ length: random.below(4) + 1 }, () => randomExtension(random)),
    ...random.below(40) === 0 ? { outside: new Uint8Array(random.below(3)) } : {},
  };
  const der = certificateOf(parts);
  return random.below(3) === 0 ? mutate(der, random) : der;
}

function randomName(random: Random): Uint8Array {
  const attributes = Array.from(
    { length: random.below(12) === 0 ? 0 : 1 + random.below(3) },
    () =>
      set(attribute(
        random.pick(["2.5.4.3", "2.5.4.10", "1.2.840.113549.1.9.1", "1.2.3"]),
        value(random.pick([0x0c, 0x0c, 0x13, 0x14, 0x16, 0x1e, 0x1c, 0x04]), randomText(random)),
      )),
  );
  return sequence(...attributes);
}

function randomText(random: Random): Uint8Array {
  return octets(
    random.pick(["a", "b.a.test", "a@a.test", random.text(8), random.text(8, 0x80), "\xe2\x80\xae"]),
  );
}

function randomTime(random: Random, year: string): Uint8Array {
  const text = `${year}0${1 + random.below(9)}1${random.below(10)}0${random.below(10)}0000`;
  switch (random.below(20)) {
    case 0:
      return utcTime(random.text(14, 0x80));
    case 1:
      return generalizedTime(`20${text}Z`);
    default:
      return utcTime(`${text}Z`);
  }
}

function randomExtension(random: Random): Uint8Array {
  const critical = random.below(4) === 0;
  switch (random.below(10)) {
    case 0:
      return random.pick([
        CA,
        extension("2.5.29.19", sequence(boolean(true), integer(random.below(300))), critical),
      ]);
    case 1:
      return extension("2.5.29.15", bitString(Uint8Array.of(random.below(256)), random.below(3)), critical);
    case 2:
      return extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"), oid("2.5.29.37.0")), critical);
    case 3:
      return extension("2.5.29.30", sequence(value(0xa0, sequence(randomGeneralName(random)))), critical);
    case 4:
      return extension(`1.2.${random.below(500)}`, randomText(random), critical);
    case 5:
      return extension("2.5.29.35", sequence(implicit(0, randomText(random))), critical);
    default:
      return altNames(Array.from({ length: 1 + random.below(4) }, () => randomGeneralName(random)), critical);
  }
}

function randomGeneralName(random: Random): Uint8Array {
  const label = () => random.pick(["a", "b", "*", "xn--a", "A", "", "a_", random.text(3, 0x80)]);
  switch (random.below(12)) {
    case 0:
      return ip(
        ...random.pick([[192, 0, 2, 1], [192, 0, 2, 1, 255, 255, 255, 0], [...Array(15).fill(0), 1]]),
      );
    case 1:
      return explicit(4, randomName(random));
    case 2:
      return implicit(random.pick([1, 6, 8, 0, 9]), randomText(random));
    case 3:
      return dns(`${label()}.${label()}.test`);
    default:
      return dns(
        random.pick(["a.test", "*.a.test", "b.a.test", "*.b.a.test", "example.com", "*.test", "B.A.TEST"]),
      );
  }
}

/** Flips, cuts out, puts in, cuts off, repeats. */
function mutate(der: Uint8Array, random: Random): Uint8Array {
  const at = random.below(der.length);
  const changed = der.slice();
  switch (random.below(6)) {
    case 0:
      return der.subarray(0, at);
    case 1:
      return concat([der.subarray(0, at), der.subarray(at + 1 + random.below(3))]);
    case 2:
      return concat([
        der.subarray(0, at),
        Uint8Array.of(random.pick([0, 0x30, 0x80, 0xff])),
        der.subarray(at),
      ]);
    case 3:
      return concat([der.subarray(0, at), der.subarray(at, at + 8), der.subarray(at)]);
    case 4:
      changed[at] = random.below(256);
      return changed;
    default:
      changed[at] = (changed[at] ?? 0) ^ 1 << random.below(8);
      return changed;
  }
}
