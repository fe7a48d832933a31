/**
 * A large body over one TLS connection, one way or the other: what a byte costs.
 *
 * @module
 */

import type { Arena, Contestant, Entrant } from "../harness.ts";
import { bulk, BulkCheck, expectLength } from "../pattern.ts";
import type { Server } from "../servers/server.ts";
import { shortLength } from "../servers/site.ts";
import { get, put } from "../tls_clients/http.ts";
import type { TlsKind, TlsLink } from "../tls_clients/tls_client.ts";
import { checkedUpload } from "./checked_upload.ts";
import { milliseconds } from "./timing.ts";
import { tlsTarget } from "./tls_target.ts";

/** These libraries; figures are millions of bytes per second. */
export function tlsDownloads(arena: Arena, kinds: readonly TlsKind[]): Contestant[] {
  return kinds.map((kind) => contestant(kind, arena, download));
}

/** These libraries; figures are millions of bytes per second. */
export function tlsUploads(arena: Arena, kinds: readonly TlsKind[]): Contestant[] {
  return kinds.map((kind) => contestant(kind, arena, upload));
}

type Direction = (link: TlsLink, kind: TlsKind, arena: Arena) => Omit<Entrant, "close">;

function contestant(kind: TlsKind, arena: Arena, direction: Direction): Contestant {
  const { name, role } = kind;
  return {
    name,
    role,
    async enter() {
      const dialer = await kind.open(tlsTarget(arena.server, kind));
      const link = await dialer.connect();
      return { ...direction(link, kind, arena), close: () => link.close() };
    },
  };
}

function download(link: TlsLink, kind: TlsKind, { server }: Arena): Omit<Entrant, "close"> {
  const isShort = kind.slowAt?.includes("download") ?? false;
  const path = isShort ? "/short" : "/bulk";
  const length = lengthOf(server, isShort);
  return {
    async warmUp() {
      const check = new BulkCheck();
      const time = await milliseconds(() => get(link, path, (piece) => check.take(piece)));
      check.end(length);
      return length / time / 1000;
    },
    async round() {
      let count = 0;
      const time = await milliseconds(() => get(link, path, (piece) => count += piece.length));
      expectLength(count, length);
      return length / time / 1000;
    },
    note: () => noteOf(link, length, isShort),
  };
}

function upload(link: TlsLink, kind: TlsKind, { server }: Arena): Omit<Entrant, "close"> {
  const isShort = kind.slowAt?.includes("upload") ?? false;
  const length = lengthOf(server, isShort);
  const name = `tls_${kind.name.replaceAll(/\W/g, "_")}`;
  return {
    ...checkedUpload(server, name, length, (path) => put(link, path, length, bulk(length))),
    note: () => noteOf(link, length, isShort),
  };
}

function lengthOf({ bulkLength }: Server, isShort: boolean): number {
  return isShort ? shortLength(bulkLength) : bulkLength;
}

function noteOf({ cipherSuite }: TlsLink, length: number, isShort: boolean): string | undefined {
  return isShort ? `${(length / 2 ** 20).toFixed(1)} MiB only: the whole would take too long` : cipherSuite;
}
