/** The client's handshake against a scripted server: what succeeds, what is sent, and what is known afterwards. */

import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import type { KeyLogEntry } from "../../../../tls/config/config_types.ts";
import { TlsError } from "../../../../tls/error/tls_error.ts";
import { MAX_PEER_CERTIFICATES } from "../../../../tls/limits.ts";
import { type Script, settle } from "../../../../io/script.ts";
import { decodeHandshake } from "../../../../tls/wire/handshake_codec.ts";
import type { ClientHello } from "../../../../tls/wire/messages.ts";
import { ExtensionType, HandshakeType, NamedGroup, SignatureScheme } from "../../../../tls/wire/numbers.ts";
import { parseServerName } from "../../../../tls/names/server_name.ts";
import { clientContext, mintSomeone, play, PROVIDER, refusalOf, suiteOf, valueOf } from "./client_support.ts";
import { retryFor } from "./scripted_server_handshake.ts";

const { client_hello, certificate, certificate_verify, finished } = HandshakeType;

Deno.test("clientHandshake: every cipher suite", async () => {
  for (const suite of PROVIDER.cipherSuites) {
    const { client, server, channel } = await play({}, clientContext(), { suite });
    const established = valueOf(client);
    assertEquals(established.suite.name, suite.name);
    assertEquals(established.facts.protocolVersion, "TLSv1.3");
    assertEquals(established.facts.handshakeKind, "full");
    assertEquals(established.facts.keyExchangeGroup, PROVIDER.groups[0]?.name);
    assertEquals(established.facts.peerSignatureScheme, "ecdsa_secp256r1_sha256");
    assertEquals(established.facts.peerCertificates.map(({ dnsNames }) => dnsNames), [["server.example"]]);
    assertEquals(valueOf(server).clientFinishedValid, true);
    assertEquals(valueOf(server).resumption, established.secrets?.resumption);
    assertEquals(channel.sent, [client_hello, "ccs", finished]);
  }
});

Deno.test("clientHandshake: every kind of signature", async () => {
  for (const keyType of ["p256", "p384", "rsa", "ed25519"] as const) {
    const { client } = await play({}, clientContext(), await mintSomeone(keyType));
    assertEquals(
      valueOf(client).facts.peerSignatureScheme?.split("_")[0],
      {
        p256: "ecdsa",
        p384: "ecdsa",
        rsa: "rsa",
        ed25519: "ed25519",
      }[keyType],
    );
  }
});

Deno.test("clientHandshake: every group, first and after a HelloRetryRequest", async () => {
  const suite = suiteOf("TLS_AES_128_GCM_SHA256");
  for (const group of PROVIDER.groups) {
    const first = await play({}, clientContext({ groups: [group] }));
    assertEquals(valueOf(first.client).facts.keyExchangeGroup, group.name);
    const others = PROVIDER.groups.filter(({ name }) => name !== group.name);
    const second = await play(
      { retries: [retryFor(group.name, suite)] },
      clientContext({ groups: [...others, group] }),
    );
    const established = valueOf(second.client);
    assertEquals(established.facts.keyExchangeGroup, group.name);
    assertEquals(established.facts.handshakeKind, "full_with_hello_retry_request");
    assertEquals(second.channel.sent, [client_hello, "ccs", client_hello, finished]);
  }
});

Deno.test("clientHandshake: the fields of the ClientHello", async () => {
  const { channel } = await play({}, clientContext({ alpnProtocols: ["h2", "http/1.1"] }));
  const hello = helloOf(channel.sentMessages[0]);
  assertEquals(hello.legacyVersion, 0x0303);
  assertEquals(hello.random.length, 32);
  assertEquals(hello.sessionId.length, 32);
  assertEquals(hello.compressionMethods, Uint8Array.of(0));
  assertEquals(hello.cipherSuites, PROVIDER.cipherSuites.map(({ id }) => id));
  const { extensions } = hello;
  assertEquals(extensions.serverName, "server.example");
  assertEquals(extensions.supportedVersions, [0x0304]);
  assertEquals(extensions.supportedGroups, PROVIDER.groups.map(({ id }) => id));
  assertEquals(extensions.alpnProtocols, ["h2", "http/1.1"]);
  assertEquals(extensions.statusRequest, true);
  assertEquals(extensions.keyShares?.map(({ group }) => group), [PROVIDER.groups[0]?.id]);
  assertEquals(extensions.signatureAlgorithms?.includes(SignatureScheme.rsa_pkcs1_sha256), true);
  assertEquals(extensions.pskKeyExchangeModes, undefined); // no sessions are kept
  assertEquals(extensions.preSharedKey, undefined);
});

