/** Handshakes with Encrypted ClientHello: accepted, rejected, made up; with retries, sessions and every cut. */

import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { encodeHex } from "@std/encoding/hex";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { generateEchKey } from "../../../tls/ech/generate_ech_key.ts";
import { memoryServerSessions, type ServerSessionStore } from "../../../tls/session/server_sessions.ts";
import type { ServerHello } from "../../../tls/wire/messages.ts";
import { decodeServerHello } from "../../../tls/wire/server_hello.ts";
import { bytewise, type Cut, cutOnce, type End } from "../connection/connection_pair.ts";
import { recordsOf } from "../tls12/tamper.ts";
import {
  CLIENT_IDENTITY,
  clientConfig,
  type Ends,
  IDENTITIES,
  KEY,
  keyOf,
  OTHER_KEY,
  PUBLIC_NAME,
  SECRET_NAME,
  serverConfig,
  shakeHands,
} from "./ech_pair.ts";

function failureOf({ failure }: End): TlsError {
  assertInstanceOf(failure, TlsError);
  return failure;
}

function assertAccepted({ client, server }: Ends): void {
  assertEquals([client.failure, server.failure], [undefined, undefined]);
  assertEquals([client.connection.facts?.ech, server.connection.facts?.ech], ["accepted", "accepted"]);
  assertEquals(client.connection.facts?.serverName, SECRET_NAME);
  assertEquals(server.connection.facts?.serverName, SECRET_NAME);
}

for (const crypto of [denoCrypto(), webCrypto()]) {
  Deno.test(`ECH (${crypto.name}): the server sees the encrypted name and shows its certificate`, async () => {
    const ends = await shakeHands(clientConfig({ crypto }), serverConfig({ crypto }));
    assertAccepted(ends);
    assertEquals(ends.client.connection.facts?.peerCertificates[0]?.dnsNames, [SECRET_NAME]);
  });
}

Deno.test("ECH: with a key of P-256", async () => {
  const key = await generateEchKey(PUBLIC_NAME, { group: "secp256r1" });
  const client = clientConfig({ ech: { configs: key.configList } });
  assertAccepted(await shakeHands(client, serverConfig({ echKeys: [keyOf(key)] })));
});

Deno.test("ECH: no name and no session of the inner hello is in what the client sends", async () => {
  const sent: Uint8Array[] = [];
  const cut: Cut = (bytes, from) => {
    if (from === "client") sent.push(bytes.slice());
    return [bytes];
  };
  const tickets: string[] = [];
  const memory = memoryServerSessions();
  const sessions: ServerSessionStore = {
    put(id, ...more) {
      tickets.push(id);
      return memory.put(id, ...more);
    },
    take: (id) => memory.take(id),
  };
  const [client, server] = [clientConfig(), serverConfig({ groups: ["secp521r1"], sessions })];
  for (const resumed of [false, true]) {
    const ends = await shakeHands(client, server, { cut });
    assertAccepted(ends);
    assertEquals(ends.client.connection.facts?.resumed, resumed);
  }
  const all = encodeHex(concat(sent));
  assertEquals([tickets.length > 0, tickets.filter((id) => all.includes(id))], [true, []]);
  const text = new TextDecoder("latin1").decode(concat(sent));
  assertEquals(text.includes(SECRET_NAME), false);
  assertEquals(text.split(PUBLIC_NAME).length - 1, 3); // two hellos with a retry, and one without
});

