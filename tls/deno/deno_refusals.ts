/**
 * The errors of `DenoTls` itself: what it refuses, and what took too long.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";

/** Dialling took over `milliseconds`. */
export function connectTooSlow(hostname: string, milliseconds: number | undefined): TlsError {
  return new TlsError("connect_timeout", `Cannot connect to "${hostname}": it took over ${milliseconds} ms`, {
    hint: "Check the address and the firewall, or allow more time with connectTimeout.",
  });
}

/** The handshake took over `milliseconds`. */
export function handshakeTooSlow(serverName: string, milliseconds: number | undefined): TlsError {
  const message = `Cannot shake hands with "${serverName}": it took over ${milliseconds} ms`;
  return new TlsError("handshake_timeout", message, {
    hint: "Check that the port speaks TLS, or allow more time.",
  });
}

/** The server selected a protocol by ALPN that was not offered. */
export function notOffered(serverName: string): TlsError {
  const message = `Cannot shake hands with "${serverName}": the server chose a protocol that was not offered`;
  return new TlsError("no_application_protocol", message);
}

/** A client certificate is set, and the connection was dialled already. */
export function cannotIdentify(): TlsError {
  return new TlsError(
    "unsupported_option",
    "Cannot add TLS to a connection: Deno.startTls sends no client certificate",
    { hint: "Let DenoTls dial, or leave out cert and key." },
  );
}

/** The transport is not one that the runtime can take over. */
export function notTcp(cause?: unknown): TlsError {
  return new TlsError("unsupported_option", "Cannot add TLS to a connection: it is no Deno.TcpConn", {
    cause,
    hint: "Deno.startTls takes what Deno.connect returned for TCP, and nothing else.",
  });
}

/** A client certificate is set, and a server name that is not the host's. */
export function cannotRename(): TlsError {
  return new TlsError(
    "unsupported_option",
    "Cannot verify another name than the dialled one: this runtime's Deno.connectTls has no option for it",
    { hint: "Leave out the client certificate, or dial the host by the name of its certificate." },
  );
}
