/**
 * The recorder: hooks that keep what a HAR file needs.
 *
 * @module
 */

import type { ClientHooks } from "../client/hooks/client_hooks.ts";
import { VERSION } from "../client/version.ts";
import type { Har } from "./format.ts";
import { Recording } from "./recording.ts";
import { DEFAULT_MAX_HAR_CONTENT_BYTES, DEFAULT_MAX_HAR_ENTRIES } from "./limits.ts";
import { toEntry } from "./to_entry.ts";

/** How much content is recorded. */
export interface HarContentOptions {
  /** Bytes of one content; 1 MiB by default. */
  readonly maxBytes?: number;
}

/** Options of {@linkcode harRecorder}. */
export interface HarOptions {
  /**
   * Whether content is recorded, of requests and responses; false by default. Content may hold secrets, which only in forms
   * (`application/x-www-form-urlencoded`) are recognised and redacted.
   */
  readonly content?: boolean | HarContentOptions;
  /** Entries that are kept, the last ones; 10,000 by default, and fewer where their content is more than 256 MiB. */
  readonly maxEntries?: number;
  /**
   * **Danger: credentials, cookies and tokens are recorded as they are.** Whoever gets the file can act as the user. False by
   * default: the values of fields, cookies and query parameters that look like credentials are `REDACTED`.
   */
  readonly dangerIncludeSecrets?: boolean;
}

/** A recorder, as {@linkcode harRecorder} makes it. */
export interface HarRecorder {
  /** The hooks: the option `on` of a client or of a request. One recorder can serve any number of them. */
  readonly on: ClientHooks;
  /** The recording so far: each request that has a response or has failed. */
  har(): Har;
  /** Forgets the recording so far. */
  clear(): void;
}

/**
 * Makes a recorder.
 *
 * @param options What is recorded.
 * @throws {TypeError} An option does not exist.
 * @throws {RangeError} A limit is no whole number, or is negative.
 *
 * @example Writing a file
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { harRecorder } from "@ductile/ductile/har";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 * const recorder = harRecorder();
 * using client = new Client({ on: recorder.on });
 * await (await client.get(`http://localhost:${server.addr.port}/`)).text();
 * const file = await Deno.makeTempFile({ suffix: ".har" });
 * await Deno.writeTextFile(file, JSON.stringify(recorder.har(), undefined, 2));
 * assertEquals(JSON.parse(await Deno.readTextFile(file)).log.entries.length, 1);
 * ```
 */
export function harRecorder(options: HarOptions = {}): HarRecorder {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`Cannot record: "${unknown}" is not an option of this version`);
  }
  const { content = false, maxEntries = DEFAULT_MAX_HAR_ENTRIES, dangerIncludeSecrets = false } = options;
  const { maxBytes = DEFAULT_MAX_HAR_CONTENT_BYTES } = typeof content === "object" ? content : {};
  checkLimit("maxEntries", maxEntries);
  checkLimit("content.maxBytes", maxBytes);
  const recording = new Recording(maxEntries, content === false ? 0 : maxBytes);
  return {
    on: {
      connect: (event) => recording.onConnect(event),
      handshake: (event) => recording.onHandshake(event),
      request: (event) => recording.onRequest(event),
      response: (event) => recording.onResponse(event),
      ...(content !== false && { content: (event) => recording.onContent(event) }),
      retry: (event) => recording.onRetry(event),
      redirect: (event) => recording.onRedirect(event),
      end: (event) => recording.onEnd(event),
      close: (event) => recording.onClose(event),
    },
    har: () => ({
      log: {
        version: "1.2",
        creator: { name: "@ductile/ductile", version: VERSION },
        entries: recording.exchanges
          .filter(({ response, error }) => response !== undefined || error !== undefined)
          .map((each) => toEntry(each, dangerIncludeSecrets)),
      },
    }),
    clear: () => recording.clear(),
  };
}

function checkLimit(name: string, value: number): void {
  if (value === Infinity || (Number.isSafeInteger(value) && value >= 0)) return;
  throw new RangeError(`Cannot record: "${name}" must be a whole number of at least 0: ${String(value)}`);
}

const NAMES: readonly string[] = ["content", "maxEntries", "dangerIncludeSecrets"];
