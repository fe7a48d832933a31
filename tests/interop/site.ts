/**
 * What the contract suite runs against: sites that answer the same paths with different servers.
 *
 * | path | answer |
 * |---|---|
 * | `/` | `hello from NAME`, to every method |
 * | `/text` | {@linkcode TEXT}, with a validator that a conditional request can name |
 * | `/gzip` | {@linkcode TEXT} in gzip, when the request accepts that |
 * | `/trailers` | {@linkcode TEXT}, then the trailer `x-trailer: at the end` |
 * | `/bytes-N` | N bytes as `content.ts` makes them |
 * | `/empty` | 204 |
 * | `/redirect` | a redirect to `/` |
 * | `/moved-post` | 307 to where uploads go |
 * | `/fields` | {@linkcode FIELD_COUNT} fields `x-field-I: value I`, and two cookies |
 * | `/reflect` | the request's `x-reflect-I`, I from 1 to 4, as fields |
 * | `/echo` | the request's content as it arrives |
 * | `/refuse` | the same, as a 400 |
 * | `/request-trailers` | the request's trailers as JSON, once its content has ended |
 * | `/hints` | a 103 with a `link`, then {@linkcode TEXT} |
 * | `/hold` | nothing, ever |
 *
 * @module
 */

import { Client, type ClientOptions, type ClientRequestInit } from "../../mod.ts";
import type { Minted } from "../support/certificates.ts";
import type { Digest } from "./content.ts";

/** A way to speak HTTP. */
export interface Way {
  readonly name: string;
  readonly httpVersion: "HTTP/1.1" | "HTTP/2";
  readonly tls: boolean;
  /** Whether it is Ductile's TLS rather than Deno's. */
  readonly ductileTls?: true;
}

/** The same way through Ductile's TLS. */
export function byDuctileTls(way: Way): Way {
  return { ...way, name: `${way.name}, Ductile's`, ductileTls: true };
}

/** The ways that there are. */
export const WAYS: Readonly<Record<"http1" | "https1" | "http2" | "https2", Way>> = {
  http1: { name: "HTTP/1.1", httpVersion: "HTTP/1.1", tls: false },
  https1: { name: "HTTP/1.1 over TLS", httpVersion: "HTTP/1.1", tls: true },
  http2: { name: "HTTP/2 with prior knowledge", httpVersion: "HTTP/2", tls: false },
  https2: { name: "HTTP/2 over TLS", httpVersion: "HTTP/2", tls: true },
};

/** The ways through TLS, Deno's and Ductile's. */
export const WAYS_OVER_TLS: readonly Way[] = [
  WAYS.https1,
  WAYS.https2,
  byDuctileTls(WAYS.https1),
  byDuctileTls(WAYS.https2),
];

/** A server that knows the paths above. */
export interface Site {
  /** What it is, as it says at `/`. */
  readonly name: string;
  /** The program that must be installed. */
  readonly program: string;
  /** The ways it can be spoken to. */
  readonly ways: readonly Way[];
  /** The rows that it cannot do, by their ids, and why not. */
  readonly cannot: Readonly<Record<string, Reason>>;
  /** Starts it. */
  start(way: Way, certificate: Minted): Promise<RunningSite>;
}

/** Why a site cannot do a row: always, or as the way says. */
export type Reason = string | ((way: Way) => string | undefined);

/** A site that runs, in a process of its own. */
export interface RunningSite extends AsyncDisposable {
  readonly port: number;
  /**
   * Posts content, and finds out what the server received.
   *
   * @param init The content, and what else the request has.
   * @param redirected Whether to post it where a 307 leads on.
   */
  upload(visit: Visit, client: Client, init: ClientRequestInit, redirected?: boolean): Promise<Digest>;
  /** Ends the process without leaving it time for anything. */
  kill(): Promise<void>;
  /** Starts a new process on the same port, after ending the old one. */
  restart(): Promise<void>;
}

/** One row's visit to a site that runs. */
export interface Visit {
  readonly site: Site;
  readonly way: Way;
  readonly running: RunningSite;
  /** The authority of its certificate, PEM. */
  readonly caPem: string;
}

/** One row of the contract. */
export interface Row {
  /** By which a site says that it cannot. */
  readonly id: string;
  /** The sentence that is tested. */
  readonly name: string;
  /** The ways for which it has a meaning; all by default. */
  readonly applies?: (way: Way) => boolean;
  run(visit: Visit): Promise<void>;
}

/** What stands at a path of a site. */
export function urlOf({ way, running }: Visit, path: string): string {
  return `${way.tls ? "https" : "http"}://localhost:${running.port}${path}`;
}

/** A client that speaks to a site in the visit's way. */
export function clientFor({ way, caPem }: Visit, options: ClientOptions = {}): Client {
  return new Client({ ...optionsFor(way, caPem), ...options });
}

/** By what a client trusts an authority, and has its TLS as the way says. */
export function trusting({ ductileTls }: Pick<Way, "ductileTls">, caPem: string): ClientOptions {
  // To trust these and no others is what Deno's TLS cannot do.
  return { caCerts: caPem, ...(ductileTls && { roots: "mozilla" }) };
}

function optionsFor(way: Way, caPem: string): ClientOptions {
  const { httpVersion, tls } = way;
  if (!tls) return { http2PriorKnowledge: httpVersion === "HTTP/2" };
  return {
    ...trusting(way, caPem),
    // For HTTP/2 the defaults are what is to be tested: ALPN has to choose.
    ...(httpVersion === "HTTP/1.1" && { protocols: ["http/1.1"] }),
  };
}

/** Content of a kind that compresses. */
export const TEXT: string = "A wire is drawn out of metal that is ductile, and this one carries HTTP.\n"
  .repeat(60);

/** How many fields `/fields` answers with, besides the server's own. */
export const FIELD_COUNT = 80;

/** The cookies that `/fields` sets. */
export const COOKIES: readonly string[] = [
  "a=1; Path=/",
  "b=2; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
];
