/** Certificates of servers that are refused, and long ones: what both ends know of it afterwards. */

import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { TlsError } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { octetString } from "../support/der.ts";
import { installed } from "../support/peers.ts";
import { eventually } from "../support/eventually.ts";
import { connectorTo, dial, failureOf, ROOTS } from "./tls_client.ts";
import { answerOneRequest, echoOneLine, serve } from "./tls_server.ts";
import { AUTHORITY, identityOf } from "./tls_identities.ts";
import { type Version, VERSIONS } from "./tls_names.ts";
import { type ClientName, deno, gnutls, node, openssl, VISITS } from "./tls_peers.ts";

const HOUR = 3_600_000;
const LOCALHOST = { names: ["localhost"], ips: ["127.0.0.1"] };

/** Every name in every version. */
function cross<Name extends string>(names: readonly Name[]): (readonly [Name, Version])[] {
  return names.flatMap((name) => VERSIONS.map((version) => [name, version] as const));
}

/** Certificates that must be refused. */
const BAD = {
  expired: await mintCertificate(AUTHORITY, { ...LOCALHOST, notAfter: new Date(Date.now() - HOUR / 2) }),
  early: await mintCertificate(AUTHORITY, { ...LOCALHOST, notBefore: new Date(Date.now() + HOUR) }),
  foreign: await mintCertificate(await mintAuthority(), LOCALHOST),
  misnamed: await mintCertificate(AUTHORITY, { names: ["other.test"] }),
  purposeless: await mintCertificate(AUTHORITY, { ...LOCALHOST, eku: ["clientAuth"] }),
} as const;

const SERVERS = {
  openssl: openssl(),
  "gnutls-serv": gnutls("--debug=5"), // or it does not say which alert it got
  node: node(),
  deno: deno(),
} as const;

type ServerName = keyof typeof SERVERS;

/** What Ductile's client says of bad certificates, and by what words the server knows. */
const REFUSED: readonly {
  readonly bad: keyof typeof BAD;
  readonly code: string;
  readonly told: Readonly<Record<ServerName, RegExp>>;
}[] = [
  {
    bad: "expired",
    code: "certificate_expired",
    told: {
      openssl: /alert certificate expired/,
      "gnutls-serv": /Alert\[2\|45\]/,
      node: /ALERT_CERTIFICATE_EXPIRED/,
      deno: /CertificateExpired/,
    },
  },
  {
    bad: "early",
    code: "certificate_not_yet_valid",
    told: {
      openssl: /alert certificate expired/,
      "gnutls-serv": /Alert\[2\|45\]/,
      node: /ALERT_CERTIFICATE_EXPIRED/,
      deno: /CertificateExpired/,
    },
  },
  {
    bad: "foreign",
    code: "certificate_unknown_issuer",
    told: {
      openssl: /alert unknown ca/,
      "gnutls-serv": /Alert\[2\|48\]/,
      node: /ALERT_UNKNOWN_CA/,
      deno: /UnknownCA/,
    },
  },
  {
    bad: "misnamed",
    code: "certificate_wrong_name",
    told: {
      openssl: /alert bad certificate/,
      "gnutls-serv": /Alert\[2\|42\]/,
      node: /ALERT_BAD_CERTIFICATE/,
      deno: /BadCertificate/,
    },
  },
  {
    bad: "purposeless",
    code: "certificate_invalid",
    told: {
      openssl: /alert unsupported certificate/,
      "gnutls-serv": /Alert\[2\|43\]/,
      node: /ALERT_UNSUPPORTED_CERTIFICATE/,
      deno: /UnsupportedCertificate/,
    },
  },
];

for (const { bad, code, told } of REFUSED) {
  for (const [name, version] of cross(["openssl", "gnutls-serv", "node", "deno"])) {
    Deno.test({
      name: `${version}: Ductile's client refuses the ${bad} certificate of ${name}, which hears why`,
      ignore: name !== "deno" && !installed(name),
      async fn() {
        await using server = await SERVERS[name](BAD[bad]);
        const error = await failureOf(dial(server.port, connectorTo({ versions: [version] })));
        assertEquals([error.code, error.alert], [code, undefined], error.message);
        await eventually(`${told[name]} in ${server.output}`, () => told[name].test(server.output));
      },
    });
  }
}

