/** The readers of certificates and lists, and the search, take time in proportion to what they read. */

import { assert } from "@std/assert";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { DerReader } from "../../../tls/der/der.ts";
import { run } from "../../../io/script.ts";
import { parseCertificate } from "../../../tls/x509/certificate.ts";
import { CertificateError } from "../../../tls/x509/error.ts";
import { MAX_NAME_COMPARISONS, MAX_PATH_STEPS } from "../../../tls/x509/limits.ts";
import { formatName, readName } from "../../../tls/x509/names/distinguished_name.ts";
import {
  checkNameConstraints,
  constrainedNames,
  parseNameConstraints,
} from "../../../tls/x509/names/name_constraints.ts";
import { verifyServerName } from "../../../tls/x509/names/subject_names.ts";
import { PathBudget } from "../../../tls/x509/path_budget.ts";
import { verifyPath } from "../../../tls/x509/path/path.ts";
import { PeerCertificate } from "../../../tls/x509/peer_certificate.ts";
import { readPresented } from "../../../tls/x509/presented_certificate.ts";
import { parseRevocationList } from "../../../tls/x509/revocation/crl.ts";
import { RevocationPolicy } from "../../../tls/x509/revocation/revocation.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { parseTrustAnchor } from "../../../tls/x509/trust_anchor.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { assertLinearCount, assertLinearCpu } from "../../support/cost.ts";
import { distributionPoint, mintCrl } from "../../support/crls.ts";
import { explicit, oid, sequence, set, utf8String } from "../../support/der.ts";
import {
  altNames,
  attribute,
  CA,
  certificateOf,
  dns,
  extension,
  ip,
  nameOf,
  octets,
} from "./certificate_parts.ts";
import { constraints, directory, email, uri } from "./names/constraints_support.ts";

const many = (count: number, of: (index: number) => Uint8Array) =>
  Array.from({ length: count }, (_, index) => of(index));

/** Certificates that grow in one part, of up to 64 KiB. */
const GROWING: readonly {
  readonly name: string;
  readonly make: (size: number) => Uint8Array;
  readonly from: number;
}[] = [
  { name: "DNS names", from: 400, make: (size) => named(many(size, (index) => dns(`${index}.example`))) },
  {
    name: "IP addresses",
    from: 800,
    make: (size) => named(many(size, (index) => ip(10, 0, index >> 8, index & 255))),
  },
  {
    name: "mail addresses",
    from: 300,
    make: (size) => named(many(size, (index) => email(`${index}@a.example`))),
  },
  { name: "one long mail address", from: 7000, make: (size) => named([email(`${"a@".repeat(size / 2)}b`)]) },
  {
    name: "directory names",
    from: 200,
    make: (size) => named(many(size, (index) => directory(nameOf(`${index}`)))),
  },
  { name: "URIs", from: 300, make: (size) => named(many(size, (index) => uri(`spiffe://a/${index}`))) },
  {
    name: "extensions",
    from: 400,
    make: (size) =>
      certificateOf({ extensions: many(size, (index) => extension(`1.2.3.${index}`, new Uint8Array())) }),
  },
  {
    name: "purposes",
    from: 800,
    make: (size) =>
      certificateOf({
        extensions: [extension("2.5.29.37", sequence(...many(size, (index) => oid(`1.2.${index}`))))],
      }),
  },
  {
    name: "long object identifiers",
    from: 40,
    make: (size) =>
      certificateOf({
        extensions: [
          extension("2.5.29.37", sequence(...many(size, () => oid(`1.2${".268435455".repeat(31)}`)))),
        ],
      }),
  },
  {
    name: "parts of a subject",
    from: 400,
    make: (size) => certificateOf({ subject: nameOf(...Array(size).fill("a")) }),
  },
  {
    name: "attributes of one part of a subject",
    from: 400,
    make: (size) =>
      certificateOf({
        subject: sequence(set(...many(size, (index) => attribute("2.5.4.3", utf8String(`${index}`))))),
      }),
  },
  {
    name: "a subject that has to be escaped",
    from: 4000,
    make: (size) => certificateOf({ subject: nameOf("\u0001".repeat(size)) }),
  },
  {
    name: "a subject of spaces",
    from: 7000,
    make: (size) => certificateOf({ subject: nameOf(`${" ".repeat(size)}a`) }),
  },
  {
    name: "name constraints",
    from: 300,
    make: (size) =>
      certificateOf({
        extensions: [
          CA,
          extension("2.5.29.30", constraints(many(size, (index) => dns(`${index}.example`))), true),
        ],
      }),
  },
  {
    name: "a serial number",
    from: 7000,
    make: (size) =>
      certificateOf({ serial: new Uint8Array([2, 0x82, size >> 8, size & 255, ...Array(size).fill(1)]) }),
  },
];

/** A certificate of these names. */
function named(names: readonly Uint8Array[]): Uint8Array {
  return certificateOf({ extensions: [altNames(names)] });
}

for (const { name, make, from } of GROWING) {
  Deno.test(`C-05: reading, checking and showing a certificate is linear in its ${name}`, () => {
    const limits = parseNameConstraints(
      constraints([dns("example"), email("a.example"), directory(sequence())], []),
    );
    assertLinearCpu(make, (der) => {
      parseTrustAnchor(der);
      readPresented(der);
      const certificate = parseCertificate(der);
      formatName(certificate.subject);
      Deno.inspect(new PeerCertificate(der, new Uint8Array(32)));
      attempt(() => verifyServerName(certificate, { kind: "dns", name: "a.test" }));
      checkNameConstraints(constrainedNames(certificate), limits, { comparisons: Infinity });
    }, { from });
  });
}

