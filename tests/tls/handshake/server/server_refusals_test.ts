/** First messages that a server refuses, row by row, with the error and the alert of each. */

import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { ServerConnection } from "../../../../tls/connection/server_connection.ts";
import type { ServerConfigOptions } from "../../../../tls/config/server_config.ts";
import { AlertDescription, type AlertName } from "../../../../tls/error/alert_description.ts";
import { ExtensionType, hexNumber, NamedGroup } from "../../../../tls/wire/numbers.ts";
import { drain, type Outcome } from "../conversation.ts";
import { clientHello, receive, withExtensions, without } from "./client_hellos.ts";
import { mintCertificate } from "../../../support/certificates.ts";
import { AUTHORITY, codeOf, fatal, identityOf, record, serverConfig } from "./server_fixture.ts";

interface Row {
  readonly name: string;
  readonly bytes: () => Promise<Uint8Array> | Uint8Array;
  readonly code: string;
  readonly alert: AlertName;
  readonly options?: Partial<ServerConfigOptions>;
}

const HTTP = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: example.com\r\n\r\n");
const HANDSHAKE = 0x16;
/** An identity whose key could sign by RSA-PKCS#1. */
const RSA_IDENTITY = identityOf(await mintCertificate(AUTHORITY, { names: ["example.com"], keyType: "rsa" }));

