/** Codes and hints of failures that the caller's own files, or what the server wants, cause: the same with both TLSs. */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Client, ClientError, type ClientErrorCode, type ClientOptions } from "../../../mod.ts";
import { RootCertStore, TlsAcceptor } from "../../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";

const AUTHORITY = await mintAuthority();
const CERTIFICATE = await mintCertificate(AUTHORITY, { names: ["localhost"], ips: ["127.0.0.1"] });
const ME = await mintCertificate(AUTHORITY, { commonName: "me" });
const ROOTS = RootCertStore.fromPem(AUTHORITY.certPem);
const CA = AUTHORITY.certPem;
const GARBAGE = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
const NO_KEY = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";

/** Options that choose either TLS. */
const PATHS: readonly { readonly tls: string; readonly options: ClientOptions }[] = [
  { tls: "Deno's TLS", options: {} },
  { tls: "Ductile's TLS", options: { keyLog: () => {} } },
];

const OWN_FILES: readonly {
  readonly name: string;
  readonly options: ClientOptions;
  readonly code: ClientErrorCode;
  /** Whether Ductile's TLS reads it. */
  readonly isReadable?: boolean;
}[] = [
  {
    name: "a key of another certificate",
    options: { caCerts: CA, cert: ME.certPem, key: CERTIFICATE.keyPem },
    code: "bad_key_pem",
  },
  {
    name: "a key that is none",
    options: { caCerts: CA, cert: ME.certPem, key: NO_KEY },
    code: "bad_key_pem",
  },
  {
    name: "a certificate that is none",
    options: { caCerts: CA, cert: GARBAGE, key: ME.keyPem },
    code: "bad_certificate_pem",
  },
  { name: "an authority that is none", options: { caCerts: GARBAGE }, code: "bad_certificate_pem" },
  {
    name: "two PEM blocks on one line",
    options: { caCerts: CA.trimEnd() + CA },
    code: "bad_certificate_pem",
    isReadable: true,
  },
];

async function failureOf(options: ClientOptions, port: number): Promise<ClientError> {
  using client = new Client(options);
  const error = await assertRejects(async () =>
    await (await client.get(`https://localhost:${port}/`)).text()
  );
  assertInstanceOf(error, ClientError);
  return error;
}

for (const { tls, options: path } of PATHS) {
  for (const { name, options, code, isReadable } of OWN_FILES) {
    if (isReadable && tls === "Ductile's TLS") continue;
    Deno.test(`Client: with ${tls}, ${name} is ${code}`, async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const accepted = listener.accept().then((io) => io.close(), () => {});
      const error = await failureOf({ ...path, ...options }, listener.addr.port);
      listener.close();
      await accepted;
      assertEquals(error.code, code, error.message);
    });
  }
}

const SERVER = { identity: { chain: CERTIFICATE.chainPem, key: CERTIFICATE.keyPem } };

/** Servers that refuse a client, and what the client is told. */
const REFUSALS: readonly {
  readonly name: string;
  readonly acceptor: TlsAcceptor;
  readonly code: ClientErrorCode;
  readonly hint: RegExp;
}[] = [
  {
    name: "a server that wants a client certificate",
    acceptor: new TlsAcceptor({ ...SERVER, clientAuth: { roots: ROOTS } }),
    code: "client_certificate_required",
    hint: /client certificate/,
  },
  {
    name: "a server that speaks none of the protocols",
    acceptor: new TlsAcceptor({ ...SERVER, alpnProtocols: ["imap"] }),
    code: "handshake_failed",
    hint: /none of the protocols/,
  },
];

for (const { tls, options } of PATHS) {
  for (const { name, acceptor, code, hint } of REFUSALS) {
    Deno.test(`Client: with ${tls}, ${name} is ${code}, and its hint names no option of another`, async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const accepted = listener.accept().then(async (io) => {
        const result = await acceptor.acceptFallible(io);
        if ("stream" in result) throw new Error("The client was accepted");
        await io.read(new Uint8Array(65_536)).catch(() => {}); // until the client has gone
        io.close();
      });
      const error = await failureOf({ ...options, caCerts: CA }, listener.addr.port);
      await accepted;
      assertEquals(error.code, code, error.message);
      assert(error.hint !== undefined && hint.test(error.hint), error.hint);
      assertEquals(/alpnProtocols|identity|serverName|handshakeTimeout/.test(error.hint), false, error.hint);
    });
  }
}
