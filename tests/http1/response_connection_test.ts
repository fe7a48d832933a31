/**
 * What a response means for its connection: whether it persists (RFC 9112 §9.3), and switches of protocols.
 *
 * @module
 */

import type { RequestHead } from "../../http1/request_head.ts";
import { content, OK, refused, type ResponseRow, testResponses } from "./response_rows.ts";

const PERSISTENCE: readonly ResponseRow[] = [
  ...["HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified"].map((line): ResponseRow => ({
    name: `H1-33: "${line}" has no content, and bytes after it end keep-alive`,
    wire: `${line}\r\nContent-Length: 10\r\n\r\n0123456789`,
    outcome: { ...content(""), length: 0 },
    reusable: false,
  })),
  {
    name: "H1-33: the response to HEAD has no content, and bytes after it end keep-alive",
    asked: { method: "HEAD" },
    wire: `${OK}Content-Length: 10\r\n\r\n0123456789`,
    outcome: { ...content(""), length: 0 },
    reusable: false,
  },
  {
    name: "H1-33: the response to HEAD alone leaves the connection usable",
    asked: { method: "HEAD" },
    wire: `${OK}Content-Length: 10\r\n\r\n`,
    outcome: content(""),
  },
  {
    name: "H1-34: the response to HEAD has no chunks",
    asked: { method: "HEAD" },
    wire: `${OK}Transfer-Encoding: chunked\r\n\r\n`,
    outcome: content(""),
  },
  ...[
    "Connection: x\r\nConnection: close",
    "Connection: close\r\nConnection: keep-alive",
    "Connection: keep-alive, Close",
  ]
    .map((lines): ResponseRow => ({
      name: `H1-36, H1-37: "${lines.replace("\r\n", "; ")}" ends the connection`,
      wire: `${OK}${lines}\r\nContent-Length: 0\r\n\r\n`,
      outcome: content(""),
      reusable: false,
    })),
  {
    name: "an option that only begins like close does not end the connection",
    wire: `${OK}Connection: closed, not-close\r\nContent-Length: 0\r\n\r\n`,
    outcome: content(""),
  },
  {
    name: "H1-38: HTTP/1.0 ends the connection",
    wire: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    outcome: { ...content("ok"), version: "HTTP/1.0" },
    reusable: false,
  },
  {
    name: 'H1-38: HTTP/1.0 persists with "connection: keep-alive"',
    wire: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok",
    outcome: content("ok"),
  },
  {
    name: "a request that says close ends the connection",
    asked: { fields: [["connection", "close"]] },
    wire: `${OK}Content-Length: 0\r\n\r\n`,
    outcome: content(""),
    reusable: false,
  },
  {
    name: "content without a length goes on to the end of the connection",
    wire: `${OK}X: y\r\n\r\nto the end`,
    end: true,
    outcome: { ...content("to the end"), closed: true },
    reusable: false,
  },
  {
    name: "no content without a length",
    wire: `${OK}\r\n`,
    end: true,
    outcome: content(""),
    reusable: false,
  },
];

const UPGRADE: RequestHead["fields"] = [["connection", "Upgrade"], ["upgrade", "websocket, foo/2"]];
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\n";

const SWITCHES: readonly ResponseRow[] = [
  {
    name: "H1-31: a 101 without an offer is refused",
    wire: `${SWITCH}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
    outcome: refused("unexpected_upgrade"),
  },
  {
    name: "H1-31: an Upgrade field without its connection option is no offer",
    asked: { fields: [["upgrade", "websocket"]] },
    wire: `${SWITCH}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
    outcome: refused("unexpected_upgrade"),
  },
  ...["Upgrade: h2c", "Upgrade: websocket, h2c", "Upgrade: foo", "X: y"].map((line): ResponseRow => ({
    name: `H1-32: a 101 to a protocol that was not offered (${line}) is refused`,
    asked: { fields: UPGRADE },
    wire: `${SWITCH}Connection: upgrade\r\n${line}\r\n\r\n`,
    outcome: refused("unexpected_upgrade"),
  })),
  ...["a", "b", "a, b", "B\r\nUpgrade: A"].map((chosen): ResponseRow => ({
    name: `H1-32: a 101 to ${JSON.stringify(chosen)} switches, which two lines of Upgrade offer`,
    asked: { fields: [["connection", "upgrade"], ["upgrade", "a"], ["upgrade", "b"]] },
    wire: `${SWITCH}Connection: upgrade\r\nUpgrade: ${chosen}\r\n\r\nrest`,
    outcome: { status: 101, rest: "rest", ended: false },
  })),
  {
    name: "a 101 hands over what follows it",
    asked: { fields: UPGRADE },
    wire: `${SWITCH}Connection: Upgrade\r\nUpgrade: WebSocket\r\nContent-Length: 3\r\n\r\n\x81\x05hello`,
    outcome: { status: 101, rest: "\x81\x05hello", ended: false },
  },
  {
    name: "a 200 to a request that offers to switch is an ordinary response",
    asked: { fields: UPGRADE },
    wire: `${OK}Content-Length: 2\r\n\r\nno`,
    outcome: { ...content("no"), status: 200 },
  },
  ...[200, 204, 299].map((status): ResponseRow => ({
    name: `H1-35: a ${status} to CONNECT makes a tunnel, whatever it says of its content`,
    asked: { method: "CONNECT", target: "example.com:443", authority: "example.com:443" },
    wire:
      `HTTP/1.1 ${status} Connected\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03\x03`,
    outcome: { status, rest: "\x16\x03\x03", ended: false },
  })),
  ...["Content-Length: +3", "Transfer-Encoding: chunked, chunked"].map((line): ResponseRow => ({
    name: `H1-35: a 200 to CONNECT makes a tunnel, though "${line}" would be refused elsewhere`,
    asked: { method: "CONNECT", target: "example.com:443", authority: "example.com:443" },
    wire: `${OK}${line}\r\n\r\n\x16\x03\x03`,
    outcome: { status: 200, rest: "\x16\x03\x03", ended: false },
  })),
  {
    name: "a 407 to CONNECT is an ordinary response",
    asked: { method: "CONNECT", target: "example.com:443", authority: "example.com:443" },
    wire: "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno",
    outcome: { ...content("no"), status: 407 },
  },
];

testResponses([...PERSISTENCE, ...SWITCHES]);
