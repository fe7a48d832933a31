/**
 * Clients that reach the server through a process in between: a relay of bytes, or an HTTP proxy by CONNECT.
 *
 * A proxy costs what any relay of bytes costs; what CONNECT adds to that is the difference between these two.
 *
 * @module
 */

import { Client } from "../../mod.ts";
import { type Relay, startRelay } from "../servers/relay.ts";
import type { BenchClient, ClientKind, Settings } from "./client.ts";
import { FetchLike } from "./fetch_like.ts";

/** Ductile without anything in between. */
export const direct: ClientKind = ductileBy(
  "Ductile, direct",
  "ductile",
  ({ protocol, caCert }) => new Client({ caCerts: [caCert], protocols: [protocol] }),
);

/** Ductile through a relay of bytes. */
export const relayed: ClientKind = ductileBy(
  "Ductile, through a relay",
  "variant",
  ({ protocol, caCert }, { port }) =>
    new Client({
      caCerts: [caCert],
      protocols: [protocol],
      dial: async () => {
        const io = await Deno.connect({ hostname: "127.0.0.1", port });
        io.setNoDelay(true);
        return io;
      },
    }),
);

/** Ductile through a CONNECT tunnel. */
export const tunnelled: ClientKind = ductileBy(
  "Ductile, through CONNECT",
  "variant",
  ({ protocol, caCert }, { proxyPort }) =>
    new Client({ caCerts: [caCert], protocols: [protocol], proxy: `http://127.0.0.1:${proxyPort}` }),
);

/** Deno's `fetch` through a CONNECT tunnel. */
export const denoTunnelled: ClientKind = {
  name: "Deno fetch, through CONNECT",
  role: "deno",
  protocols: ["http/1.1", "h2"],
  uploads: false,
  async open({ protocol, caCert, origin }) {
    const relay = await startRelay(portOf(origin));
    const client = Deno.createHttpClient({
      caCerts: [caCert],
      http1: protocol === "http/1.1",
      http2: protocol === "h2",
      poolIdleTimeout: false,
      proxy: { url: `http://127.0.0.1:${relay.proxyPort}` },
    });
    return new FetchLike(origin, (url, init) => fetch(url, { ...init, client }), async () => {
      client.close();
      await relay[Symbol.asyncDispose]();
    });
  },
};

function ductileBy(
  name: string,
  role: ClientKind["role"],
  make: (settings: Settings, relay: Relay) => Client,
): ClientKind {
  return {
    name,
    role,
    protocols: ["http/1.1", "h2"],
    uploads: false,
    async open(settings): Promise<BenchClient> {
      const { origin } = settings;
      const relay = await startRelay(portOf(origin));
      const client = make(settings, relay);
      return new FetchLike(origin, (url, init) => client.fetch(url, init), async () => {
        client.close();
        await relay[Symbol.asyncDispose]();
      });
    },
  };
}

function portOf(origin: string): number {
  return Number(new URL(origin).port);
}
