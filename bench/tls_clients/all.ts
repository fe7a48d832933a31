/**
 * Which TLS libraries take part.
 *
 * @module
 */

import { denoStartTls } from "./deno_start_tls.ts";
import { ductile, ductileVariants } from "./ductile.ts";
import { forge } from "./forge.ts";
import { nodeTls } from "./node_tls.ts";
import { reclaim } from "./reclaim.ts";
import { subtls } from "./subtls.ts";
import type { TlsKind } from "./tls_client.ts";

/** Every library, Ductile first. */
export const TLS_KINDS: readonly TlsKind[] = [
  ductile,
  denoStartTls,
  ...ductileVariants,
  reclaim,
  subtls,
  forge,
  nodeTls,
];