Deno.test("clientHandshake: the order of extensions changes from connection to connection, not within one", async () => {
  const suite = suiteOf("TLS_AES_128_GCM_SHA256");
  const orders = new Set<string>();
  for (let i = 0; i < 8; i++) {
    const { channel } = await play(
      { retries: [retryFor("secp256r1", suite)] },
      clientContext({ alpnProtocols: ["h2"] }),
    );
    const [first, second] = channel.sentMessages.slice(0, 2).map(helloOf);
    assertEquals(first?.extensionOrder, second?.extensionOrder);
    orders.add(`${first?.extensionOrder}`);
  }
  assert(orders.size > 1, "8 connections have more than one order");
});

Deno.test("bad input 46: no server_name is sent for an IP address, nor where it is switched off", async () => {
  for (
    const context of [
      clientContext({ serverName: parseServerName("192.0.2.1") }),
      clientContext({ serverName: parseServerName("[2001:db8::1]") }),
      clientContext({ enableSni: false }),
    ]
  ) {
    const { channel, client } = await play({}, context);
    assertEquals(helloOf(channel.sentMessages[0]).extensions.serverName, undefined);
    valueOf(client);
  }
});

Deno.test("clientHandshake: a second ClientHello changes nothing but the key share and the cookie", async () => {
  const suite = suiteOf("TLS_AES_128_GCM_SHA256");
  const cookie = Uint8Array.of(1, 2, 3);
  const { client, server } = await play({
    retries: [
      retryFor("secp384r1", suite, {
        cookie,
        extensionOrder: [ExtensionType.supported_versions, ExtensionType.cookie, ExtensionType.key_share],
      }),
    ],
  });
  valueOf(client);
  const [first, second] = valueOf(server).hellos;
  assert(first !== undefined && second !== undefined);
  assertEquals(second.extensions.cookie, cookie);
  assertEquals(second.extensions.keyShares?.map(({ group }) => group), [NamedGroup.secp384r1]);
  const { cookie: _, keyShares: __, ...rest } = second.extensions;
  const { keyShares: ___, ...before } = first.extensions;
  assertEquals(rest, before);
  assertEquals({ ...second, extensions: {}, extensionOrder: [] }, {
    ...first,
    extensions: {},
    extensionOrder: [],
  });
});

Deno.test("clientHandshake: a HelloRetryRequest with a cookie alone keeps the key share", async () => {
  const { client, server } = await play({
    retries: [(hello) => {
      const { selectedGroup: _, ...request } = retryFor("x25519", suiteOf("TLS_AES_128_GCM_SHA256"), {
        cookie: Uint8Array.of(9),
        extensionOrder: [ExtensionType.supported_versions, ExtensionType.cookie],
      })(hello);
      return request;
    }],
  });
  assertEquals(valueOf(client).facts.handshakeKind, "full_with_hello_retry_request");
  const [first, second] = valueOf(server).hellos;
  assertEquals(second?.extensions.keyShares, first?.extensions.keyShares);
});

Deno.test("clientHandshake: the group that a server asked for comes first the next time, under the same config", async () => {
  const suite = suiteOf("TLS_AES_128_GCM_SHA256");
  const owner = {};
  const shares = async (context: ReturnType<typeof clientContext>, retry: boolean) => {
    const { channel } = await play(retry ? { retries: [retryFor("secp384r1", suite)] } : {}, context);
    return helloOf(channel.sentMessages[0]).extensions.keyShares?.map(({ group }) => group);
  };
  const usual = [NamedGroup.x25519];
  assertEquals(await shares(clientContext({ owner }), true), usual);
  assertEquals(await shares(clientContext({ owner }), false), [NamedGroup.secp384r1]);
  assertEquals(await shares(clientContext(), false), usual);
  const other = parseServerName("other.example");
  assertEquals(await shares(clientContext({ owner, serverName: other }), false), usual);
});

Deno.test("clientHandshake: the key log gets every secret, and copies", async () => {
  const entries: KeyLogEntry[] = [];
  const { client, channel } = await play({}, clientContext({ keyLog: (entry) => entries.push(entry) }));
  assertEquals(entries.map(({ label }) => label), [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
    "EXPORTER_SECRET",
  ]);
  const { secrets } = valueOf(client);
  assert(secrets !== undefined);
  assertEquals(entries[2]?.secret, secrets.clientTraffic);
  assertEquals(entries[3]?.secret, secrets.serverTraffic);
  assertEquals(entries[4]?.secret, secrets.exporter);
  assert(entries[2]?.secret.buffer !== secrets.clientTraffic.buffer);
  for (const { clientRandom } of entries) {
    assertEquals(clientRandom, helloOf(channel.sentMessages[0]).random);
  }
});

