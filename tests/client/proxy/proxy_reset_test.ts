/** What a proxy of HTTP/2 ends in place of a response: a stream that it refused, or the connection. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { ProxyFailure } from "../../../client/proxy/proxy_failure.ts";
import type { RequestProgress } from "../../../http/error.ts";
import { Http2Error } from "../../../http2/error.ts";
import { ClientError } from "../../../mod.ts";

const ROWS: readonly (readonly [
  name: string,
  scope: "stream" | "connection",
  progress: RequestProgress,
  code: string,
  message: string,
])[] = [
  ["RST_STREAM", "stream", "no_response", "proxy_refused", "it reset the stream of the tunnel with CANCEL"],
  [
    "RST_STREAM that refuses",
    "stream",
    "refused",
    "proxy_refused",
    "it reset the stream of the tunnel with CANCEL",
  ],
  [
    "GOAWAY below the stream",
    "connection",
    "refused",
    "proxy_refused",
    "it reset the stream of the tunnel with CANCEL",
  ],
  [
    "GOAWAY and the end",
    "connection",
    "no_response",
    "proxy_closed",
    "it closed the connection with CANCEL before its response to CONNECT was complete",
  ],
];

for (const [name, scope, progress, code, message] of ROWS) {
  Deno.test(`proxy: ${name} in place of a response is ${code}`, () => {
    const ended = new Http2Error("CANCEL", "Cannot go on: the peer ended it", {
      scope,
      progress,
      initiator: "remote",
    });
    const error = new ProxyFailure("proxy.test:443", "a.test:80").unanswered(ended, new Uint8Array());
    if (!(error instanceof ClientError)) throw error;
    assertEquals([error.code, error.message], [
      code,
      `Cannot connect to "a.test:80" through the proxy "proxy.test:443": ${message}`,
    ]);
    assertStrictEquals(error.cause, ended);
  });
}
