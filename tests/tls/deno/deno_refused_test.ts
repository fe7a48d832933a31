/** Certificates that are refused, against servers that really show them. */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { DenoTls, type DenoTlsOptions, TlsError } from "../../../tls/mod.ts";
import {
  type CertificateOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
  mintSelfSigned,
} from "../../support/certificates.ts";
import { drain, serveConnections } from "../../support/listening.ts";
import { installed, startOpenssl } from "../../support/peers.ts";

const HOUR = 3_600_000;
const at = (hours: number): Date => new Date(Math.floor(Date.now() / 1000 + hours * 3600) * 1000);
const iso = (date: Date): string => date.toISOString().replace(".000", "");

const authority = await mintAuthority();
const stranger = await mintAuthority();
const localhost = (options: CertificateOptions = {}, issuer: Minted = authority): Promise<Minted> =>
  mintCertificate(issuer, { names: ["localhost"], ...options });

/** Name constraints that permit the DNS name other.test. */
const ONLY_OTHER_TEST = {
  oid: "2.5.29.30",
  critical: true,
  value: new Uint8Array([
    ...[0x30, 0x10, 0xa0, 0x0e, 0x30, 0x0c, 0x82, 0x0a],
    ...new TextEncoder().encode("other.test"),
  ]),
};

const TIMES = { past: at(-1), future: at(2) };
const ownAuthority = await mintAuthority({ names: ["localhost"] });

interface Row {
  readonly name: string;
  readonly certificate: () => Promise<Minted>;
  readonly options?: DenoTlsOptions;
  readonly hostname?: string;
  readonly code: string;
  readonly reason: string;
}

const ROWS: readonly Row[] = [
  {
    name: "that has expired",
    certificate: () => localhost({ notBefore: at(-2), notAfter: TIMES.past }),
    code: "certificate_expired",
    reason: `a certificate of its chain has expired, on ${iso(TIMES.past)}`,
  },
  {
    name: "whose authority in between has expired",
    certificate: () =>
      mintAuthority({ issuer: authority, notBefore: at(-2), notAfter: TIMES.past })
        .then((between) => localhost({}, between)),
    code: "certificate_expired",
    reason: `a certificate of its chain has expired, on ${iso(TIMES.past)}`,
  },
  {
    name: "that is not valid yet",
    certificate: () => localhost({ notBefore: TIMES.future, notAfter: at(3) }),
    code: "certificate_not_yet_valid",
    reason: `a certificate of its chain is not valid yet, but only from ${iso(TIMES.future)} on`,
  },
  {
    name: "for other names",
    certificate: () => mintCertificate(authority, { names: ["a.test", "b.test"], ips: ["192.0.2.1"] }),
    code: "certificate_wrong_name",
    reason: 'its certificate is for "a.test", "b.test", "192.0.2.1", not for "localhost"',
  },
  {
    name: "for 300 other names, of which a few are told",
    certificate: () =>
      mintCertificate(authority, { names: Array.from({ length: 300 }, (_, i) => `${i}.test`) }),
    code: "certificate_wrong_name",
    reason: 'its certificate is for "0.test", "1.test", "2.test", "3.test", "4.test", "5.test", "6.test", ' +
      '"7.test" and more, not for "localhost"',
  },
  {
    name: "for another IP address",
    certificate: () => mintCertificate(authority, { names: ["localhost"], ips: ["192.0.2.1"] }),
    hostname: "127.0.0.1",
    code: "certificate_wrong_name",
    reason: 'its certificate is for "localhost", "192.0.2.1", not for "127.0.0.1"',
  },
  {
    name: "that has its name in the common name alone",
    certificate: () => mintCertificate(authority, { commonName: "localhost" }),
    code: "certificate_wrong_name",
    reason:
      "its certificate has no name of a server in a subjectAltName extension, and a common name does not count",
  },
  {
    name: "that has the IP address as a DNS name",
    certificate: () => mintCertificate(authority, { names: ["db.internal", "127.0.0.1"] }),
    hostname: "127.0.0.1",
    code: "certificate_wrong_name",
    reason: 'its certificate has "127.0.0.1" as a DNS name, which does not count for an IP address',
  },
  {
    name: "of an unknown authority",
    certificate: () => localhost({}, stranger),
    code: "certificate_unknown_issuer",
    reason: "no trusted authority signed its certificate",
  },
  {
    name: "of an unknown authority, whatever its name (dangerAcceptInvalidHostnames is about names alone)",
    certificate: () => localhost({}, stranger),
    options: { dangerAcceptInvalidHostnames: true },
    code: "certificate_unknown_issuer",
    reason: "no trusted authority signed its certificate",
  },
  {
    name: "that signed itself",
    certificate: () => mintSelfSigned({ names: ["localhost"] }),
    code: "certificate_unknown_issuer",
    reason: "no trusted authority signed its certificate",
  },
  {
    name: "that is a trusted authority's own",
    certificate: () => Promise.resolve(ownAuthority),
    options: { caCerts: ownAuthority.certPem },
    code: "certificate_invalid",
    reason: "its certificate is an authority's, which must not be a server's",
  },
  {
    name: "that was signed by one that is no authority's",
    certificate: () => localhost().then((leaf) => localhost({}, leaf)),
    code: "certificate_invalid",
    reason: "a certificate of its chain was signed by one that is not an authority's",
  },
  {
    name: "whose signature does not verify",
    certificate: () => localhost({ corruptSignature: true }),
    code: "certificate_invalid",
    reason: "a signature does not verify",
  },
  {
    name: "of an authority that has a trusted one's name but another key",
    certificate: () => mintAuthority({ commonName: "twin" }).then((twin) => localhost({}, twin)),
    options: { caCerts: (await mintAuthority({ commonName: "twin" })).certPem },
    code: "certificate_invalid",
    reason: "a signature does not verify",
  },
  {
    name: "of an authority that has a trusted one's name but another kind of key",
    certificate: () =>
      mintAuthority({ commonName: "twin", keyType: "ed25519" }).then((twin) => localhost({}, twin)),
    options: { caCerts: (await mintAuthority({ commonName: "twin" })).certPem },
    code: "certificate_invalid",
    reason: "a certificate of its chain is signed with an algorithm that is not for its issuer's key",
  },
  {
    name: "that is for clients only",
    certificate: () => localhost({ eku: ["clientAuth"] }),
    code: "certificate_invalid",
    reason: "a certificate of its chain is not for servers",
  },
  {
    name: "whose authority in between is for clients only",
    certificate: () =>
      mintAuthority({ issuer: authority, eku: ["clientAuth"] }).then((between) => localhost({}, between)),
    code: "certificate_invalid",
    reason: "a certificate of its chain is not for servers",
  },
  {
    name: "whose authority in between may sign no other authority, and has",
    certificate: () =>
      mintAuthority({ issuer: authority, pathLength: 0 })
        .then((upper) => mintAuthority({ issuer: upper }))
        .then((lower) => localhost({}, lower)),
    code: "certificate_invalid",
    reason: "an authority of its chain has signed another authority, which it may not",
  },
  {
    name: "whose authority in between is for the names of another domain",
    certificate: () =>
      mintAuthority({ issuer: authority, extensions: [ONLY_OTHER_TEST] })
        .then((between) => localhost({}, between)),
    code: "certificate_invalid",
    reason: "an authority of its chain may not sign certificates for these names",
  },
];

