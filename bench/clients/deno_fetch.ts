/**
 * Deno's own `fetch`, with an `HttpClient` of its own.
 *
 * @module
 */

import type { ClientKind } from "./client.ts";
import { FetchLike } from "./fetch_like.ts";

/** The global `fetch`. */
export const denoFetch: ClientKind = {
  name: "Deno fetch",
  role: "deno",
  protocols: ["http/1.1", "h2"],
  uploads: true,
  open({ protocol, caCert, origin }) {
    const client = Deno.createHttpClient({
      caCerts: [caCert],
      http1: protocol === "http/1.1",
      http2: protocol === "h2",
      poolIdleTimeout: false,
    });
    return Promise.resolve(
      new FetchLike(origin, (url, init) => fetch(url, { ...init, client }), () => client.close()),
    );
  },
};
