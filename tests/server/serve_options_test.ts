/** Options that cannot be served with: refused before anything listens, in words that name the option. */

import { assertStringIncludes, assertThrows } from "@std/assert";
import { serve } from "../../server/mod.ts";

/** Calls it as a program without types would. */
const serveAnything = serve as (...given: readonly unknown[]) => unknown;
const handler = () => new Response();
const onListen = () => {
  throw new Error("it listens");
};

const REFUSED: readonly (readonly [name: string, given: readonly unknown[], message: string])[] = [
  ["nothing", [], "there is no handler, and there are no options"],
  ["options alone", [{ port: 0 }], "there is no handler"],
  ["a handler that is no function", [{ port: 0 }, "x"], "there is no handler"],
  ["options behind the handler", [handler, { port: 0 }], "the options come before the handler"],
  ["an unknown option", [{ port: 0, keepAlive: true }, handler], 'no option "keepAlive"'],
  ["an onError that is no function", [{ port: 0, onError: "x" }, handler], '"onError" is no function'],
  ["an onListen that is no function", [{ port: 0, onListen: {} }, handler], '"onListen" is no function'],
  ["a signal that is none", [{ port: 0, signal: {} }, handler], '"signal" is no AbortSignal'],
  ["timeouts that are a number", [{ port: 0, timeouts: 5 }, handler], '"timeouts" is no object'],
  ["an unknown stage", [{ port: 0, timeouts: { header: 5 } }, handler], '"header"'],
  ["a limit of HTTP/1.1 out of range", [{ port: 0, http1: { maxHeadBytes: -1 } }, handler], "maxHeadBytes"],
  ["a limit that is no number", [{ port: 0, http1: { maxFields: NaN } }, handler], "maxFields"],
  ["an unknown limit of HTTP/1.1", [{ port: 0, http1: { maxHeader: 1 } }, handler], '"http1" has no option'],
  [
    "a window out of range",
    [{ port: 0, http2: { initialConnectionWindow: 10 } }, handler],
    "ConnectionWindow",
  ],
  ["a window that is no number", [{ port: 0, http2: { initialStreamWindow: "1" } }, handler], "StreamWindow"],
  ["an unknown limit of HTTP/2", [{ port: 0, http2: { maxStreams: 1 } }, handler], '"http2" has no option'],
  ["a port beside a Unix socket", [{ port: 0, path: "s" }, handler], '"port" is of TCP'],
  ["a shared port beside a Unix socket", [{ path: "s", reusePort: true }, handler], '"reusePort" is of TCP'],
  [
    "the transport of a Unix socket without its path",
    [{ transport: "unix" }, handler],
    '"transport" is unix',
  ],
  ["the transport of TCP with a path", [{ transport: "tcp", path: "s" }, handler], '"transport" is tcp'],
];

for (const [name, given, message] of REFUSED) {
  Deno.test(`serve options: ${name} is refused, and nothing listens`, () => {
    const [first, second] = given;
    const options = typeof first === "object" && first !== null && !("onListen" in first)
      ? [{ ...first, onListen }, second]
      : given;
    const error = assertThrows(() => serveAnything(...options));
    assertStringIncludes((error as Error).message, message);
  });
}