for (const { name, certificate, options, hostname = "localhost", code, reason } of ROWS) {
  Deno.test(`a certificate ${name} is ${code}`, async () => {
    const { chainPem: cert, keyPem: key } = await certificate();
    await using server = serveConnections(
      Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }),
      drain,
    );
    const tls = new DenoTls({ caCerts: authority.certPem, ...options });
    const target = { hostname: "127.0.0.1", port: server.port, serverName: hostname };

    const error = await assertRejects(() => tls.dial(target), TlsError);
    assertEquals(error.message, `Cannot shake hands with "${hostname}": ${reason}`);
    assertEquals(error.code, code);
    assertInstanceOf(error.cause, Deno.errors.InvalidData);

    const tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const again = await assertRejects(() => tls.connect(hostname, tcp), TlsError);
    assertEquals(again.message, error.message);
  });
}

/** What Deno's own listener refuses to show, OpenSSL shows. */
Deno.test({
  name: "a certificate with a critical extension that is not known is certificate_invalid (openssl)",
  ignore: !installed("openssl"),
  async fn() {
    const extension = { oid: "1.2.3.4", critical: true, value: Uint8Array.of(0x05, 0x00) };
    const certificate = await localhost({ extensions: [extension] });
    await using server = await startOpenssl({ certificate });
    const tls = new DenoTls({ caCerts: authority.certPem });
    const error = await assertRejects(() => tls.dial({ hostname: "localhost", port: server.port }), TlsError);
    assertEquals(error.code, "certificate_invalid");
    assertEquals(
      error.message,
      'Cannot shake hands with "localhost": a certificate of its chain has a critical extension that Deno does not know',
    );
  },
});

Deno.test("minting refuses what would outlive the day, so that these tests cannot rot", async () => {
  await assertRejects(() => localhost({ notAfter: new Date(Date.now() + 25 * HOUR) }), RangeError);
});

Deno.test("caCerts whose content is no certificate are refused when they are first used", async () => {
  await using server = serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), drain);
  const tls = new DenoTls({ caCerts: "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----" });
  const error = await assertRejects(() => tls.dial({ hostname: "localhost", port: server.port }), TlsError);
  assertEquals(error.code, "bad_certificate_pem");
  assertEquals(error.message, "Cannot set up TLS: Deno does not take a certificate of the options");
});
