/**
 * Contexts of a handshake whose functions report their results to a recorder: whether the peer is trusted, which
 * identity is shown, which session was found, which secrets came when.
 *
 * The functions do what they did before, and throw what they threw.
 *
 * @module
 */

import type { KeyLog, KeyLogEntry } from "../config/config_types.ts";
import { type ClientContext, nameOf } from "../handshake/client/context.ts";
import type { PeerCredentials } from "../handshake/peer_credentials.ts";
import type { Resumption, ServerContext } from "../handshake/server/context.ts";
import type { Eventual, Script } from "../../io/script.ts";
import type { CertificatePath } from "../x509/path/path.ts";
import type { ClientSessionStore } from "../session/session.ts";
import type { LoggedConclusion } from "./connection_log.ts";

/** Listener to the functions of a context. */
export interface ContextListener {
  derivedSecret(entry: KeyLogEntry, isLogged: boolean): void;
  concluded(conclusion: LoggedConclusion): void;
}

/** A client's context that reports. */
export function watchedClient(context: ClientContext, listener: ContextListener): ClientContext {
  const { sessions } = context;
  return {
    ...context,
    keyLog: watchedKeyLog(context.keyLog, listener),
    verify: (server) =>
      watchedVerdict(
        context.verify(server),
        server,
        { time: server.time, serverName: nameOf(server) },
        listener,
      ),
    credentials: (request) =>
      whenKnown(context.credentials(request), (identities) =>
        listener.concluded({
          about: "client_identity",
          identities: identities.length,
          authorities: request.certificateAuthorities.length,
        })),
    ...watchedCompression(context, listener),
    ...(sessions !== undefined && { sessions: watchedStore(sessions, listener) }),
  };
}

/** A server's context that reports. */
export function watchedServer(context: ServerContext, listener: ContextListener): ServerContext {
  const { clientAuth, resumption } = context;
  return {
    ...context,
    keyLog: watchedKeyLog(context.keyLog, listener),
    credentials: (hello) =>
      whenKnown(context.credentials(hello), (identities) =>
        listener.concluded({
          about: "server_identity",
          identities: identities.length,
          serverName: hello.serverName,
        })),
    ...watchedCompression(context, listener),
    ...(clientAuth !== undefined && {
      clientAuth: {
        ...clientAuth,
        verify: (client, time) => watchedVerdict(clientAuth.verify(client, time), client, { time }, listener),
      },
    }),
    ...(resumption !== undefined && { resumption: watchedResumption(resumption, listener) }),
  };
}

function watchedKeyLog(keyLog: KeyLog | undefined, listener: ContextListener): KeyLog {
  return (entry) => {
    listener.derivedSecret(entry, keyLog !== undefined);
    keyLog?.(entry);
  };
}

function* watchedVerdict<Verdict extends CertificatePath | undefined | void>(
  verdict: Script<Verdict>,
  peer: PeerCredentials,
  by: { readonly time: Date; readonly serverName?: string },
  listener: ContextListener,
): Script<Verdict> {
  const isRawPublicKey = "rawPublicKey" in peer;
  let path: Verdict;
  try {
    path = yield* verdict;
  } catch (refusal) {
    listener.concluded({ about: "certificate", isRawPublicKey, ...by, refusal });
    throw refusal;
  }
  listener.concluded({
    about: "certificate",
    isRawPublicKey,
    ...by,
    ...(path !== undefined && {
      path: [...path.chain.map(({ subject }) => subject), path.anchor.subject],
    }),
  });
  return path;
}

/** Algorithms of certificate compression that report what went in, or came out. */
function watchedCompression(
  { certificateCompression }: Pick<ClientContext, "certificateCompression">,
  listener: ContextListener,
): Pick<ClientContext, "certificateCompression"> {
  if (certificateCompression === undefined) return {};
  return {
    certificateCompression: certificateCompression.map((algorithm) => ({
      id: algorithm.id,
      compress(certificate) {
        listener.concluded({ about: "compressed_certificate", certificate: certificate.slice() });
        return algorithm.compress(certificate);
      },
      decompress: (compressed, length) =>
        whenKnown(algorithm.decompress(compressed, length), (certificate) => {
          // An algorithm of the application may return anything.
          if (!(certificate instanceof Uint8Array) || certificate.length !== length) return;
          listener.concluded({ about: "decompressed_certificate", certificate: certificate.slice() });
        }),
    })),
  };
}

function watchedStore(store: ClientSessionStore, listener: ContextListener): ClientSessionStore {
  return {
    take: (serverName) =>
      whenKnown(
        store.take(serverName),
        (session) => listener.concluded({ about: "stored_session", found: session !== undefined }),
      ),
    put: (serverName, session) =>
      whenKnown(store.put(serverName, session), () => listener.concluded({ about: "kept_session" })),
  };
}

function watchedResumption({ ticketer, store }: Resumption, listener: ContextListener): Resumption {
  const tell = (session: Uint8Array | undefined): void =>
    listener.concluded({ about: "offered_session", found: session !== undefined });
  return {
    ...(ticketer !== undefined && {
      ticketer: {
        lifetime: ticketer.lifetime,
        seal: (session, now) => ticketer.seal(session, now),
        open: (ticket, now) => whenKnown(ticketer.open(ticket, now), tell),
      },
    }),
    ...(store !== undefined && {
      store: {
        put: (id, session, expires) => store.put(id, session, expires),
        take: (id) => whenKnown(store.take(id), tell),
      },
    }),
  };
}

/** A value that is passed on, and told when it is known. */
function whenKnown<T>(value: Eventual<T>, tell: (value: T) => void): Eventual<T> {
  const told = (known: T): T => {
    tell(known);
    return known;
  };
  return value instanceof Promise ? value.then(told) : told(value);
}
