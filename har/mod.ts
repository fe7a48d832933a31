/**
 * HAR (HTTP Archive 1.2): a recording of requests that browsers' developer tools, and much else, can open.
 *
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { harRecorder } from "@ductile/ductile/har";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 * const recorder = harRecorder({ content: { maxBytes: 65_536 } });
 * using client = new Client({ on: recorder.on });
 * const response = await client.get(`http://localhost:${server.addr.port}/?token=secret`);
 * await response.text();
 *
 * const [entry] = recorder.har().log.entries; // JSON.stringify(recorder.har()) is the file
 * assertEquals(entry?.request.url, `http://localhost:${server.addr.port}/?token=REDACTED`);
 * assertEquals(entry?.response.content.text, "hello");
 * ```
 *
 * @module
 */

export { harRecorder } from "./recorder.ts";
export type { HarContentOptions, HarOptions, HarRecorder } from "./recorder.ts";
export type {
  Har,
  HarContent,
  HarCookie,
  HarEntry,
  HarNameValue,
  HarPostData,
  HarRequest,
  HarResponse,
  HarTimings,
  HarTls,
} from "./format.ts";
