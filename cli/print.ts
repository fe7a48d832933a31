/**
 * The lines on standard error, in curl's manner: `*` before facts about the exchange, `>` before what was sent, `<`
 * before what was received.
 *
 * Every line is printable, and credentials are hidden.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { HttpVersion, OutgoingRequest } from "../http/message.ts";
import type { MessageStream } from "./host.ts";
import { tlsLine } from "./print_tls.ts";
import { fieldText, printable, shownField } from "./text.ts";
import type { ConnectionInfo } from "../client/connection_info.ts";
import type { NetAddress } from "../client/runtime.ts";
import type { Target } from "../client/request/target.ts";

/** A response's first line and fields. */
export interface ResponseHead {
  /** The version of HTTP. */
  readonly httpVersion: HttpVersion;
  /** Three digits. */
  readonly status: number;
  /** The reason phrase; empty in HTTP/2. */
  readonly statusText: string;
  /** The fields, for each name once. */
  readonly headers: Headers;
  /** The fields as received. */
  readonly fields: readonly Field[];
}

/** The lines about the connection to `target`: addresses, TLS, timings. */
export function connectionLines(target: Target, connection: ConnectionInfo): string[] {
  const { localAddress, remoteAddress, proxies, tls, timings, reused } = connection;
  const remote = remoteAddress === undefined ? "" : ` (${address(remoteAddress)})`;
  const through = proxies === undefined ? "" : ` through ${printable(proxies.join(", "))}`;
  const where = `${printable(target.hostname)}${through}${remote}`;
  if (reused) return [`* Connection ${connection.id} to ${where} is used again`];
  const local = localAddress === undefined ? "" : ` from ${address(localAddress)}`;
  const lines = [`* Connected to ${where}${local}${within(timings.connect)}`];
  if (tls !== undefined) {
    lines.push(tlsLine(tls, within(timings.handshake)));
  }
  return lines;
}

/** The line about the time that the head took. */
export function timingLine({ timings }: ConnectionInfo): string {
  return `* Waited ${duration(timings.waiting)} for the connection, then ${
    duration(timings.headers)
  } for the head`;
}

/** The lines about a request as it was sent. */
export function requestLines(request: OutgoingRequest, httpVersion: HttpVersion | undefined): string[] {
  const { method, target, authority, fields, body } = request;
  const version = httpVersion === undefined ? "" : ` ${httpVersion}`;
  return [
    `> ${printable(method)} ${printable(target)}${version}`,
    `> host: ${printable(authority)}`,
    ...fields.map(([name, value]) => `> ${shownField(name, value)}`),
    ">",
    ...(body?.length ? [`* Sent ${body.length} bytes of content`] : []),
  ];
}

/** The lines about a response's head. */
export function responseLines({ httpVersion, status, statusText, headers }: ResponseHead): string[] {
  return [
    `< ${httpVersion} ${status} ${fieldText(statusText)}`.trimEnd(),
    ...fieldLines(headers),
    "<",
  ];
}

/** The lines about a 1xx response. */
export function informationalLines(status: number, headers: Headers): string[] {
  return [`< ${status} (informational)`, ...fieldLines(headers), "<"];
}

/** The lines about trailer fields. */
export function trailerLines(trailers: Headers): string[] {
  const lines = fieldLines(trailers);
  return lines.length === 0 ? [] : ["* Trailers:", ...lines];
}

/** The line about a redirect. */
export function redirectLine(status: number, next: Target): string {
  // Without its query, which may hold what only the next server should see.
  const path = next.path.replace(/\?.*/s, "?...");
  return `* Redirected with ${status} to ${printable(`${next.scheme}://${next.authority}${path}`)}`;
}

/** The head as bytes for standard output, with nothing hidden. */
export function headBytes(head: ResponseHead, isTerminal: boolean): Uint8Array {
  const status = `${head.httpVersion} ${head.status} ${head.statusText}`.trimEnd();
  const fields = head.fields.map(([name, value]) => `${name}: ${value}`);
  const lines = [status, ...fields].map((line) => isTerminal ? fieldText(line) : line);
  const text = [...lines, "", ""].join("\r\n");
  // Bytes go out as they came; text for a terminal is UTF-8.
  return isTerminal ? ENCODER.encode(text) : Uint8Array.from(text, (char) => char.charCodeAt(0));
}

const ENCODER = new TextEncoder();

/** Prints `lines`, with colour where the terminal wants it. */
export function say(stderr: MessageStream, lines: readonly string[]): void {
  if (lines.length > 0) {
    stderr.write(lines.map((line) => `${stderr.color ? painted(line) : line}\n`).join(""));
  }
}

function painted(line: string): string {
  if (line.startsWith("*")) return `${DIM}${line}${RESET}`;
  return line.startsWith("< HTTP/") ? `${BOLD}${line}${RESET}` : line;
}

const DIM = "\x1b[2m";
const BOLD = "\x1b[1m";
const RESET = "\x1b[0m";

function within(milliseconds: number | undefined): string {
  return milliseconds === undefined ? "" : ` in ${duration(milliseconds)}`;
}

/** `0.4 ms`, `35 ms`, `12.3 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 9_999.5 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** `17 B`, `1.5 KiB`, `8.1 MiB`. */
export function size(bytes: number): string {
  let value = bytes;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    // A value that would be rounded up to 1024 of a unit is 1 of the next.
    if (value < 1_023.95) return unit === "B" ? `${value.toFixed(0)} B` : `${value.toFixed(1)} ${unit}`;
    value /= 1_024;
  }
  return `${value.toFixed(1)} TiB`;
}

function address({ hostname, port }: NetAddress): string {
  return `${hostname} port ${port}`;
}

function fieldLines(headers: Headers): string[] {
  return [...headers].map(([name, value]) => `< ${shownField(name, value)}`);
}
