/** Certificates of clients: what both ends know of them afterwards. */

import { assert, assertEquals, assertInstanceOf, assertMatch, assertStringIncludes } from "@std/assert";
import { RootCertStore, TlsError } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { installed } from "../support/peers.ts";
import { connectorTo, dial, failureOf, hear, ROOTS, talk } from "./tls_client.ts";
import { answerOneRequest, echoOneLine, serve } from "./tls_server.ts";
import { AUTHORITY, identityOf, KEY_KINDS, mintIdentities } from "./tls_identities.ts";
import { VERSIONS } from "./tls_names.ts";
import { type ClientName, gnutls, nginx, node, openssl, type StartServer, VISITS } from "./tls_peers.ts";

const identities = await mintIdentities();
const { p256 } = identities;
const stranger = await mintCertificate(await mintAuthority(), { names: ["localhost"], ips: ["127.0.0.1"] });

/** Real servers that ask clients who they are. */
const ASKING: readonly {
  readonly name: string;
  readonly program: string;
  readonly required: StartServer;
  readonly optional: StartServer;
  /** The alerts with which it refuses a client without a certificate, and one of an unknown authority. */
  readonly refuses: {
    readonly anonymous: string;
    readonly stranger: string;
    /** With the code of the failed handshake, in TLS 1.2. */
    readonly tls12: Readonly<Record<"anonymous" | "stranger", readonly [code: string, alert: string]>>;
  };
}[] = [
  {
    name: "openssl s_server",
    program: "openssl",
    required: openssl("-Verify", "2", "-verify_return_error", "-CAfile", "authorities.pem"),
    optional: openssl("-verify", "2", "-verify_return_error", "-CAfile", "authorities.pem"),
    refuses: {
      anonymous: "certificate_required",
      stranger: "unknown_ca",
      tls12: {
        anonymous: ["handshake_failed", "handshake_failure"],
        stranger: ["handshake_failed", "unknown_ca"],
      },
    },
  },
  {
    name: "gnutls-serv",
    program: "gnutls-serv",
    required: gnutls("--require-client-cert", "--verify-client-cert", "--x509cafile=authorities.pem"),
    optional: gnutls("--verify-client-cert", "--x509cafile=authorities.pem"),
    refuses: {
      anonymous: "certificate_required",
      stranger: "access_denied",
      tls12: {
        anonymous: ["handshake_failed", "decode_error"],
        stranger: ["handshake_failed", "access_denied"],
      },
    },
  },
  {
    name: "Node's tls.createServer",
    program: "node",
    required: node("requestCert: true, rejectUnauthorized: true"),
    optional: node("requestCert: true, rejectUnauthorized: false"),
    refuses: {
      anonymous: "certificate_required",
      stranger: "", // whom it leaves without a word
      tls12: { anonymous: ["handshake_failed", "handshake_failure"], stranger: ["unexpected_eof", ""] },
    },
  },
];

for (const { name, program, required, optional, refuses } of ASKING) {
  for (const version of VERSIONS) {
    Deno.test({
      name: `${version}: Ductile's client shows ${name} a certificate of every kind of key`,
      ignore: !installed(program),
      async fn() {
        await using server = await required(p256, AUTHORITY.certPem);
        for (const kind of KEY_KINDS) {
          const connector = connectorTo({ versions: [version], identity: identityOf(identities[kind]) });
          await using stream = await dial(server.port, connector);
          const heard = await talk(stream, "ductile\n");
          assert(["ductile\n", "elitcud\n"].includes(heard), `${kind}: ${heard}`);
        }
      },
    });

    Deno.test({
      name: `${version}: Ductile's client shows ${name} no certificate where one is optional, and is served`,
      ignore: !installed(program),
      async fn() {
        await using server = await optional(p256, AUTHORITY.certPem);
        await using stream = await dial(server.port, connectorTo({ versions: [version] }));
        assertEquals((await talk(stream, "ductile\n")).length, 8);
      },
    });

    for (const who of ["anonymous", "stranger"] as const) {
      Deno.test({
        name: `${version}: Ductile's client hears that ${name} refuses ${who}`,
        ignore: !installed(program),
        async fn() {
          await using server = await required(p256, AUTHORITY.certPem);
          const identity = who === "anonymous" ? {} : { identity: identityOf(stranger) };
          const connecting = dial(server.port, connectorTo({ versions: [version], ...identity }));
          if (version === "TLSv1.2") {
            const error = await failureOf(connecting);
            const { code, alert = "" } = error;
            assertEquals([code, alert], refuses.tls12[who], error.message);
            if (alert === "handshake_failure") {
              assertMatch(error.hint ?? "", /asked for a client certificate/);
            }
            return;
          }
          // To a client of TLS 1.3 the handshake is over before the server has seen its certificate.
          using stream = await connecting;
          const error = await failureOf(hear(stream));
          const expected = refuses[who] === ""
            ? ["unexpected_eof", undefined]
            : [who === "anonymous" ? "certificate_required" : "protocol_error", refuses[who]];
          assertEquals([error.code, error.alert], expected, error.message);
        },
      });
    }
  }
}

