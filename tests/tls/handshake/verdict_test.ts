/** Verdicts of application's verifiers: which alert the peer gets, and the stapled OCSP response that they see. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { CertificateError, type CertificateErrorCode } from "../../../tls/x509/error.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { type End, endOf, talk } from "../connection/connection_pair.ts";
import { AUTHORITY, CRYPTO, identityOf, SERVER } from "./server/server_fixture.ts";

const VERSIONS = ["TLSv1.3", "TLSv1.2"] as const;
const OCSP_RESPONSE = Uint8Array.of(0x30, 3, 0x0a, 1, 6);
const roots = RootCertStore.fromPem(AUTHORITY.certPem);

interface Ends {
  readonly client: End;
  readonly server: End;
}

async function meet(client: ClientConfig, server: ServerConfig): Promise<Ends> {
  const ends = {
    client: endOf(new ClientConnection(client, "example.com")),
    server: endOf(new ServerConnection(server)),
  };
  await talk(ends.client, ends.server);
  return ends;
}

function clientConfig(options: Partial<ClientConfigOptions>): ClientConfig {
  return new ClientConfig({ crypto: CRYPTO, roots, ...options });
}

function serverConfig(options: Partial<ServerConfigOptions>): ServerConfig {
  return new ServerConfig({ crypto: CRYPTO, identity: identityOf(SERVER, OCSP_RESPONSE), ...options });
}

function refusal({ failure }: End): TlsError {
  assertInstanceOf(failure, TlsError);
  return failure;
}

const VERDICTS: readonly { readonly code?: CertificateErrorCode; readonly alert: string }[] = [
  { code: "invalid_ocsp_response", alert: "bad_certificate_status_response" },
  { code: "revoked", alert: "certificate_revoked" },
  { code: "unknown_issuer", alert: "unknown_ca" },
  { alert: "access_denied" },
];

function refusing(code: CertificateErrorCode | undefined, later: boolean): () => void | Promise<void> {
  const reason = code === undefined
    ? new RangeError("no")
    : new CertificateError(code, "Cannot accept it: no");
  return () => {
    if (later) return Promise.reject(reason);
    throw reason;
  };
}

for (const version of VERSIONS) {
  const versions = [version];
  for (const { code, alert } of VERDICTS) {
    for (const later of [false, true]) {
      const how = `${later ? "rejects" : "throws"} ${code ?? "another error"}`;
      const id = code === "invalid_ocsp_response" ? "bad input 93: " : "";
      Deno.test(`${id}a verifier that ${how}: the server gets ${alert} (${version})`, async () => {
        const ends = await meet(
          clientConfig({ versions, verifier: refusing(code, later) }),
          serverConfig({ versions }),
        );
        const error = refusal(ends.client);
        assertEquals([error.code, error.certificate?.code], ["certificate_rejected", code]);
        assertEquals(error.message.endsWith(": no"), true);
        assertEquals(refusal(ends.server).alert, alert);
      });

      Deno.test(`a server's verifier that ${how}: the client gets ${alert} (${version})`, async () => {
        const ends = await meet(
          clientConfig({ versions, identity: identityOf(SERVER) }),
          serverConfig({ versions, clientAuth: { verifier: refusing(code, later) } }),
        );
        const error = refusal(ends.server);
        assertEquals([error.code, error.certificate?.code], ["certificate_rejected", code]);
        assertEquals(refusal(ends.client).alert, alert);
      });
    }
  }

  Deno.test(`a verifier sees the stapled OCSP response, or that there is none (${version})`, async () => {
    for (
      const [identity, expected] of [
        [identityOf(SERVER, OCSP_RESPONSE), OCSP_RESPONSE],
        [identityOf(SERVER), undefined],
      ] as const
    ) {
      const seen: (Uint8Array | undefined)[] = [];
      const verifier: ClientConfigOptions["verifier"] = ({ ocspResponse }) => void seen.push(ocspResponse);
      const client = clientConfig({ versions, verifier });
      const server = serverConfig({ versions, identity });
      const first = await meet(client, server);
      assertEquals([first.client.failure, first.server.failure], [undefined, undefined]);
      assertEquals(seen, [expected]);
      assertEquals(first.client.connection.facts?.ocspResponse, expected);

      // A resumed connection staples nothing: the verifier sees the response of the full handshake again.
      const second = await meet(client, server);
      assertEquals(second.client.connection.facts?.resumed, true);
      assertEquals(second.server.failure, undefined);
      assertEquals(seen, [expected, expected]);
    }
  });

  Deno.test(`a verifier that writes over the stapled OCSP response changes nothing of what is known (${version})`, async () => {
    const seen: (Uint8Array | undefined)[] = [];
    const verifier: ClientConfigOptions["verifier"] = ({ ocspResponse }) => {
      seen.push(ocspResponse?.slice());
      ocspResponse?.fill(0xff);
    };
    const client = clientConfig({ versions, verifier });
    const server = serverConfig({ versions });
    for (const resumed of [false, true]) {
      const ends = await meet(client, server);
      assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
      const { facts } = ends.client.connection;
      assertEquals([facts?.resumed, facts?.ocspResponse], [resumed, OCSP_RESPONSE]);
    }
    assertEquals(seen, [OCSP_RESPONSE, OCSP_RESPONSE]);
  });

  Deno.test(`a server names the authorities of rootHintSubjects (${version})`, async () => {
    for (const rootHintSubjects of [undefined, [], [SERVER.subject]]) {
      const seen: (readonly Uint8Array[])[] = [];
      const identity: ClientConfigOptions["identity"] = ({ certificateAuthorities }) => {
        seen.push(certificateAuthorities);
        return identityOf(SERVER);
      };
      const clientAuth = { roots, ...(rootHintSubjects !== undefined && { rootHintSubjects }) };
      const ends = await meet(
        clientConfig({ versions, identity }),
        serverConfig({ versions, clientAuth }),
      );
      assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
      assertEquals(seen, [rootHintSubjects ?? [AUTHORITY.subject]]);
    }
  });
}
