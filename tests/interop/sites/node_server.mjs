/** The site in Node: `http`, `https` or `http2`, as `options.json` says. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createSecureServer, createServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import { content, lengthAsked } from "./site_content.mjs";

const { httpVersion, tls, text, fieldCount, cookies } = JSON.parse(readFileSync("options.json", "utf8"));

const ROUTES = {
  /** Reads what it has no use for: http2 may otherwise reset the stream before it has sent the response's end. */
  "/": (request, response) => request.resume().on("end", () => response.end("hello from Node\n")),

  "/text"(request, response) {
    const etag = '"the text"';
    if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, "content-length": text.length }).end(text);
  },

  "/gzip"(request, response) {
    if (!/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) return response.end(text);
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(text));
  },

  "/trailers"(_, response) {
    response.writeHead(200, { trailer: "x-trailer" });
    response.write(text);
    response.addTrailers({ "x-trailer": "at the end" });
    response.end();
  },

  "/empty": (_, response) => response.writeHead(204).end(),
  "/redirect": (_, response) => response.writeHead(302, { location: "/" }).end(),
  "/moved-post": (_, response) => response.writeHead(307, { location: "/digest" }).end(),

  "/fields"(_, response) {
    for (let i = 1; i <= fieldCount; i++) response.setHeader(`x-field-${i}`, `value ${i}`);
    response.setHeader("set-cookie", cookies);
    response.end();
  },

  "/reflect"(request, response) {
    for (let i = 1; i <= 4; i++) response.setHeader(`x-reflect-${i}`, request.headers[`x-reflect-${i}`]);
    response.end();
  },

  async "/echo"(request, response) {
    response.writeHead(200);
    response.flushHeaders?.();
    await pipeline(request, response);
  },

  async "/refuse"(request, response) {
    response.writeHead(400);
    response.flushHeaders?.();
    await pipeline(request, response);
  },

  async "/digest"(request, response) {
    const hash = createHash("sha256");
    let length = 0;
    for await (const piece of request) {
      hash.update(piece);
      length += piece.length;
    }
    response.end(JSON.stringify({ length, sha256: hash.digest("hex") }));
  },

  async "/request-trailers"(request, response) {
    for await (const piece of request) void piece;
    response.end(JSON.stringify(request.trailers));
  },

  "/hints"(_, response) {
    response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    response.end(text);
  },

  "/hold": () => {},

  /** Says that this HTTP/2 connection is going away, then goes on with what it has. */
  "/go-away"(request, response) {
    request.stream.session.close();
    response.end("going");
  },
};

async function answer(request, response) {
  const length = lengthAsked(request.url);
  if (length !== undefined) {
    response.writeHead(200, { "content-length": length });
    await pipeline(Readable.from(content(length), { objectMode: false }), response);
  } else if (Object.hasOwn(ROUTES, request.url)) {
    await ROUTES[request.url](request, response);
  } else {
    response.writeHead(404).end("There is nothing here.\n");
  }
}

const pems = tls ? { cert: readFileSync("cert.pem"), key: readFileSync("key.pem") } : {};
const http1Limits = { maxHeaderSize: 65536 };
// In megabytes; by default Node refuses streams of a connection that has 10 under way.
const http2Limits = { maxSessionMemory: 1000 };
const server = httpVersion === "HTTP/2"
  ? tls ? createSecureServer({ ...pems, ...http2Limits, allowHTTP1: false }) : createHttp2Server(http2Limits)
  : tls
  ? createHttpsServer({ ...pems, ...http1Limits })
  : createServer(http1Limits);
server.on("request", (request, response) => {
  // A client that gives up is nothing to die of.
  answer(request, response).catch(() => response.destroy());
});
server.on("sessionError", () => {});
server.listen(Number(process.env.PORT), "::"); // that is 127.0.0.1 as well
