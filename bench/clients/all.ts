/**
 * All clients that are measured.
 *
 * @module
 */

import type { Protocol } from "../servers/server.ts";
import type { ClientKind } from "./client.ts";
import { denoFetch } from "./deno_fetch.ts";
import { ductile } from "./ductile.ts";
import { nodeHttp2 } from "./node_http2.ts";
import { nodeHttps } from "./node_https.ts";
import { rawHttp1 } from "./raw_http1.ts";
import { rawHttp2 } from "./raw_http2.ts";
import { undiciFetch, undiciRequest } from "./undici.ts";

/** Every client, Ductile first and the limits last. */
export const CLIENTS: readonly ClientKind[] = [
  ductile,
  denoFetch,
  undiciFetch,
  undiciRequest,
  nodeHttps,
  nodeHttp2,
  rawHttp1,
  rawHttp2,
];

/** The clients that speak this protocol. */
export function clientsFor(protocol: Protocol): readonly ClientKind[] {
  return CLIENTS.filter(({ protocols }) => protocols.includes(protocol));
}
