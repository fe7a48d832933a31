/**
 * The site in Node and in Deno: servers written in JavaScript, in processes of their own.
 *
 * @module
 */

import type { Minted } from "../../support/certificates.ts";
import { type Peer, startScript } from "../../support/peers.ts";
import {
  COOKIES,
  FIELD_COUNT,
  type Reason,
  type RunningSite,
  type Site,
  TEXT,
  urlOf,
  type Way,
  WAYS,
} from "../site.ts";

/** Node's `http`, `https` and `http2`. */
export const NODE: Site = site("Node", "node", {});

/** `Deno.serve`. */
export const DENO: Site = site("Deno", "deno", {
  trailers: "Deno.serve has no trailers",
  request_trailers: "Deno.serve shows no trailers",
  hints: "Deno.serve sends no 103",
  huge_fields: ({ httpVersion }) =>
    httpVersion === "HTTP/2" ? "Deno.serve takes 16 KiB of fields over HTTP/2" : undefined,
  continue: ({ httpVersion }) =>
    httpVersion === "HTTP/2" ? "Deno.serve sends no 100 over HTTP/2, and need not" : undefined,
});

function site(name: string, program: "node" | "deno", cannot: Readonly<Record<string, Reason>>): Site {
  return {
    name,
    program,
    ways: Object.values(WAYS),
    cannot,
    start: async (way, certificate) => running(await startScriptedSite(program, way, certificate)),
  };
}

/** Starts the server in Node or in Deno; `/go-away` and `/shutdown` are what it has besides the site's paths. */
export async function startScriptedSite(
  runtime: "node" | "deno",
  way: Pick<Way, "httpVersion" | "tls">,
  certificate: Minted,
): Promise<Peer> {
  const { httpVersion, tls } = way;
  const options = { httpVersion, tls, text: TEXT, fieldCount: FIELD_COUNT, cookies: COOKIES };
  return await startScript(runtime, await source(`${runtime}_server.mjs`), {
    certificate,
    files: { "options.json": JSON.stringify(options), "site_content.mjs": await source("site_content.mjs") },
  });
}

function source(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}

function running(peer: Peer): RunningSite {
  return {
    port: peer.port,
    async upload(visit, client, init, redirected = false) {
      const response = await client.post(urlOf(visit, redirected ? "/moved-post" : "/digest"), init);
      return await response.json();
    },
    kill: () => peer.stop("SIGKILL"),
    restart: () => peer.restart(),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}