/** A chain of three, whose end entity alone is longer than a record. */
async function mintLong(): Promise<Minted> {
  const first = await mintAuthority({ issuer: AUTHORITY });
  const second = await mintAuthority({ issuer: first });
  const extension = { oid: "1.3.6.1.4.1.32473.1", value: octetString(new Uint8Array(20_000)) }; // RFC 5612
  return await mintCertificate(second, { ...LOCALHOST, extensions: [extension] });
}

for (const [name, version] of cross(["openssl", "gnutls-serv", "node", "deno"])) {
  Deno.test({
    name: `${version}: Ductile's client reads a chain from ${name} that is longer than a record`,
    ignore: name !== "deno" && !installed(name),
    async fn() {
      const certificate = await mintLong();
      await using server = await SERVERS[name](certificate);
      await using stream = await dial(server.port, connectorTo({ versions: [version] }));
      const [first, ...others] = stream.connection.peerCertificates;
      assertEquals(first?.der, certificate.certDer);
      assert(others.length >= 2); // openssl sends the first one twice
    },
  });
}

for (const [name, version] of cross(["openssl", "gnutls-cli", "curl", "node", "deno"])) {
  Deno.test({
    name: `${version}: ${name} reads Ductile's chain, and shows one, that is longer than a record`,
    ignore: name !== "deno" && !installed(name),
    async fn() {
      const certificate = await mintLong();
      const script = name === "curl" ? answerOneRequest : echoOneLine;
      await using server = serve({
        identity: identityOf(certificate),
        clientAuth: { roots: ROOTS },
        versions: [version],
      }, script);
      const says = name === "curl" ? "" : "ductile\n";
      const { output } = await VISITS[name](server.port, { identity: certificate, says });
      const { connection, error } = await server.outcome();
      if (error !== undefined) throw error;
      assertEquals(connection?.peerCertificates[0]?.der, certificate.certDer);
      assertStringIncludes(output, "ductile");
    },
  });
}

/** What real clients say of Ductile's bad certificates: the alert that is received, or how else they leave. */
const REFUSING: Readonly<
  Record<Exclude<ClientName, "node">, Readonly<Partial<Record<keyof typeof BAD, string>>>>
> = {
  openssl: {
    expired: "certificate_expired",
    early: "bad_certificate",
    foreign: "unknown_ca",
    misnamed: "bad_certificate",
    purposeless: "unsupported_certificate",
  },
  "gnutls-cli": { expired: "bad_certificate", foreign: "bad_certificate", misnamed: "bad_certificate" },
  curl: { expired: "certificate_expired", foreign: "unknown_ca", purposeless: "unsupported_certificate" },
  deno: {
    expired: "certificate_expired",
    early: "certificate_expired",
    foreign: "unknown_ca",
    misnamed: "bad_certificate",
    purposeless: "unsupported_certificate",
  },
};

for (const [name, version] of cross(["openssl", "gnutls-cli", "curl", "deno"])) {
  for (const bad of ["expired", "early", "foreign", "misnamed", "purposeless"] as const) {
    const alert = REFUSING[name][bad];
    if (alert === undefined) continue;
    Deno.test({
      name: `${version}: ${name} refuses Ductile's ${bad} certificate, and Ductile's server hears why`,
      ignore: name !== "deno" && !installed(name),
      async fn() {
        await using server = serve({ identity: identityOf(BAD[bad]), versions: [version] }, echoOneLine);
        const visit = await VISITS[name](server.port, { says: name === "curl" ? "" : "ductile\n" });
        assert(visit.code !== 0, visit.output);
        const { error } = await server.outcome();
        assertInstanceOf(error, TlsError);
        assertEquals(error.alert, alert, error.message);
      },
    });
  }
}
