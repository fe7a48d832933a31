/** Certificates that are refused, and certificates of clients: what both ends know of it afterwards. */

import { assert, assertEquals, assertInstanceOf, assertMatch, assertStringIncludes } from "@std/assert";
import { RootCertStore, TlsError } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { octetString } from "../support/der.ts";
import { installed } from "../support/peers.ts";
import { eventually } from "../support/eventually.ts";
import { connectorTo, dial, failureOf, hear, ROOTS, talk } from "./tls_client.ts";
import { answerOneRequest, echoOneLine, serve } from "./tls_server.ts";
import { AUTHORITY, identityOf, KEY_KINDS, mintIdentities } from "./tls_identities.ts";
import {
  type ClientName,
  deno,
  gnutls,
  nginx,
  node,
  openssl,
  type StartServer,
  VISITS,
} from "./tls_peers.ts";

const identities = await mintIdentities();
const { p256 } = identities;

const HOUR = 3_600_000;
const LOCALHOST = { names: ["localhost"], ips: ["127.0.0.1"] };

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
  for (const name of ["openssl", "gnutls-serv", "node", "deno"] as const) {
    Deno.test({
      name: `Ductile's client refuses the ${bad} certificate of ${name}, which hears why`,
      ignore: name !== "deno" && !installed(name),
      async fn() {
        await using server = await SERVERS[name](BAD[bad]);
        const error = await failureOf(dial(server.port));
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

for (const name of ["openssl", "gnutls-serv", "node", "deno"] as const) {
  Deno.test({
    name: `Ductile's client reads a chain from ${name} that is longer than a record`,
    ignore: name !== "deno" && !installed(name),
    async fn() {
      const certificate = await mintLong();
      await using server = await SERVERS[name](certificate);
      await using stream = await dial(server.port);
      const [first, ...others] = stream.connection.peerCertificates;
      assertEquals(first?.der, certificate.certDer);
      assert(others.length >= 2); // openssl sends the first one twice
    },
  });
}

for (const name of ["openssl", "gnutls-cli", "curl", "node", "deno"] as const) {
  Deno.test({
    name: `${name} reads Ductile's chain, and shows one, that is longer than a record`,
    ignore: name !== "deno" && !installed(name),
    async fn() {
      const certificate = await mintLong();
      const script = name === "curl" ? answerOneRequest : echoOneLine;
      await using server = serve({ identity: identityOf(certificate), clientAuth: { roots: ROOTS } }, script);
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

for (const name of ["openssl", "gnutls-cli", "curl", "deno"] as const) {
  for (const bad of ["expired", "early", "foreign", "misnamed", "purposeless"] as const) {
    const alert = REFUSING[name][bad];
    if (alert === undefined) continue;
    Deno.test({
      name: `${name} refuses Ductile's ${bad} certificate, and Ductile's server hears why`,
      ignore: name !== "deno" && !installed(name),
      async fn() {
        await using server = serve({ identity: identityOf(BAD[bad]) }, echoOneLine);
        const visit = await VISITS[name](server.port, { says: name === "curl" ? "" : "ductile\n" });
        assert(visit.code !== 0, visit.output);
        const { error } = await server.outcome();
        assertInstanceOf(error, TlsError);
        assertEquals(error.alert, alert, error.message);
      },
    });
  }
}

/** Real servers that ask clients who they are. */
const ASKING: readonly {
  readonly name: string;
  readonly program: string;
  readonly required: StartServer;
  readonly optional: StartServer;
  /** The alerts with which it refuses a client without a certificate, and one of an unknown authority. */
  readonly refuses: { readonly anonymous: string; readonly stranger: string };
}[] = [
  {
    name: "openssl s_server",
    program: "openssl",
    required: openssl("-Verify", "2", "-verify_return_error", "-CAfile", "authorities.pem"),
    optional: openssl("-verify", "2", "-verify_return_error", "-CAfile", "authorities.pem"),
    refuses: { anonymous: "certificate_required", stranger: "unknown_ca" },
  },
  {
    name: "gnutls-serv",
    program: "gnutls-serv",
    required: gnutls("--require-client-cert", "--verify-client-cert", "--x509cafile=authorities.pem"),
    optional: gnutls("--verify-client-cert", "--x509cafile=authorities.pem"),
    refuses: { anonymous: "certificate_required", stranger: "access_denied" },
  },
  {
    name: "Node's tls.createServer",
    program: "node",
    required: node("requestCert: true, rejectUnauthorized: true"),
    optional: node("requestCert: true, rejectUnauthorized: false"),
    refuses: { anonymous: "certificate_required", stranger: "" }, // whom it leaves without a word
  },
];

for (const { name, program, required, optional, refuses } of ASKING) {
  Deno.test({
    name: `Ductile's client shows ${name} a certificate of every kind of key`,
    ignore: !installed(program),
    async fn() {
      await using server = await required(p256, AUTHORITY.certPem);
      for (const kind of KEY_KINDS) {
        await using stream = await dial(server.port, connectorTo({ identity: identityOf(identities[kind]) }));
        const heard = await talk(stream, "ductile\n");
        assert(["ductile\n", "elitcud\n"].includes(heard), `${kind}: ${heard}`);
      }
    },
  });

  Deno.test({
    name: `Ductile's client shows ${name} no certificate where one is optional, and is served`,
    ignore: !installed(program),
    async fn() {
      await using server = await optional(p256, AUTHORITY.certPem);
      await using stream = await dial(server.port);
      assertEquals((await talk(stream, "ductile\n")).length, 8);
    },
  });

  for (const who of ["anonymous", "stranger"] as const) {
    Deno.test({
      name: `Ductile's client hears that ${name} refuses ${who}`,
      ignore: !installed(program),
      async fn() {
        await using server = await required(p256, AUTHORITY.certPem);
        const identity = who === "anonymous" ? {} : { identity: identityOf(BAD.foreign) };
        // To a client the handshake is over before the server has seen its certificate.
        using stream = await dial(server.port, connectorTo(identity));
        const error = await failureOf(hear(stream));
        const expected = refuses[who] === ""
          ? ["unexpected_eof", undefined]
          : [who === "anonymous" ? "certificate_required" : "protocol_error", refuses[who]];
        assertEquals([error.code, error.alert], expected, error.message);
      },
    });
  }
}

Deno.test({
  name: "Ductile's client shows nginx a certificate of every kind of key, and none",
  ignore: !installed("nginx"),
  async fn() {
    await using server = await nginx()(p256, AUTHORITY.certPem);
    const get = async (identity: Minted | undefined): Promise<string> => {
      const connector = connectorTo(identity === undefined ? {} : { identity: identityOf(identity) });
      await using stream = await dial(server.port, connector);
      return await talk(stream, "GET /client HTTP/1.0\r\n\r\n", () => false);
    };
    for (const kind of KEY_KINDS) assertMatch(await get(identities[kind]), /CN=localhost\n$/);
    assertStringIncludes(await get(undefined), " 400 "); // it finishes the handshake, and says it in HTTP
  },
});

/** How real clients say that Ductile's server refused them. */
const TOLD: Readonly<Record<ClientName, { readonly anonymous: RegExp; readonly stranger: RegExp }>> = {
  openssl: { anonymous: /alert certificate required/, stranger: /alert unknown ca/ },
  "gnutls-cli": { anonymous: /Certificate is required/, stranger: /CA is unknown/ },
  curl: { anonymous: /alert certificate required/, stranger: /alert unknown ca/ },
  node: { anonymous: /ALERT_CERTIFICATE_REQUIRED/, stranger: /ALERT_UNKNOWN_CA/ },
  deno: { anonymous: /CertificateRequired/, stranger: /UnknownCA/ },
};

for (const name of ["openssl", "gnutls-cli", "curl", "node", "deno"] as const) {
  const ignore = name !== "deno" && !installed(name);
  const script = name === "curl" ? answerOneRequest : echoOneLine;
  const says = name === "curl" ? "" : "ductile\n";

  Deno.test({
    name: `${name} shows Ductile's server a certificate of every kind of key`,
    ignore,
    async fn() {
      await using server = serve({ identity: identityOf(p256), clientAuth: { roots: ROOTS } }, script);
      for (const kind of KEY_KINDS) {
        if (name === "deno" && kind === "rsa_pss") continue; // which Deno does not know
        const { output } = await VISITS[name](server.port, { identity: identities[kind], says });
        const { connection, error } = await server.outcome();
        if (error !== undefined) throw error;
        // Some send the root, too.
        assertEquals(connection?.peerCertificates[0]?.der, identities[kind].certDer, kind);
        assertStringIncludes(output, "ductile", kind);
      }
    },
  });

  Deno.test({
    name: `${name} shows Ductile's server no certificate where one is optional, and is served`,
    ignore,
    async fn() {
      const clientAuth = { roots: ROOTS, optional: true };
      await using server = serve({ identity: identityOf(p256), clientAuth }, script);
      const { output } = await VISITS[name](server.port, { says });
      const { connection, error } = await server.outcome();
      if (error !== undefined) throw error;
      assertEquals(connection?.peerCertificates, []);
      assertStringIncludes(output, "ductile");
    },
  });

  for (
    const [who, code] of [["anonymous", "certificate_required"], [
      "stranger",
      "certificate_unknown_issuer",
    ]] as const
  ) {
    Deno.test({
      name: `${name} hears that Ductile's server refuses ${who}`,
      ignore,
      async fn() {
        await using server = serve({
          identity: identityOf(p256),
          clientAuth: { roots: RootCertStore.fromPem(AUTHORITY.certPem) },
        }, script);
        const identity = who === "anonymous" ? {} : { identity: BAD.foreign };
        const { output } = await VISITS[name](server.port, { ...identity, says });
        const { error } = await server.outcome();
        assertInstanceOf(error, TlsError);
        assertEquals(error.code, code, error.message);
        assertMatch(output, TOLD[name][who]);
      },
    });
  }
}
