/**
 * A verified TLS 1.3 handshake and a small request, TCP included, with an ECDSA P-256 certificate under one
 * authority. No session is resumed.
 *
 * Ductile remembers a chain that it has verified, for as long as its configuration lives: what it saves is shown
 * by the one that has not seen the chain before, which also reads the authority's certificate each time.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeTls } from "../native/native_peers.ts";
import { TLS_KINDS } from "../tls_clients/all.ts";
import { ductileFirstMeeting } from "../tls_clients/ductile.ts";
import { FRESH, FRESH_COUNT, tlsConnections } from "../work/tls_fresh.ts";

/** Full handshakes. */
export const tlsHandshake: Question = {
  name: "tls-handshake",
  title: "TLS 1.3 handshake, verified, and request",
  subject: "tls",
  unit: "ms",
  headline: true,
  ...FRESH,
  contestants: (arena) => [
    ...tlsConnections(arena, [...TLS_KINDS, ductileFirstMeeting]),
    ...nativeTls(arena, { kind: "fresh", count: FRESH_COUNT }),
  ],
};