/** Runs an act that may refuse the certificate. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
  }
}

Deno.test("C-05: nesting costs a reader of DER nothing that it does not enter, and no stack", () => {
  const nested = (depth: number) => {
    let inner: Uint8Array = new Uint8Array();
    for (let level = 0; level < depth; level++) {
      inner = level % 2 === 0 ? sequence(inner) : explicit(0, inner);
    }
    return inner;
  };
  assertLinearCpu(nested, (der) => {
    let reader = new DerReader(der);
    while (reader.left > 0) reader = reader.read(reader.peekTag() ?? 0);
  }, { from: 500 });
  assertLinearCpu((size) => sequence(nested(size)), (der) => readName(der), { from: 500 });
  const deep = certificateOf({ extensions: [extension("2.5.29.31", sequence(nested(15_000)))] });
  assert(parseCertificate(deep).crlDistributionPoints !== undefined);
});

Deno.test("cost: a mail address without a constraint of its kind is not compared", () => {
  const names = [{ kind: "email", value: octets("a".repeat(60_000)) }] as const;
  const limits = parseNameConstraints(constraints([], many(500, (index) => dns(`${index}.example`))));
  assertLinearCount((size) => {
    const budget = { comparisons: MAX_NAME_COMPARISONS };
    for (let path = 0; path < size; path++) checkNameConstraints(names, limits, budget);
    return MAX_NAME_COMPARISONS - budget.comparisons;
  });
});

Deno.test("cost: a revocation list is read, and looked into, in time linear in its entries", async () => {
  const issuer = await mintAuthority();
  const serial = (index: number) => Uint8Array.of(1, index >> 16, index >> 8, index);
  const lists = new Map<number, Uint8Array>();
  for (const size of [500, 1000, 2000, 4000]) {
    const revoked = Array.from({ length: size }, (_, index) => ({ serialNumber: serial(index), reason: 1 }));
    lists.set(size, await mintCrl(issuer, { revoked }));
  }
  assertLinearCpu((size) => lists.get(size) ?? new Uint8Array(), (der) => {
    const list = parseRevocationList(der);
    for (let index = 0; index < list.size; index++) assert(list.find(serial(index)) !== undefined);
  }, { from: 500 });
});

Deno.test("cost: revocation lists are sorted in time linear in their number, of one scope and of many", async () => {
  const issuer = await mintAuthority({ keyType: "ed25519" });
  const crls: { one: Uint8Array; own: Uint8Array }[] = [];
  for (let index = 0; index < 1600; index++) {
    const scope = distributionPoint({ uris: [`http://crl.example/${index}`] });
    crls.push({
      one: await mintCrl(issuer, { number: index }),
      own: await mintCrl(issuer, { number: index, scope }),
    });
  }
  for (const which of ["one", "own"] as const) {
    assertLinearCpu(
      (size) => crls.slice(0, size).map((each) => each[which]),
      (lists) => new RevocationPolicy({ crls: lists }),
      { from: 200 },
    );
  }
});

/** The work of the search for a path of a chain, by what the budget is charged. */
function searchWork(
  chain: readonly Uint8Array[],
  roots: RootCertStore,
): { steps: number; signatures: number } {
  const work = { steps: 0, signatures: 0 };
  const { spendStep, spendSignature } = PathBudget.prototype;
  PathBudget.prototype.spendStep = function () {
    work.steps++;
    spendStep.call(this);
  };
  PathBudget.prototype.spendSignature = function () {
    work.signatures++;
    spendSignature.call(this);
  };
  try {
    const [endEntity, ...others] = chain.map(parseCertificate);
    assert(endEntity !== undefined);
    const options = { provider: nodeCrypto(), roots, purpose: "server_auth", time: new Date() } as const;
    attempt(() => {
      run(verifyPath(endEntity, others, options));
    });
  } finally {
    PathBudget.prototype.spendStep = spendStep;
    PathBudget.prototype.spendSignature = spendSignature;
  }
  return work;
}

Deno.test("C-01: strangers of one name cost looks in proportion to their pairs, and no signature check", async () => {
  const commonName = "one name";
  const strangers = await Promise.all(
    Array.from({ length: 63 }, () => mintAuthority({ commonName, keyType: "ed25519" })),
  );
  const [first] = strangers;
  assert(first !== undefined);
  const leaf = (await mintCertificate(first, { names: ["example.com"] })).certDer;
  const roots = RootCertStore.fromDer([(await mintAuthority()).certDer]);
  const ders = strangers.map(({ certDer }) => certDer);
  // Not their permutations: the exponent is that of pairs at most.
  assertLinearCount((size) => searchWork([leaf, ...ders.slice(0, size)], roots).steps, {
    from: 7,
    maxExponent: 2,
  });
  const { steps, signatures } = searchWork([leaf, ...ders], roots);
  assert(steps < MAX_PATH_STEPS / 20, `${steps} looks`);
  assert(signatures === 0, `${signatures} signature checks`);
});

Deno.test("C-02: strangers of a root's name cost a signature check each", async () => {
  const commonName = "one name";
  const root = await mintAuthority({ commonName, keyType: "ed25519" });
  const strangers = await Promise.all(
    Array.from({ length: 63 }, () => mintAuthority({ commonName, keyType: "ed25519" })),
  );
  const [first] = strangers;
  assert(first !== undefined);
  const leaf = (await mintCertificate(first, { names: ["example.com"] })).certDer;
  const ders = strangers.map(({ certDer }) => certDer);
  const roots = RootCertStore.fromDer([root.certDer]);
  assertLinearCount((size) => searchWork([leaf, ...ders.slice(0, size)], roots).signatures, { from: 7 });
  const { steps, signatures } = searchWork([leaf, ...ders], roots);
  assert(signatures === 64, `${signatures} signature checks`);
  assert(steps < MAX_PATH_STEPS / 4, `${steps} looks`);
});
