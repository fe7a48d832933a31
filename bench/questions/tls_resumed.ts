/**
 * A resumed TLS 1.3 handshake and a small request, TCP included. Deno's TLS resumes nothing: beside Ductile it does
 * a full handshake, since that is what its user gets.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeTls } from "../native/native_peers.ts";
import { denoStartTls } from "../tls_clients/deno_start_tls.ts";
import { ductileResuming, ductileResumingVariants } from "../tls_clients/ductile.ts";
import { FRESH, FRESH_COUNT, tlsConnections } from "../work/tls_fresh.ts";

const RESUMING = [ductileResuming, ...ductileResumingVariants];

/** Resumed handshakes. */
export const tlsResumed: Question = {
  name: "tls-resumed",
  title: "TLS 1.3 resumed handshake and request; Deno's in full",
  subject: "tls",
  unit: "ms",
  headline: true,
  ...FRESH,
  contestants: (arena) => [
    ...tlsConnections(arena, [ductileResuming, denoStartTls, ...ductileResumingVariants], {
      resuming: RESUMING,
    }),
    ...nativeTls(arena, { kind: "resumed", count: FRESH_COUNT }),
  ],
};
