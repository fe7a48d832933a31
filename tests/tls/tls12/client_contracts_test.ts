/** What a client of TLS 1.2 keeps and says: copies of what it received, sessions of one server, hints at a certificate. */

import { assert, assertEquals, assertInstanceOf, assertNotEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { isOfSameServer } from "../../../tls/handshake/client/session_trust.ts";
import { tls12CriteriaOf } from "../../../tls/handshake/client/tls12_certificate.ts";
import { deserializeSession } from "../../../tls/session/serialized_session.ts";
import type { StoredSessionFacts } from "../../../tls/session/session_facts.ts";
import type { Cut } from "../connection/connection_pair.ts";
import { serializedSessions } from "../session/serialized_sessions.ts";
import { clientConfig, identity, serverConfig, shakeHands } from "./pair.ts";
import { changeFlight, messageOf, replace } from "./tamper.ts";

Deno.test("the criteria of a CertificateRequest of TLS 1.2 are no view of the message", () => {
  const memory = Uint8Array.of(9, 0x30, 0, 9);
  const { authorities, schemes } = tls12CriteriaOf({
    type: "tls12_certificate_request",
    certificateTypes: Uint8Array.of(64),
    signatureAlgorithms: [0x0401, 0x0403],
    certificateAuthorities: [memory.subarray(1, 3)],
  });
  memory.fill(0xff);
  assertEquals([authorities, schemes], [[Uint8Array.of(0x30, 0)], [0x0403]]);
});

const SESSIONS = serializedSessions();
await shakeHands(clientConfig({ sessions: SESSIONS }), await serverConfig());
const session = await SESSIONS.take("server.example");
const FACTS = session && deserializeSession(session.serialize());

const KEY = Uint8Array.of(1, 2, 3);
const SAME:
  readonly (readonly [string, Partial<StoredSessionFacts>, Partial<StoredSessionFacts>, boolean])[] = [
    [
      "the same certificates, in other memory",
      {},
      { certificates: copiesOf(FACTS?.certificates ?? []) },
      true,
    ],
    ["no certificates", {}, { certificates: [] }, false],
    ["other certificates", {}, { certificates: [Uint8Array.of(0x30, 0)] }, false],
    ["the same raw public key", { rawPublicKey: KEY }, { rawPublicKey: KEY.slice() }, true],
    ["another raw public key", { rawPublicKey: KEY }, { rawPublicKey: Uint8Array.of(1, 2, 4) }, false],
    ["a raw public key beside certificates", { rawPublicKey: KEY }, {}, false],
    ["certificates beside a raw public key", {}, { rawPublicKey: KEY }, false],
  ];

function copiesOf(certificates: StoredSessionFacts["certificates"]): Uint8Array[] {
  return certificates.map((each) => each instanceof Uint8Array ? each.slice() : each.der.slice());
}

for (const [name, a, b, same] of SAME) {
  Deno.test(`two sessions with ${name} are ${same ? "" : "not "}of the same server`, () => {
    assert(FACTS !== undefined);
    assertEquals(isOfSameServer(Object.assign({}, FACTS, a), Object.assign({}, FACTS, b)), same);
  });
}

const WANTED: readonly (readonly [name: string, shows: boolean, hint: string | undefined])[] = [
  ["shows none", false, "The server asked for a client certificate, and was shown none."],
  ["shows one", true, "The server asked for a client certificate, and was shown one."],
];
for (const [name, shows, hint] of WANTED) {
  for (
    const [description, alert] of [[40, "handshake_failure"], [50, "decode_error"], [
      48,
      "unknown_ca",
    ]] as const
  ) {
    Deno.test(`a client of TLS 1.2 that was asked for a certificate, ${name} and hears ${alert}`, async () => {
      const client = clientConfig(shows ? { identity: await identity() } : {});
      const server = await serverConfig({ clientAuth: { verifier: () => {}, optional: true } });
      const { client: { failure } } = await shakeHands(client, server, withAlert(description));
      assertInstanceOf(failure, TlsError);
      assertEquals([failure.alert, failure.hint === hint], [alert, description !== 48]);
      if (description !== 48) assertInstanceOf(failure.cause, TlsError);
    });
  }
}

/** Lets the first flight of the server pass, and puts an alert in the place of what follows. */
function withAlert(description: number): Cut {
  return (bytes, from) => {
    const isFirst = bytes[0] === 0x16 && bytes[5] === 0x02;
    return from === "client" || isFirst ? [bytes] : [Uint8Array.of(0x15, 3, 3, 0, 2, 2, description)];
  };
}

Deno.test("supported_groups in a ServerHello of TLS 1.2, which some servers send, is let pass", async () => {
  const add = replace(0x02, (message) => {
    const body = message.slice(4);
    const at = 2 + 32 + 1 + (body[34] ?? 0) + 3;
    body[at + 1] = (body[at + 1] ?? 0) + 8;
    return [messageOf(0x02, concat([body, Uint8Array.of(0, 0x0a, 0, 4, 0, 2, 0, 0x1d)]))];
  });
  const { client: { failure } } = await shakeHands(
    clientConfig(),
    await serverConfig(),
    changeFlight("server", add),
  );
  // The change is given away by the Finished, and by nothing before it.
  assertInstanceOf(failure, TlsError);
  assertEquals(failure.alert, "bad_record_mac");
  assertNotEquals(failure.code, "unsupported_extension");
});
