/**
 * An HTTP/2 server in Node, whose HPACK is nghttp2's. Its first line says where it listens; after that, each
 * request is one line with its fields as they came. What it reads, it writes in between.
 *
 * A PING asks it for a SETTINGS frame: its payload is the SETTINGS_HEADER_TABLE_SIZE to send.
 */

import http2 from "node:http2";
import process from "node:process";

const server = http2.createServer({ settings: { maxConcurrentStreams: 2 ** 31 - 1 } });

server.on("session", (session) => {
  session.on("ping", (payload) => session.settings({ headerTableSize: Number(payload.readBigUInt64BE()) }));
  session.on("error", (error) => process.stderr.write(`${error}\n`));
});

server.on("stream", (stream, _headers, _flags, rawHeaders) => {
  process.stdout.write(JSON.stringify(rawHeaders) + "\n");
  stream.on("error", () => {}); // a connection that ends takes its streams with it
  stream.close();
});

server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));

process.stdin.pipe(process.stdout);
