/**
 * As much HTTP/1.1 over a TLS connection as a bench needs: it believes the server.
 *
 * @module
 */

import { concat } from "@std/bytes";
import { expectStatus } from "../pattern.ts";
import type { TlsLink } from "./tls_client.ts";

/** GETs `path` and hands the body to `take` as it comes. */
export async function get(link: TlsLink, path: string, take: (piece: Uint8Array) => void): Promise<void> {
  await link.write(encoder.encode(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`));
  await readResponse(link, take);
}

/** PUTs a body to `path` and gives the text of the answer. */
export async function put(
  link: TlsLink,
  path: string,
  length: number,
  pieces: Iterable<Uint8Array>,
): Promise<string> {
  await link.write(
    encoder.encode(`PUT ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${length}\r\n\r\n`),
  );
  for (const piece of pieces) await link.write(piece);
  let text = "";
  await readResponse(link, (piece) => text += decoder.decode(piece));
  return text;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function readResponse(link: TlsLink, take: (piece: Uint8Array) => void): Promise<void> {
  let start = new Uint8Array(0);
  let end = -1;
  while (end < 0) {
    start = concat([start, await read(link)]);
    end = endOfHead(start);
  }
  const head = decoder.decode(start.subarray(0, end));
  expectStatus(Number(head.slice(9, 12)));
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  let done = start.length - end;
  if (done > 0) take(start.subarray(end));
  while (done < length) {
    const piece = await read(link);
    done += piece.length;
    take(piece);
  }
}

/** Where the empty line ends, or -1. */
function endOfHead(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0x0d); at >= 0 && at + 3 < bytes.length; at = bytes.indexOf(0x0d, at + 1)) {
    if (bytes[at + 1] === 0x0a && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a) return at + 4;
  }
  return -1;
}

async function read(link: TlsLink): Promise<Uint8Array> {
  const piece = await link.read();
  if (piece === undefined) throw new Error("Cannot read the response: the connection ended");
  return piece;
}