Deno.test("ECH: the random of the inner hello is not in what the client sends, and the outer one stays through a retry", async () => {
  for (const [groups, count] of [[["x25519"], 1], [["secp521r1"], 2]] as const) {
    const sent: Uint8Array[] = [];
    const inner = new Set<string>();
    const cut: Cut = (bytes, from) => {
      if (from === "client") sent.push(bytes.slice());
      return [bytes];
    };
    const client = clientConfig({ keyLog: ({ clientRandom }) => inner.add(encodeHex(clientRandom)) });
    assertAccepted(await shakeHands(client, serverConfig({ groups }), { cut }));
    // A ChangeCipherSpec of six bytes may stand in front; later records are no handshake in the clear.
    const hellos = sent.map((bytes) => bytes.subarray(bytes[0] === 20 ? 6 : 0)).filter(([type]) =>
      type === 22
    );
    const outer = hellos.map((bytes) => encodeHex(bytes.subarray(11, 43)));
    assertEquals([inner.size, outer.length, new Set(outer).size], [1, count, 1]);
    const [random = ""] = inner;
    assertEquals([random.length, encodeHex(concat(sent)).includes(random)], [64, false]);
  }
});

Deno.test("ECH: through a HelloRetryRequest", async () => {
  const ends = await shakeHands(clientConfig(), serverConfig({ groups: ["secp521r1"] }));
  assertAccepted(ends);
  assertEquals(ends.client.connection.facts?.handshakeKind, "full_with_hello_retry_request");
});

Deno.test("ECH: a session is resumed inside, also through a HelloRetryRequest", async () => {
  for (const groups of [["x25519"], ["secp521r1"]] as const) {
    const [client, server] = [clientConfig(), serverConfig({ groups })];
    assertAccepted(await shakeHands(client, server));
    const ends = await shakeHands(client, server);
    assertAccepted(ends);
    assertEquals([ends.client.connection.facts?.resumed, ends.server.connection.facts?.resumed], [
      true,
      true,
    ]);
  }
});

Deno.test("ECH: early data inside is accepted by the server that can decrypt the hello", async () => {
  const client = clientConfig({ enableEarlyData: true });
  const server = serverConfig({ sessions: memoryServerSessions(), maxEarlyDataSize: 1000 });
  assertAccepted(await shakeHands(client, server));
  const ends = await shakeHands(client, server);
  assertAccepted(ends);
  assertEquals(ends.client.connection.facts?.earlyDataAccepted, true);
});

Deno.test("ECH: early data inside is refused by a server that cannot, and the connection fails all the same", async () => {
  const client = clientConfig({ enableEarlyData: true });
  const sessions = memoryServerSessions();
  assertAccepted(await shakeHands(client, serverConfig({ sessions, maxEarlyDataSize: 1000 })));
  const ends = await shakeHands(
    client,
    serverConfig({ sessions, maxEarlyDataSize: 1000, echKeys: [keyOf(OTHER_KEY)] }),
  );
  assertEquals(failureOf(ends.client).code, "ech_rejected");
  assertEquals(failureOf(ends.server).alert, "ech_required");
});

Deno.test("ECH: a client of an IP address sends no inner name, and the public one outside", async () => {
  const server = serverConfig();
  const client = clientConfig({ verifier: () => {}, roots: undefined });
  const ends = await shakeHands(client, server, { name: "192.0.2.1" });
  assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
  assertEquals(ends.server.connection.facts?.serverName, undefined);
  assertEquals(ends.server.connection.facts?.ech, "accepted");
});

Deno.test("ECH: the second of two keys with one identifier decrypts", async () => {
  const echKeys = [keyOf(OTHER_KEY), keyOf(KEY)];
  assertAccepted(await shakeHands(clientConfig(), serverConfig({ echKeys })));
});

Deno.test("ECH: a handshake that comes byte by byte, or is cut once anywhere in the client's hellos", async () => {
  const [client, server] = [clientConfig({ sessions: false }), serverConfig({ groups: ["secp521r1"] })];
  assertAccepted(await shakeHands(client, server, { cut: bytewise }));
  for (let after = 1; after < 1500; after += 97) {
    assertAccepted(await shakeHands(client, server, { cut: cutOnce("client", after) }));
  }
});