const REFUSED: readonly Row[] = [
  {
    name: "bad input 3: a ClientHello of one byte",
    bytes: () => record(HANDSHAKE, Uint8Array.of(1, 0, 0, 1, 0x42)),
    code: "decode_error",
    alert: "decode_error",
  },
  {
    name: 'bad input 4: "hello, world!"',
    bytes: () => new TextEncoder().encode("hello, world!"),
    code: "not_tls",
    alert: "unexpected_message",
  },
  { name: "bad input 4: an HTTP request", bytes: () => HTTP, code: "not_tls", alert: "unexpected_message" },
  {
    name: "bad input 4: a record of an unknown type",
    bytes: () => record(0x1a, Uint8Array.of(1)),
    code: "not_tls",
    alert: "unexpected_message",
  },
  ...[0x0000, 0x0200, 0x0300, 0x0301, 0x0302, 0x0304, 0x0305, 0x7f1c, 0xfefd, 0xffff].map((version): Row => ({
    name: `bad input 53: a ClientHello whose legacy_version is ${hexNumber(version)}`,
    bytes: async () =>
      record(HANDSHAKE, await clientHello((plain) => ({ ...plain, legacyVersion: version }))),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
  })),
  {
    name: "bad input 5: a client of TLS 1.1",
    bytes: async () =>
      record(
        HANDSHAKE,
        await clientHello((plain) => ({ ...without("supportedVersions")(plain), legacyVersion: 0x0302 })),
      ),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
  },
  {
    name: "a client of TLS 1.2",
    options: { versions: ["TLSv1.3"] },
    bytes: async () => record(HANDSHAKE, await clientHello(without("supportedVersions"))),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
  },
  {
    name: "a client that lists older versions only",
    options: { versions: ["TLSv1.3"] },
    bytes: async () =>
      record(HANDSHAKE, await clientHello(withExtensions({ supportedVersions: [0x0303, 0x0302] }))),
    code: "unsupported_protocol_version",
    alert: "protocol_version",
  },
  {
    name: "bad input 7: ten bytes of another message behind the ClientHello",
    bytes: async () => {
      const first = await clientHello();
      return record(HANDSHAKE, concat([first, first.subarray(0, 10)]));
    },
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "a whole second ClientHello behind the first",
    bytes: async () => {
      const first = await clientHello();
      return record(HANDSHAKE, concat([first, first]));
    },
    code: "excess_handshake_data",
    alert: "unexpected_message",
  },
  {
    name: "compression beside none",
    bytes: async () =>
      record(
        HANDSHAKE,
        await clientHello((plain) => ({ ...plain, compressionMethods: Uint8Array.of(0, 1) })),
      ),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "compression alone",
    bytes: async () =>
      record(HANDSHAKE, await clientHello((plain) => ({ ...plain, compressionMethods: Uint8Array.of(1) }))),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  ...(["supportedGroups", "keyShares", "signatureAlgorithms"] as const).map((name): Row => ({
    name: `a ClientHello without ${name}`,
    bytes: async () => record(HANDSHAKE, await clientHello(without(name))),
    code: "missing_extension",
    alert: "missing_extension",
  })),
  {
    name: "a ticket without psk_key_exchange_modes",
    bytes: async () =>
      record(
        HANDSHAKE,
        await clientHello((plain) =>
          withExtensions({
            preSharedKey: {
              identities: [{ identity: new Uint8Array(32), obfuscatedTicketAge: 0 }],
              binders: [new Uint8Array(32)],
            },
          })(without("pskKeyExchangeModes")(plain))
        ),
      ),
    code: "missing_extension",
    alert: "missing_extension",
  },
  {
    name: "a client without a shared cipher suite",
    bytes: async () =>
      record(HANDSHAKE, await clientHello((plain) => ({ ...plain, cipherSuites: [0x1a1a, 0x1304, 0xc02b] }))),
    code: "no_shared_cipher_suite",
    alert: "handshake_failure",
  },
  {
    name: "a client without a shared group",
    bytes: async () =>
      record(HANDSHAKE, await clientHello(withExtensions({ supportedGroups: [0x0100], keyShares: [] }))),
    code: "no_shared_group",
    alert: "handshake_failure",
  },
  {
    name: "a client without a shared signature scheme",
    bytes: async () =>
      record(HANDSHAKE, await clientHello(withExtensions({ signatureAlgorithms: [0x0201, 0x0804] }))),
    code: "no_shared_signature_scheme",
    alert: "handshake_failure",
  },
  {
    name: "bad input 39: a client that takes no handshake signature but RSA-PKCS#1",
    bytes: async () =>
      record(HANDSHAKE, await clientHello(withExtensions({ signatureAlgorithms: [0x0401] }))),
    options: { identity: RSA_IDENTITY },
    code: "no_shared_signature_scheme",
    alert: "handshake_failure",
  },
  {
    name: "a key share for a group that is not among the supported ones",
    bytes: async () =>
      record(HANDSHAKE, await clientHello(withExtensions({ supportedGroups: [NamedGroup.secp256r1] }))),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "two key shares for one group",
    bytes: async () => {
      const share = { group: NamedGroup.x25519, keyExchange: new Uint8Array(32).fill(9) };
      return record(HANDSHAKE, await clientHello(withExtensions({ keyShares: [share, share] })));
    },
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 35: an X25519 share of zeros",
    bytes: async () =>
      record(
        HANDSHAKE,
        await clientHello(
          withExtensions({ keyShares: [{ group: NamedGroup.x25519, keyExchange: new Uint8Array(32) }] }),
        ),
      ),
    code: "invalid_key_share",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 35: an X25519 share that is too short",
    bytes: async () =>
      record(
        HANDSHAKE,
        await clientHello(
          withExtensions({
            keyShares: [{ group: NamedGroup.x25519, keyExchange: new Uint8Array(31).fill(9) }],
          }),
        ),
      ),
    code: "invalid_key_share",
    alert: "illegal_parameter",
  },
  ...(["secp256r1", "secp384r1", "secp521r1"] as const).map((name): Row => ({
    name: `bad input 35: a ${name} share that is no point of the curve`,
    bytes: async () => {
      const length = { secp256r1: 65, secp384r1: 97, secp521r1: 133 }[name];
      const keyExchange = new Uint8Array(length).fill(1);
      keyExchange[0] = 4;
      return record(
        HANDSHAKE,
        await clientHello(withExtensions({
          supportedGroups: [NamedGroup[name]],
          keyShares: [{ group: NamedGroup[name], keyExchange }],
        })),
      );
    },
    code: "invalid_key_share",
    alert: "illegal_parameter",
  })),
  {
    name: "bad input 30: an extension that is there twice",
    bytes: async () =>
      record(
        HANDSHAKE,
        await clientHello((plain) => ({
          ...plain,
          extensionOrder: [ExtensionType.supported_versions, ...plain.extensionOrder],
        })),
      ),
    code: "duplicate_extension",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 31: pre_shared_key in front of another extension",
    bytes: async () =>
      record(
        HANDSHAKE,
        await clientHello((plain) => ({
          ...withExtensions({
            preSharedKey: {
              identities: [{ identity: new Uint8Array(32), obfuscatedTicketAge: 0 }],
              binders: [new Uint8Array(32)],
            },
          })(plain),
          extensionOrder: [...plain.extensionOrder].reverse(),
        })),
      ),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a client with other protocols than the server's",
    bytes: async () =>
      record(HANDSHAKE, await clientHello(withExtensions({ alpnProtocols: ["spdy/3", "h3"] }))),
    options: { alpnProtocols: ["h2", "http/1.1"] },
    code: "no_application_protocol",
    alert: "no_application_protocol",
  },
  {
    name: "bad input 92: a client that asks for a name that the resolver has no identity for",
    bytes: async () => record(HANDSHAKE, await clientHello()),
    options: { identity: () => undefined },
    code: "unrecognized_name",
    alert: "unrecognized_name",
  },
  {
    name: "a client that asks for no name, and the resolver has no identity for it",
    bytes: async () => record(HANDSHAKE, await clientHello(without("serverName"))),
    options: { identity: () => [] },
    code: "no_suitable_certificate",
    alert: "handshake_failure",
  },
  {
    name: "bad input 46: an IPv4 address as a name, where the policy is to refuse it",
    bytes: async () => record(HANDSHAKE, await clientHello(withExtensions({ serverName: "192.0.2.1" }))),
    options: { invalidSniPolicy: "reject_all" },
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a Finished in place of the ClientHello",
    bytes: () => record(HANDSHAKE, Uint8Array.of(0x14, 0, 0, 32, ...new Uint8Array(32))),
    code: "unexpected_message",
    alert: "unexpected_message",
  },
  {
    name: "bad input 2: data in place of the ClientHello",
    bytes: () => record(0x17, new Uint8Array(32)),
    code: "unexpected_message",
    alert: "unexpected_message",
  },
];

for (const { name, bytes, code, alert, options } of REFUSED) {
  Deno.test(`server refuses ${name}`, async () => {
    const { outcome, output } = await receive(await bytes(), options);
    assertEquals(codeOf(outcome.error), code);
    assertEquals(outcome.events, []);
    assertEquals(output, fatal(AlertDescription[alert]));
  });
}

Deno.test("server throws the same error at each further call, and sends one alert", async () => {
  const server = new ServerConnection(serverConfig());
  server.receive(HTTP);
  const first: Outcome = { events: [] };
  const second: Outcome = { events: [] };
  await drain(server, first);
  server.output();
  server.receive(record(HANDSHAKE, await clientHello()));
  await drain(server, second);
  assert(first.error !== undefined);
  assertEquals(second.error, first.error);
  assertEquals(server.output(), undefined);
});

Deno.test("bad input 8: close_notify behind the ClientHello ends the handshake", async () => {
  const bytes = concat([record(HANDSHAKE, await clientHello()), record(0x15, Uint8Array.of(1, 0))]);
  const { outcome } = await receive(bytes);
  assertEquals(outcome.events, []);
  assertEquals(codeOf(outcome.error), "illegal_alert");
});

Deno.test("server fails when the stream ends after the ClientHello", async () => {
  const server = new ServerConnection(serverConfig());
  const outcome: Outcome = { events: [] };
  server.receive(record(HANDSHAKE, await clientHello()));
  server.receiveEnd();
  await drain(server, outcome);
  assertEquals(codeOf(outcome.error), "unexpected_eof");
});

const ALERTS_BEFORE_KEYS = [
  { name: "bad input 9: an alert of two bytes", alert: Uint8Array.of(2, 0x30), code: "handshake_failed" },
  {
    name: "bad input 10: an alert of three bytes",
    alert: Uint8Array.of(2, 0x30, 0),
    code: "unexpected_message",
  },
];
for (const { name, alert, code } of ALERTS_BEFORE_KEYS) {
  Deno.test(`${name}, not protected, behind the server's flight is ${code}`, async () => {
    const { outcome } = await receive(concat([record(HANDSHAKE, await clientHello()), record(0x15, alert)]));
    assertEquals(codeOf(outcome.error), code);
  });
}

const CCS = 0x14;
const CHANGE_CIPHER_SPECS = [
  { name: "one", records: [[1]], refused: false },
  { name: "two", records: [[1], [1]], refused: false },
  { name: "bad input 12: three", records: [[1], [1], [1]], refused: true },
  { name: "bad input 12: one of two bytes", records: [[1, 2]], refused: true },
  { name: "bad input 12: one of another byte", records: [[2]], refused: true },
];
for (const { name, records, refused } of CHANGE_CIPHER_SPECS) {
  Deno.test(`server ${refused ? "refuses" : "drops"} ChangeCipherSpecs: ${name}`, async () => {
    const specs = records.map((payload) => record(CCS, Uint8Array.from(payload)));
    const { outcome } = await receive(concat([record(HANDSHAKE, await clientHello()), ...specs]));
    const code = outcome.error === undefined ? undefined : codeOf(outcome.error);
    assertEquals(code, refused ? "illegal_change_cipher_spec" : undefined);
  });
}

Deno.test("bad input 12: a ChangeCipherSpec in front of the ClientHello is refused", async () => {
  const { outcome } = await receive(
    concat([record(CCS, Uint8Array.of(1)), record(HANDSHAKE, await clientHello())]),
  );
  assertEquals(codeOf(outcome.error), "illegal_change_cipher_spec");
});
