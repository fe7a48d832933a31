/** Options that are refused when a client is built. */

import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Client, ClientError, type ClientOptions, type Dial, type Timeouts } from "../../mod.ts";

function dial(): never {
  throw new Error("Nothing is to be dialled here");
}

/** Options that cannot be honoured, and what the error names. */
const REFUSED: readonly (readonly [ClientOptions, string])[] = [
  [{ rejectUnauthorized: false } as ClientOptions, '"rejectUnauthorized" is not an option'],
  [{ pool: { idle: 1 } } as ClientOptions, '"pool.idle" is not an option'],
  [{ http1: { shareMemory: true } } as ClientOptions, '"http1.shareMemory" is not an option'],
  [{ http2: { shareMemory: true } } as ClientOptions, '"http2.shareMemory" is not an option'],
  [{ http2: { window: 1 } } as ClientOptions, '"http2.window" is not an option'],
  [{ dial: "localhost:1" as unknown as () => never }, '"dial" is no function'],
  [{ protocols: [] }, '"protocols" is empty'],
  [{ protocols: ["h3" as "h2"] }, '"h3" in "protocols"'],
  [{ protocols: ["http/1.1"], http2PriorKnowledge: true }, '"http2PriorKnowledge" needs "h2"'],
  [{ maxRedirects: -1 }, '"maxRedirects"'],
  [{ maxDecodedSize: 0.5 }, '"maxDecodedSize"'],
  [{ pool: { maxConnectionsPerOrigin: 0 } }, '"pool.maxConnectionsPerOrigin"'],
  [{ pool: { maxIdlePerOrigin: NaN } }, '"pool.maxIdlePerOrigin"'],
  [{ pool: { idleTimeout: -1 } }, '"pool.idleTimeout"'],
  [{ pool: { maxHttp2ConnectionsPerOrigin: 0 } }, '"pool.maxHttp2ConnectionsPerOrigin"'],
  [{ maxRedirects: "9" as unknown as number }, '"maxRedirects"'],
  [{ maxDecodedSize: 2 ** 53 }, '"maxDecodedSize"'],
  [{ unknownRequestOptions: "warn" as "ignore" }, '"unknownRequestOptions" is neither'],
  [{ unixSocket: "" }, '"unixSocket" is no path'],
  [{ unixSocket: 1 as unknown as string }, '"unixSocket" is no path'],
  [{ resolve: "127.0.0.1" as unknown as () => never }, '"resolve" is no function'],
  [{ resolve: () => [], dial }, '"resolve" has no meaning beside "dial"'],
  [{ unixSocket: "/a", dial }, '"unixSocket" has no meaning beside "dial"'],
  [{ unixSocket: "/a", resolve: () => [] }, '"resolve" has no meaning beside "unixSocket"'],
  [{ http2PriorKnowledge: true, protocols: ["http/1.1"] }, '"http2PriorKnowledge" needs "h2"'],
];

for (const [options, named] of REFUSED) {
  Deno.test(`Client: options are refused when it is built: ${named}`, () => {
    const error = assertThrows(() => new Client(options), ClientError, named);
    assertEquals(error.code, "unsupported_option");
  });
}

/** Options at the ends of what is allowed. */
const TAKEN: readonly ClientOptions[] = [
  { maxRedirects: 0, maxDecodedSize: 0, pool: { maxIdlePerOrigin: 0, idleTimeout: 0 } },
  { maxRedirects: Infinity, maxDecodedSize: Infinity },
  { maxDecodedSize: 2 ** 53 - 1 },
  { pool: { maxConnectionsPerOrigin: 1, maxHttp2ConnectionsPerOrigin: 1 } },
  { pool: { maxConnectionsPerOrigin: Infinity, maxHttp2ConnectionsPerOrigin: Infinity } },
  { pool: { maxIdlePerOrigin: Infinity, idleTimeout: Infinity } },
  { unknownRequestOptions: "refuse" },
  { unknownRequestOptions: "ignore" },
  { protocols: ["http/1.1", "h2"], http2PriorKnowledge: true },
  { http2PriorKnowledge: true },
  { timeouts: { connect: 0, total: 2 ** 31 - 1 } },
];

for (const options of TAKEN) {
  Deno.test(`Client: options are taken: ${Deno.inspect(options, { breakLength: Infinity })}`, () => {
    new Client(options).close();
  });
}

Deno.test("Client: timeouts out of range are refused when it is built", () => {
  for (const connect of [-1, NaN, 2 ** 31, "9" as unknown as number]) {
    assertThrows(() => new Client({ timeouts: { connect } }), RangeError, "connect");
  }
  assertThrows(() => new Client({ timeouts: { read: 1 } as Timeouts }), RangeError, 'no stage "read"');
});

Deno.test("Client: one number for all timeouts is refused when it is built", () => {
  assertThrows(() => new Client({ timeouts: 5_000 as unknown as Timeouts }), RangeError, "stage by stage");
  assertThrows(() => new Client({ timeouts: null as unknown as Timeouts }), RangeError, "stage by stage");
});

Deno.test("Client: a dial that gives no duplex fails the request, and says so", async () => {
  const GIVEN: readonly (readonly [unknown, string])[] = [
    [undefined, 'what dial returned is no Duplex: it has no "read"'],
    [new TransformStream(), "make one with duplexFromStreams()"],
  ];
  for (const [given, says] of GIVEN) {
    for (const scheme of ["http", "https"]) {
      using client = new Client({ dial: (() => given) as unknown as Dial });
      const error = await assertRejects(() => client.fetch(`${scheme}://app/`), ClientError);
      assertEquals(error.code, "connect_failed");
      assertStringIncludes(error.detail, says);
    }
  }
});

Deno.test("Client: figures of the drivers out of range are refused when it is built", () => {
  assertThrows(() => new Client({ http1: { maxFields: 0 } }), RangeError, "maxFields");
  assertThrows(() => new Client({ http2: { maxFrameSize: 1 } }), RangeError, "maxFrameSize");
  const times = [
    { settingsTimeout: -1 },
    { settingsTimeout: 2 ** 31 },
    ...[
      ...[{ interval: 0, timeout: 1 }, { interval: 1, timeout: 0 }, { interval: NaN, timeout: 1 }],
      ...[{ interval: 1, timeout: Infinity }, { interval: 2 ** 31, timeout: 1 }, JSON.parse("{}")],
    ].map((keepAlive) => ({ keepAlive })),
  ];
  for (const http2 of times) assertThrows(() => new Client({ http2 }), RangeError, "milliseconds");
});

Deno.test("Client: malformed default headers are refused when it is built", () => {
  const error = assertThrows(() => new Client({ headers: { "a b": "c" } }), ClientError);
  assertEquals(error.code, "invalid_request");
});

Deno.test("Client: the errors about options never show a key", () => {
  const error = assertThrows(() => new Client({ key: "-----BEGIN PRIVATE KEY-----\nSECRET" }), ClientError);
  assertEquals(error.message.includes("SECRET"), false);
});