const REJECTIONS = [
  { name: "another key", options: { echKeys: [keyOf(OTHER_KEY)] }, retries: true },
  {
    name: "another key, through a HelloRetryRequest",
    options: { echKeys: [keyOf(OTHER_KEY)], groups: ["secp521r1"] },
    retries: true,
  },
  { name: "no keys", options: { echKeys: undefined }, retries: false },
  {
    name: "no keys, through a HelloRetryRequest",
    options: { echKeys: undefined, groups: ["secp521r1"] },
    retries: false,
  },
] as const;
for (const { name, options, retries } of REJECTIONS) {
  Deno.test(`N-02: a server with ${name} is told by ech_required, once it has proved to be the public one`, async () => {
    const ends = await shakeHands(clientConfig(), serverConfig(options));
    const failure = failureOf(ends.client);
    assertEquals(failure.code, "ech_rejected");
    assertEquals(failure.retryConfigs, retries ? OTHER_KEY.configList : undefined);
    assertStringIncludes(
      failure.hint ?? "",
      retries ? "the retryConfigs of this error" : "has no ECH any more",
    );
    assertEquals(failureOf(ends.server).alert, "ech_required");
    assertEquals(ends.client.events, []);
    assertEquals(ends.server.connection.facts?.serverName, PUBLIC_NAME);
    assertEquals(ends.server.connection.facts?.ech, "rejected");
  });
}

Deno.test("ECH: a HelloRetryRequest that accepts nothing has random bytes in the place of a sign", async () => {
  const signs = new Set<string>();
  for (const ech of [{ configs: KEY.configList }, "grease", "grease"] as const) {
    let hello: ServerHello | undefined;
    const server = serverConfig({ groups: ["secp521r1"], echKeys: [keyOf(OTHER_KEY)] });
    const cut: Cut = (bytes, from) => {
      if (from === "server") hello ??= decodeServerHello(recordsOf(bytes)[0]?.payload.subarray(4) ?? bytes);
      return [bytes];
    };
    await shakeHands(clientConfig({ ech }), server, { cut });
    assertEquals([hello?.isHelloRetryRequest, hello?.echConfirmation?.length], [true, 8]);
    signs.add(encodeHex(hello?.echConfirmation ?? new Uint8Array(0)));
  }
  assertEquals([signs.size, signs.has("0".repeat(16))], [3, false]);
});

Deno.test("ECH: the retry configurations of a rejection are accepted", async () => {
  const server = serverConfig({ echKeys: [keyOf(OTHER_KEY)] });
  const { retryConfigs } = failureOf((await shakeHands(clientConfig(), server)).client);
  assert(retryConfigs !== undefined);
  assertAccepted(await shakeHands(clientConfig({ ech: { configs: retryConfigs } }), server));
});

Deno.test("ECH: only keys that say so are retry configurations", async () => {
  const echKeys = [keyOf(await generateEchKey(PUBLIC_NAME), false), keyOf(OTHER_KEY)];
  const ends = await shakeHands(clientConfig(), serverConfig({ echKeys }));
  assertEquals(failureOf(ends.client).retryConfigs, OTHER_KEY.configList);
});

Deno.test("N-03: a rejecting server without a certificate of the public name is refused, and its configs are not told", async () => {
  const server = serverConfig({ echKeys: [keyOf(OTHER_KEY)], identity: () => IDENTITIES[SECRET_NAME] });
  const ends = await shakeHands(clientConfig(), server);
  const failure = failureOf(ends.client);
  assertEquals([failure.code, failure.retryConfigs], ["certificate_wrong_name", undefined]);
});

Deno.test("ECH: a public name is verified in lower case, however its config spells it", async () => {
  const key = await generateEchKey("Public.EXAMPLE", { configId: 7 });
  const client = clientConfig({ ech: { configs: key.configList } });
  const ends = await shakeHands(client, serverConfig({ echKeys: [keyOf(OTHER_KEY)] }));
  assertEquals(failureOf(ends.client).code, "ech_rejected");
  assertEquals(failureOf(ends.client).retryConfigs, OTHER_KEY.configList);
});

