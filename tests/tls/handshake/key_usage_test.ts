/** The key usage of an end entity: a key that must not sign proves nothing, also where a verifier decides alone. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintCertificate, type Minted } from "../../support/certificates.ts";
import { type End, endOf, talk } from "../connection/connection_pair.ts";
import { AUTHORITY, CRYPTO, identityOf, SERVER, serverConfig } from "./server/server_fixture.ts";

const names = ["example.com"];
const SIGNS = await mintCertificate(AUTHORITY, { names, keyUsage: ["digitalSignature"] });
const SAYS_NOTHING = await mintCertificate(AUTHORITY, { names, keyUsage: [] });
const ENCIPHERS_ONLY = await mintCertificate(AUTHORITY, { names, keyUsage: ["keyEncipherment"] });
const roots = RootCertStore.fromPem(AUTHORITY.certPem);
const verifier = (): void => {};

const ROWS: readonly { readonly name: string; readonly minted: Minted; readonly taken: boolean }[] = [
  { name: "may sign", minted: SIGNS, taken: true },
  { name: "has no key usage", minted: SAYS_NOTHING, taken: true },
  { name: "may not sign", minted: ENCIPHERS_ONLY, taken: false },
];

const TRUST: readonly { readonly who: string; readonly trust: Partial<ClientConfigOptions> }[] = [
  { who: "roots", trust: { roots } },
  { who: "a verifier alone", trust: { verifier } },
];

for (const { name, minted, taken } of ROWS) {
  for (const { who, trust } of TRUST) {
    Deno.test(`client with ${who} ${verb(taken)} a server whose key ${name}`, async () => {
      const client = endOf(
        new ClientConnection(new ClientConfig({ crypto: CRYPTO, ...trust }), "example.com"),
      );
      const server = endOf(new ServerConnection(serverConfig({ identity: identityOf(minted) })));
      await talk(client, server);
      check(client, taken);
    });
  }

  for (
    const { who, clientAuth } of [{ who: "roots", clientAuth: { roots } }, {
      who: "a verifier alone",
      clientAuth: { verifier },
    }]
  ) {
    Deno.test(`server with ${who} ${verb(taken)} a client whose key ${name}`, async () => {
      const config = new ClientConfig({ crypto: CRYPTO, roots, identity: identityOf(minted) });
      const client = endOf(new ClientConnection(config, "example.com"));
      const server = endOf(new ServerConnection(serverConfig({ identity: identityOf(SERVER), clientAuth })));
      await talk(client, server);
      check(server, taken);
    });
  }
}

Deno.test("client that takes any certificate takes one whose key may not sign", async () => {
  const config = new ClientConfig({ crypto: CRYPTO, dangerAcceptInvalidCerts: true });
  const client = endOf(new ClientConnection(config, "example.com"));
  const server = endOf(new ServerConnection(serverConfig({ identity: identityOf(ENCIPHERS_ONLY) })));
  await talk(client, server);
  check(client, true);
});

function verb(taken: boolean): string {
  return taken ? "takes" : "refuses";
}

function check({ connection, failure }: End, taken: boolean): void {
  assertEquals(connection.isHandshaking, !taken);
  if (taken) return assertEquals(failure, undefined);
  assertInstanceOf(failure, TlsError);
  assertEquals([failure.code, failure.certificate?.code], [
    "certificate_invalid",
    "digital_signature_not_allowed",
  ]);
}
