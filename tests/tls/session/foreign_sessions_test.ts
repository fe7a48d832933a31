/**
 * Sessions that a client offers and should not have: of the other version, and a ticket or session ID that was seen on
 * the wire, without its secret.
 */

import { assert, assertEquals } from "@std/assert";
import type { EnabledVersionName } from "../../../tls/config/common_config.ts";
import type { ServerConfig, ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { deserializeSession, serializeSession } from "../../../tls/session/serialized_session.ts";
import { memoryServerSessions } from "../../../tls/session/server_sessions.ts";
import { ClientSession, type ClientSessionStore } from "../../../tls/session/session.ts";
import type { StoredSessionFacts } from "../../../tls/session/session_facts.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import { clientConfig, CRYPTO, serverConfig, shakeHands } from "../tls12/pair.ts";
import { serializedSessions } from "./serialized_sessions.ts";

const VERSIONS = ["TLSv1.3", "TLSv1.2"] as const;

const KEEPERS: readonly { readonly name: string; readonly options: () => Partial<ServerConfigOptions> }[] = [
  { name: "a store", options: () => ({ sessions: memoryServerSessions() }) },
  { name: "a ticketer", options: () => ({ ticketer: rotatingTicketer(CRYPTO) }) },
  {
    name: "a ticketer beside a store",
    options: () => ({ sessions: memoryServerSessions(), ticketer: rotatingTicketer(CRYPTO) }),
  },
];

/** A session of one version that a server has given. */
async function sessionOf(server: ServerConfig, version: EnabledVersionName): Promise<StoredSessionFacts> {
  const sessions = serializedSessions();
  await shakeHands(clientConfig({ versions: [version], sessions }), server);
  const session = await sessions.take("server.example");
  const facts = session && deserializeSession(session.serialize());
  assert(facts !== undefined);
  return facts;
}

interface Met {
  readonly kind: string | undefined;
  /** The codes with which the two ends failed. */
  readonly failures: readonly unknown[];
}

/** A client of one version offers a session; none that it gets is kept. */
async function offer(
  server: ServerConfig,
  version: EnabledVersionName,
  facts: StoredSessionFacts,
): Promise<Met> {
  let session = ClientSession.deserialize(serializeSession(facts));
  assert(session !== undefined);
  const sessions: ClientSessionStore = {
    put: () => {},
    take(): ClientSession | undefined {
      const offered = session;
      session = undefined;
      return offered;
    },
  };
  const ends = await shakeHands(clientConfig({ versions: [version], sessions }), server);
  assertEquals(session, undefined, "it was offered");
  return {
    kind: ends.client.connection.facts?.handshakeKind,
    failures: [ends.client.failure, ends.server.failure].map((failure) =>
      failure instanceof TlsError ? failure.code : failure
    ),
  };
}

/** The session in the form of the other version: what names it to the server stays. */
function ofOtherVersion(facts: StoredSessionFacts): StoredSessionFacts {
  const {
    ticket,
    owner,
    policy,
    serverName,
    keyExchangeGroup,
    received,
    authenticated,
    expires,
    certificates,
  } = facts;
  const common = { owner, policy, serverName, received, authenticated, expires, certificates };
  return facts.protocolVersion === "TLSv1.3"
    ? {
      ...common,
      protocolVersion: "TLSv1.2",
      suite: { id: 0xc02b, name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", hash: "SHA-256" },
      keyExchangeGroup: "x25519",
      mainSecret: new Uint8Array(48).fill(1),
      // The name of a stored session is either a ticket of TLS 1.3 or an ID of TLS 1.2.
      ...(ticket.length === 32
        ? { ticket: new Uint8Array(0), sessionId: ticket }
        : { ticket, sessionId: new Uint8Array(0) }),
    }
    : {
      ...common,
      protocolVersion: "TLSv1.3",
      suite: { id: 0x1301, name: "TLS_AES_128_GCM_SHA256", hash: "SHA-256" },
      keyExchangeGroup,
      psk: new Uint8Array(32).fill(1),
      ageAdd: 0,
      ticket: ticket.length > 0 ? ticket : facts.sessionId,
    };
}

/** The session as someone has it who saw its ticket or ID, and knows nothing of its secret. */
function withoutSecret(facts: StoredSessionFacts): StoredSessionFacts {
  return facts.protocolVersion === "TLSv1.3"
    ? { ...facts, psk: facts.psk.map((byte) => byte ^ 0xff) }
    : { ...facts, mainSecret: facts.mainSecret.map((byte) => byte ^ 0xff) };
}

for (const { name, options } of KEEPERS) {
  for (const version of VERSIONS) {
    const other = version === "TLSv1.3" ? "TLSv1.2" : "TLSv1.3";

    Deno.test(`bad input 83: a server with ${name} takes no session of ${version} for one of ${other}`, async () => {
      const server = await serverConfig({ versions: VERSIONS, ...options() });
      const facts = ofOtherVersion(await sessionOf(server, version));
      assertEquals(await offer(server, other, facts), { kind: "full", failures: [undefined, undefined] });
    });

    Deno.test(`bad input 83: a server with ${name} refuses a session of ${version} whose secret the client does not know`, async () => {
      const server = await serverConfig({ versions: VERSIONS, ...options() });
      const facts = withoutSecret(await sessionOf(server, version));
      const { kind, failures } = await offer(server, version, facts);
      assertEquals(kind, undefined);
      // In TLS 1.2 the server finishes first, and the client cannot open that.
      assertEquals(
        failures,
        version === "TLSv1.3" ? ["handshake_failed", "bad_binder"] : ["bad_record_mac", "handshake_failed"],
      );
    });

    Deno.test(`bad input 83: a server with ${name} refuses a ticket or session ID of ${version} with a bit changed, by a full handshake`, async () => {
      const server = await serverConfig({ versions: VERSIONS, ...options() });
      const facts = await sessionOf(server, version);
      const flip = (bytes: Uint8Array) => bytes.map((byte, i) => i === 20 ? byte ^ 1 : byte);
      const changed = facts.protocolVersion === "TLSv1.3"
        ? { ...facts, ticket: flip(facts.ticket) }
        : { ...facts, ticket: flip(facts.ticket), sessionId: flip(facts.sessionId) };
      assertEquals(await offer(server, version, changed), { kind: "full", failures: [undefined, undefined] });
    });
  }
}