for (const version of VERSIONS) {
  Deno.test({
    name: `${version}: Ductile's client shows nginx a certificate of every kind of key, and none`,
    ignore: !installed("nginx"),
    async fn() {
      await using server = await nginx()(p256, AUTHORITY.certPem);
      const get = async (identity: Minted | undefined): Promise<string> => {
        const connector = connectorTo({
          versions: [version],
          ...(identity !== undefined && { identity: identityOf(identity) }),
        });
        await using stream = await dial(server.port, connector);
        return await talk(stream, "GET /client HTTP/1.0\r\n\r\n", () => false);
      };
      for (const kind of KEY_KINDS) assertMatch(await get(identities[kind]), /CN=localhost\n$/);
      assertStringIncludes(await get(undefined), " 400 "); // it finishes the handshake, and says it in HTTP
    },
  });
}

/** How real clients say that Ductile's server refused them. */
const TOLD: Readonly<Record<ClientName, { readonly anonymous: RegExp; readonly stranger: RegExp }>> = {
  openssl: { anonymous: /alert certificate required/, stranger: /alert unknown ca/ },
  "gnutls-cli": { anonymous: /Certificate is required/, stranger: /CA is unknown/ },
  curl: { anonymous: /alert certificate required/, stranger: /alert unknown ca/ },
  node: { anonymous: /ALERT_CERTIFICATE_REQUIRED/, stranger: /ALERT_UNKNOWN_CA/ },
  deno: { anonymous: /CertificateRequired/, stranger: /UnknownCA/ },
};

/** TLS 1.2 has no alert of its own for a certificate that is missing. */
const TOLD_TLS12 = /alert handshake failure|Handshake failed|ALERT_HANDSHAKE_FAILURE|HandshakeFailure/;

for (const name of ["openssl", "gnutls-cli", "curl", "node", "deno"] as const) {
  for (const version of VERSIONS) {
    const ignore = name !== "deno" && !installed(name);
    const script = name === "curl" ? answerOneRequest : echoOneLine;
    const says = name === "curl" ? "" : "ductile\n";

    Deno.test({
      name: `${version}: ${name} shows Ductile's server a certificate of every kind of key`,
      ignore,
      async fn() {
        await using server = serve({
          identity: identityOf(p256),
          versions: [version],
          clientAuth: { roots: ROOTS },
        }, script);
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
      name: `${version}: ${name} shows Ductile's server no certificate where one is optional, and is served`,
      ignore,
      async fn() {
        const clientAuth = { roots: ROOTS, optional: true };
        await using server = serve({ identity: identityOf(p256), versions: [version], clientAuth }, script);
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
        name: `${version}: ${name} hears that Ductile's server refuses ${who}`,
        ignore,
        async fn() {
          await using server = serve({
            identity: identityOf(p256),
            versions: [version],
            clientAuth: { roots: RootCertStore.fromPem(AUTHORITY.certPem) },
          }, script);
          const identity = who === "anonymous" ? {} : { identity: stranger };
          const { output } = await VISITS[name](server.port, { ...identity, says });
          const { error } = await server.outcome();
          assertInstanceOf(error, TlsError);
          assertEquals(error.code, code, error.message);
          assertMatch(output, version === "TLSv1.2" && who === "anonymous" ? TOLD_TLS12 : TOLD[name][who]);
        },
      });
    }
  }
}
