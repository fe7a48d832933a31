/**
 * Certificates of which no certification path is asked for: only the key is read, whatever else they say, and the proof
 * that the peer holds it still counts. What is asked for is judged.
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { concat } from "@std/bytes/concat";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { identitiesByName } from "../../../tls/config/identities_by_name.ts";
import { LoadedIdentity } from "../../../tls/config/identity.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import {
  type CertificateOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
  mintSelfSigned,
} from "../../support/certificates.ts";
import { bitString, integer, oid, sequence, Tag, utf8String, value } from "../../support/der.ts";
import { type End, endOf, talk } from "../connection/connection_pair.ts";
import { AUTHORITY, CRYPTO, identityOf, SERVER, serverConfig } from "./server/server_fixture.ts";

const NAMES = { names: ["example.com"] };
const UTC = (text: string) => value(Tag.utc_time, new TextEncoder().encode(text));
const JUNK = { oid: "2.5.29.17", value: Uint8Array.of(0x30, 0x05, 0x01) };

/** Certificates that break a rule for all certificates of a path, or one for their place in it. */
const ODD: readonly { readonly name: string; readonly options: CertificateOptions; readonly code: string }[] =
  [
    { name: "of version 1", options: { version: 0 }, code: "unsupported_version" },
    { name: "of version 2", options: { version: 1 }, code: "unsupported_version" },
    { name: "of version 9", options: { version: 8 }, code: "unsupported_version" },
    {
      name: "with a negative serial number",
      options: { serialNumber: Uint8Array.of(0x80) },
      code: "bad_serial_number",
    },
    { name: "with an empty serial number", options: { serialNumber: new Uint8Array() }, code: "bad_der" },
    { name: "without an issuer", options: { issuerName: sequence() }, code: "malformed_name" },
    {
      name: "with a date that does not exist",
      options: { times: [UTC("250230000000Z"), UTC("490101000000Z")] },
      code: "bad_time",
    },
    { name: "without dates", options: { times: [] }, code: "bad_der" },
    {
      name: "that ends before it begins",
      options: { times: [UTC("490101000000Z"), UTC("250101000000Z")] },
      code: "bad_validity",
    },
    {
      name: "with a second algorithm",
      options: { outerAlgorithm: sequence(oid("1.2.3")) },
      code: "signature_algorithm_mismatch",
    },
    { name: "with a malformed extension", options: { names: [], extensions: [JUNK] }, code: "bad_der" },
    {
      name: "with an extension twice",
      options: { extensions: [{ oid: "2.5.29.14", value: sequence() }] },
      code: "duplicate_extension",
    },
    {
      name: "with an unknown critical extension",
      options: { extensions: [{ oid: "1.2.3", critical: true, value: sequence() }] },
      code: "unhandled_critical_extension",
    },
    { name: "with a key that is too short", options: { keyType: "rsa1024" }, code: "weak_public_key" },
    { name: "of an authority", options: { isCa: true, keyUsage: [] }, code: "ca_used_as_end_entity" },
    { name: "without a subject", options: { subject: sequence(), names: [] }, code: "malformed_name" },
    {
      name: "that has expired",
      options: { notBefore: new Date(Date.now() - 7_200_000), notAfter: new Date(Date.now() - 3_600_000) },
      code: "expired",
    },
  ];

const ROOTS = RootCertStore.fromPem(AUTHORITY.certPem);

/** Connects a client with these options to a server that shows a certificate. */
async function dial(shown: Minted, options: ClientConfigOptions): Promise<End> {
  const client = endOf(new ClientConnection(new ClientConfig({ crypto: CRYPTO, ...options }), "example.com"));
  const server = endOf(new ServerConnection(serverConfig({ identity: identityOf(shown) })));
  await talk(client, server);
  return client;
}

for (const { name, options, code } of ODD) {
  const minted = await mintCertificate(AUTHORITY, { ...NAMES, ...options });
  const pin = `sha256/${encodeBase64(await crypto.subtle.digest("SHA-256", minted.key.spki))}`;
  const ways: readonly (readonly [string, ClientConfigOptions])[] = [
    ["dangerAcceptInvalidCerts", { dangerAcceptInvalidCerts: true }],
    ["dangerAcceptInvalidCerts and pins", { dangerAcceptInvalidCerts: true, pins: [pin] }],
    ["a verifier alone", { verifier: () => {} }],
    ["a verifier and pins", { verifier: () => {}, pins: [pin] }],
  ];
  for (const [way, trust] of ways) {
    for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
      Deno.test(`C-06: a client of ${version} with ${way} takes a certificate ${name}`, async () => {
        const { connection, failure } = await dial(minted, { ...trust, versions: [version] });
        assertEquals([failure, connection.isHandshaking], [undefined, false]);
      });
    }
  }

  Deno.test(`unjudged: a verifier is shown a certificate ${name}`, async () => {
    for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
      const seen: Uint8Array[] = [];
      const verifier: ClientConfigOptions["verifier"] = ({ chain }) => {
        seen.push(...chain.map(({ der }) => der));
      };
      await dial(minted, { verifier, versions: [version] });
      assertEquals(seen[0], minted.certDer);
    }
  });

  Deno.test(`C-06: a client with roots refuses a certificate ${name}: ${code}`, async () => {
    const { failure } = await dial(minted, { roots: ROOTS });
    assert(failure instanceof TlsError);
    assertEquals(failure.certificate?.code, code);
  });

  Deno.test(`C-06: a server with a verifier alone takes a client's certificate ${name}; with roots it does not`, async () => {
    for (const [clientAuth, taken] of [[{ verifier: () => {} }, true], [{ roots: ROOTS }, false]] as const) {
      const config = new ClientConfig({ crypto: CRYPTO, roots: ROOTS, identity: identityOf(minted) });
      const client = endOf(new ClientConnection(config, "example.com"));
      const server = endOf(new ServerConnection(serverConfig({ identity: identityOf(SERVER), clientAuth })));
      await talk(client, server);
      assertEquals([server.connection.isHandshaking, server.failure === undefined], [!taken, taken]);
    }
  });

  Deno.test(`C-07: a certificate ${name} is one's own identity`, () => {
    const identity = new LoadedIdentity({ chain: minted.certPem, key: minted.keyPem }, CRYPTO);
    assertEquals(identity.chain, [minted.certDer]);
  });
}