Deno.test("clientHandshake: ALPN, chosen, ignored", async () => {
  const context = clientContext({ alpnProtocols: ["h2", "http/1.1"] });
  const chosen = await play({
    encryptedExtensions: (honest) => ({
      ...honest,
      alpnProtocol: "http/1.1",
      extensionOrder: [ExtensionType.application_layer_protocol_negotiation],
    }),
  }, context);
  assertEquals(valueOf(chosen.client).facts.alpnProtocol, "http/1.1");
  const ignored = await play({}, context);
  assertStrictEquals(valueOf(ignored.client).facts.alpnProtocol, null);
});

Deno.test("clientHandshake: a stapled OCSP response is in the result", async () => {
  const { client } = await play({
    certificate: (honest) => ({
      ...honest,
      entries: honest.entries.map((entry) => ({
        ...entry,
        ocspResponse: Uint8Array.of(0x30, 0),
        extensionOrder: [ExtensionType.status_request],
      })),
    }),
  });
  assertEquals(valueOf(client).facts.ocspResponse, Uint8Array.of(0x30, 0));
});

const REQUEST = {
  type: "certificate_request",
  context: new Uint8Array(0),
  signatureAlgorithms: [0x7a7a, SignatureScheme.rsa_pss_rsae_sha256, SignatureScheme.ecdsa_secp256r1_sha256],
  certificateAuthorities: [Uint8Array.of(0x30, 0)],
  extensionOrder: [ExtensionType.signature_algorithms, ExtensionType.certificate_authorities],
} as const;

Deno.test("clientHandshake: a client without an identity answers a CertificateRequest with an empty Certificate", async () => {
  const { client, server, channel } = await play({ certificateRequest: REQUEST });
  valueOf(client);
  assertEquals(valueOf(server).clientCertificate?.entries, []);
  assertEquals(valueOf(server).clientFinishedValid, true);
  assertEquals(channel.sent, [client_hello, "ccs", certificate, finished]);
});

Deno.test("clientHandshake: a client answers a CertificateRequest with the identity that the resolver chose", async () => {
  for (
    const [keyType, scheme] of [["p256", "ecdsa_secp256r1_sha256"], ["rsa", "rsa_pss_rsae_sha256"]] as const
  ) {
    const { chain, key } = await mintSomeone(keyType);
    const asked: unknown[] = [];
    const { client, server, channel } = await play(
      { certificateRequest: REQUEST },
      clientContext({
        credentials: (request) => {
          asked.push(request);
          return Promise.resolve([{ chain, key: () => Promise.resolve(key) }]);
        },
      }),
    );
    valueOf(client);
    assertEquals(asked, [{
      certificateAuthorities: REQUEST.certificateAuthorities,
      signatureSchemes: ["ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"],
      certificateType: "X509",
    }]);
    assertEquals(valueOf(server).clientCertificate?.entries.map((entry) => entry.certificate), [...chain]);
    assertEquals(valueOf(server).clientVerify?.scheme, SignatureScheme[scheme]);
    assertEquals(valueOf(server).clientFinishedValid, true);
    assertEquals(channel.sent, [client_hello, "ccs", certificate, certificate_verify, finished]);
  }
});

Deno.test("clientHandshake: a key without a scheme of the server is no_shared_signature_scheme", async () => {
  const { chain, key } = await mintSomeone("ed25519");
  const { client } = await play(
    { certificateRequest: REQUEST },
    clientContext({ credentials: () => [{ chain, key: () => key }] }),
  );
  const error = refusalOf(client, "no_shared_signature_scheme");
  assertMatch(error.message, /its key signs with ed25519, and the server accepts/);
});

Deno.test("clientHandshake: a client with identities of another type alone is no_suitable_certificate", async () => {
  const { chain, key } = await mintSomeone();
  const raw = { chain, certificateType: "RawPublicKey", key: () => key } as const;
  const { client } = await play({ certificateRequest: REQUEST }, clientContext({ credentials: () => [raw] }));
  assertMatch(refusalOf(client, "no_suitable_certificate").message, /asks for one of the type X509$/);
  const beside = clientContext({ credentials: () => [raw, { chain, key: () => key }] });
  const { client: chosen, server } = await play({ certificateRequest: REQUEST }, beside);
  valueOf(chosen);
  assertEquals(valueOf(server).clientCertificate?.entries.length, 1);
});

Deno.test("clientHandshake: a resolver that writes over the request changes nothing of what a session keeps", async () => {
  const { chain, key } = await mintSomeone();
  const { client } = await play(
    { certificateRequest: REQUEST },
    clientContext({
      credentials: ({ certificateAuthorities }) => {
        for (const name of certificateAuthorities) name.fill(0xff);
        return [{ chain, key: () => key }];
      },
    }),
  );
  const { identity } = valueOf(client);
  assertEquals(identity?.authorities, REQUEST.certificateAuthorities);
  assertEquals(identity?.authorities[0]?.buffer.byteLength, 2, "it is no view of the message");
});