Deno.test("N-03: a client that verifies no certificate, or no name, takes no retry configurations", async () => {
  const server = serverConfig({ echKeys: [keyOf(OTHER_KEY)] });
  for (
    const options of [{ roots: undefined, dangerAcceptInvalidCerts: true }, {
      dangerAcceptInvalidHostnames: true,
    }]
  ) {
    const failure = failureOf((await shakeHands(clientConfig(options), server)).client);
    assertEquals([failure.code, failure.retryConfigs], ["ech_rejected", undefined]);
    assertStringIncludes(failure.hint ?? "", "no retry configurations are taken");
  }
});

Deno.test("N-21: a rejection whose last message was altered tells no retry configurations", async () => {
  let flights = 0;
  const cut: Cut = (bytes, from) => {
    if (from === "client" || ++flights > 1) return [bytes];
    const altered = bytes.slice();
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    return [altered];
  };
  const ends = await shakeHands(clientConfig(), serverConfig({ echKeys: [keyOf(OTHER_KEY)] }), { cut });
  const failure = failureOf(ends.client);
  assertEquals([failure.code, failure.retryConfigs], ["bad_record_mac", undefined]);
});

Deno.test("N-04: a rejecting server that asks for a certificate gets none", async () => {
  const options = { clientAuth: { verifier: () => {}, optional: true } };
  const client = clientConfig({ identity: CLIENT_IDENTITY });
  const accepted = await shakeHands(client, serverConfig(options));
  assertEquals(accepted.server.connection.facts?.peerCertificates.length, 1);
  const ends = await shakeHands(client, serverConfig({ ...options, echKeys: [keyOf(OTHER_KEY)] }));
  assertEquals(failureOf(ends.client).code, "ech_rejected");
  assertEquals(ends.server.connection.facts?.peerCertificates, []);
});

Deno.test("N-05: a session is not offered outside, and a rejecting server's tickets are not kept", async () => {
  const client = clientConfig();
  const server = serverConfig();
  await shakeHands(client, server);
  const ends = await shakeHands(
    client,
    serverConfig({ echKeys: [keyOf(OTHER_KEY)], sessions: memoryServerSessions() }),
  );
  assertEquals(failureOf(ends.client).code, "ech_rejected");
  assertEquals(ends.server.connection.facts?.resumed, false);
  const { sessions } = client;
  assert(sessions !== false);
  assertEquals(await sessions.take(PUBLIC_NAME), undefined);
});

Deno.test("ECH: GREASE is ignored by every server, and the name is sent in the clear", async () => {
  for (
    const options of [{}, { echKeys: undefined }, { groups: ["secp521r1"] as const }, {
      versions: ["TLSv1.2"] as const,
      echKeys: undefined,
    }]
  ) {
    const ends = await shakeHands(clientConfig({ ech: "grease" }), serverConfig(options));
    assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
    assertEquals([ends.client.connection.facts?.ech, ends.server.connection.facts?.ech], [
      "grease",
      "rejected",
    ]);
    assertEquals(ends.server.connection.facts?.serverName, SECRET_NAME);
  }
});

Deno.test("ECH: a client with keys offers TLS 1.3 alone", async () => {
  const ends = await shakeHands(clientConfig(), serverConfig({ versions: ["TLSv1.2"], echKeys: undefined }));
  assertEquals(failureOf(ends.server).code, "unsupported_protocol_version");
  assertEquals(failureOf(ends.client).code, "unsupported_protocol_version");
  assertStringIncludes(failureOf(ends.client).hint ?? "", "Encrypted ClientHello needs TLS 1.3");
});

Deno.test("ECH: a client without it, or a server without keys, says so", async () => {
  const ends = await shakeHands(clientConfig({ ech: undefined }), serverConfig());
  assertEquals([ends.client.connection.facts?.ech, ends.server.connection.facts?.ech], [
    "not_offered",
    "not_offered",
  ]);
});
