/**
 * An HTTP/2 server in Node, whose HPACK is nghttp2's. Its first line says where it listens; after that, each
 * request is one line with its fields as they came, and each connection is ended by an empty line.
 *
 * A PING of eight zeros asks for that empty line. Any other asks for a SETTINGS frame: its payload, less one, is
 * the SETTINGS_HEADER_TABLE_SIZE to send.
 */

import http2 from "node:http2";
import process from "node:process";

const server = http2.createServer({ settings: { maxConcurrentStreams: 2 ** 31 - 1 } });

server.on("session", (session) => {
  let ended = false;
  const end = () => {
    if (!ended) process.stdout.write("\n");
    ended = true;
  };
  session.on("ping", (payload) => {
    const value = Number(payload.readBigUInt64BE());
    if (value === 0) end();
    else session.settings({ headerTableSize: value - 1 });
  });
  session.on("error", (error) => process.stderr.write(`${error}\n`));
  session.on("close", end);
});

server.on("stream", (stream, _headers, _flags, rawHeaders) => {
  process.stdout.write(JSON.stringify(rawHeaders) + "\n");
  stream.on("error", () => {}); // a connection that ends takes its streams with it
  stream.close();
});

server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