Deno.test("clientHandshake: a client signs by no scheme that TLS 1.3 has for certificates alone, though it is asked for", async () => {
  const { chain, key } = await mintSomeone("rsa");
  const forCertificates = key.schemes.filter((name) => name.startsWith("rsa_pkcs1"));
  assertEquals(forCertificates.length, 3);
  for (const schemes of [key.schemes, forCertificates]) {
    const signatureAlgorithms = forCertificates.map((name) => SignatureScheme[name]);
    const { client } = await play(
      { certificateRequest: { ...REQUEST, signatureAlgorithms } },
      clientContext({ credentials: () => [{ chain, key: () => ({ ...key, sign: key.sign, schemes }) }] }),
    );
    refusalOf(client, "no_shared_signature_scheme");
  }
});

Deno.test("clientHandshake: a key that fails, throws no Error or returns no signature is signing_failed", async () => {
  const { chain, key } = await mintSomeone();
  const broken = new Error("the key is in another castle");
  for (
    const sign of [
      () => Promise.reject(broken),
      () => {
        throw broken;
      },
      () => new Uint8Array(0),
    ]
  ) {
    const { client } = await play(
      { certificateRequest: REQUEST },
      clientContext({ credentials: () => [{ chain, key: () => ({ ...key, schemes: key.schemes, sign }) }] }),
    );
    refusalOf(client, "signing_failed");
  }
});

Deno.test("clientHandshake: a chain that is refused later leaves no unhandled rejection when another check fails first", async () => {
  const { client } = await play(
    { certificateVerify: (honest) => ({ ...honest, scheme: SignatureScheme.rsa_pkcs1_sha256 }) },
    clientContext({
      *verify(): Script<void> {
        yield Promise.reject(
          new TlsError("certificate_unknown_issuer", "Cannot trust the server: its issuer is unknown"),
        );
      },
    }),
  );
  refusalOf(client, "unoffered_signature_scheme");
  await new Promise((resolve) => setTimeout(resolve, 1)); // an unhandled rejection would end the process here
});

Deno.test("clientHandshake: a verifier that refuses, at once or later, goes before a bad signature", async () => {
  const refusal = new TlsError(
    "certificate_unknown_issuer",
    "Cannot trust the server: its issuer is unknown",
  );
  for (
    const verify of [
      function* (): Script<void> {
        yield* settle(undefined);
        throw refusal;
      },
      function* (): Script<void> {
        yield Promise.reject(refusal);
      },
    ]
  ) {
    const { client } = await play(
      { certificateVerify: (honest) => ({ ...honest, signature: new Uint8Array(70) }) },
      clientContext({ verify }),
    );
    assertStrictEquals(refusalOf(client, "certificate_unknown_issuer"), refusal);
  }
});

Deno.test(`clientHandshake: ${MAX_PEER_CERTIFICATES} certificates are accepted, one more is not`, async () => {
  const chainOf = (length: number) =>
    play({
      certificate: (honest) => ({
        ...honest,
        entries: Array.from({ length }, () =>
          honest.entries[0] ?? { certificate: new Uint8Array(1), extensionOrder: [] }),
      }),
    });
  assertEquals(
    valueOf((await chainOf(MAX_PEER_CERTIFICATES)).client).facts.peerCertificates.length,
    MAX_PEER_CERTIFICATES,
  );
  refusalOf((await chainOf(MAX_PEER_CERTIFICATES + 1)).client, "certificate_too_large");
});

Deno.test("clientHandshake: an intermediate that cannot be read is kept with the reason; an end entity is refused", async () => {
  let faults: unknown[] = [];
  const context = clientContext({
    verify: (server) => {
      if ("rawPublicKey" in server) throw new Error("it shows no certificate");
      faults = server.intermediates.map((each) => "fault" in each && each.fault.code);
      return settle(undefined);
    },
  });
  const junk = { certificate: Uint8Array.of(0x30, 1), extensionOrder: [] };
  const kept = await play(
    { certificate: (honest) => ({ ...honest, entries: [...honest.entries, junk] }) },
    context,
  );
  assertEquals(valueOf(kept.client).facts.peerCertificates.length, 2);
  assertEquals(faults, ["bad_der"]);
  const refused = await play({ certificate: (honest) => ({ ...honest, entries: [junk] }) });
  refusalOf(refused.client, "certificate_invalid");
});

function helloOf(message: Uint8Array | undefined): ClientHello {
  assert(message !== undefined);
  const hello = decodeHandshake(client_hello, message.subarray(4));
  assert(hello.type === "client_hello");
  return hello;
}