Deno.test("unjudged: with a pin of another key a certificate of version 1 is refused for the pin", async () => {
  const minted = await mintSelfSigned({ version: 0 });
  const pins = [`sha256/${encodeBase64(await crypto.subtle.digest("SHA-256", AUTHORITY.key.spki))}`];
  const { failure } = await dial(minted, { dangerAcceptInvalidCerts: true, pins });
  assert(failure instanceof TlsError);
  assertMatch(failure.message, /pinned/);
});

/** A certificate with this key, which the server does not hold; its own key signs. */
async function withKey(spki: Uint8Array<ArrayBuffer>): Promise<Minted> {
  const honest = await mintSelfSigned(NAMES);
  const { certDer, certPem, chainPem } = await mintSelfSigned({ ...NAMES, key: { ...honest.key, spki } });
  return { ...honest, certDer, certPem, chainPem };
}

const UNUSABLE: readonly {
  readonly name: string;
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly code: string;
}[] = [
  {
    name: "on the curve P-224",
    spki: sequence(
      sequence(oid("1.2.840.10045.2.1"), oid("1.3.132.0.33")),
      bitString(new Uint8Array(57).fill(4)),
    ),
    code: "unsupported_public_key",
  },
  {
    name: "of an unknown kind",
    spki: sequence(sequence(oid("1.2.3.4")), bitString(new Uint8Array(32))),
    code: "unsupported_public_key",
  },
  {
    name: "of RSA with 16384 bits",
    spki: sequence(
      sequence(oid("1.2.840.113549.1.1.1"), Uint8Array.of(5, 0)),
      bitString(sequence(integer(new Uint8Array(2048).fill(0xff)), integer(65537))),
    ),
    code: "weak_public_key",
  },
  { name: "that is none", spki: sequence(utf8String("key")), code: "bad_der" },
];

for (const { name, spki, code } of UNUSABLE) {
  Deno.test(`C-08: a key ${name} is what is refused, not its signature: ${code}`, async () => {
    const minted = await withKey(spki);
    // What its server signs is not looked at: the key comes first.
    const shown = { ...minted, sign: minted.key.sign };
    for (const trust of [{ dangerAcceptInvalidCerts: true }, { verifier: () => {} }]) {
      const client = endOf(
        new ClientConnection(new ClientConfig({ crypto: CRYPTO, ...trust }), "example.com"),
      );
      const { publicKey: _, ...key } = await CRYPTO.loadPrivateKey(pkcs8Of(minted.keyPem));
      const identity = { chain: [shown.certDer], key: { ...key, publicKey: spki } };
      const server = endOf(new ServerConnection(serverConfig({ identity })));
      await talk(client, server);
      assert(client.failure instanceof TlsError);
      assertEquals([client.failure.code, client.failure.certificate?.code], ["certificate_invalid", code]);
    }
  });
}

function pkcs8Of(pem: string): Uint8Array {
  return Uint8Array.fromBase64(pem.replace(/-----[A-Z ]+-----|\s/g, ""));
}

Deno.test("unjudged: bytes in which no key can be found are refused, for a peer and for oneself", async () => {
  const { certDer, keyPem } = await mintSelfSigned(NAMES);
  const torn = concat([certDer.subarray(0, 4), sequence(integer(1))]);
  for (const der of [torn, Uint8Array.of(0x30, 0x00), certDer.subarray(0, 40)]) {
    const error = assertThrows(() => new LoadedIdentity({ chain: [der], key: keyPem }, CRYPTO), TlsError);
    assertEquals(error.code, "bad_certificate_pem");
  }
});

Deno.test("unjudged: identities by name are for the names of a certificate of any serial number, and not of version 1", async () => {
  const authority = await mintAuthority();
  const good = await mintCertificate(authority, { ...NAMES, serialNumber: Uint8Array.of(0x80) });
  const resolve = identitiesByName({ "example.com": { chain: good.certPem, key: good.keyPem } });
  assert(typeof resolve === "function");
  const nameless = await mintCertificate(authority, { ...NAMES, version: 0 });
  const broken = await mintCertificate(authority, { extensions: [JUNK] });
  for (const { certPem: chain, keyPem: key } of [nameless, broken]) {
    assertThrows(() => identitiesByName({ "example.com": { chain, key } }), TlsError, "is not valid for it");
  }
});

Deno.test("unjudged: a key of the certificate and another one that signs do not go together", async () => {
  const [one, other] = [await mintSelfSigned({ version: 0 }), await mintSelfSigned({ version: 0 })];
  const error = assertThrows(
    () => new LoadedIdentity({ chain: one.certPem, key: other.keyPem }, CRYPTO),
    TlsError,
  );
  assertEquals(error.code, "bad_key_pem");
});
