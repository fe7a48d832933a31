/** The opening handshake, as the fields of heads: what each end refuses, and what it takes. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { WebSocketError } from "../../websocket/error.ts";
import { WebSocketHandshake } from "../../websocket/handshake/client_handshake.ts";
import type { WebSocketHandshakeOptions } from "../../websocket/handshake/negotiated.ts";
import { acceptWebSocket } from "../../websocket/handshake/server_handshake.ts";
import { acceptFor } from "../../websocket/handshake/accept_key.ts";
import { parseExtensions } from "../../websocket/handshake/extensions.ts";

/** A response: fields that differ from those of a sound one, `undefined` where one is missing. */
interface Row {
  readonly name: string;
  readonly options?: WebSocketHandshakeOptions;
  readonly status?: number;
  readonly version?: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";
  readonly fields?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The subprotocol, or the code of the error. */
  readonly expected: { readonly protocol: string } | "refused" | "bad_handshake";
}

const OPEN = { protocol: "" };
const CHAT = { protocols: ["chat", "superchat"] };
const PMD = { permessageDeflate: true };

const extension = (value: string, name: string, expected: Row["expected"] = "bad_handshake"): Row => ({
  name,
  options: PMD,
  fields: { "sec-websocket-extensions": value },
  expected,
});

const ROWS: readonly Row[] = [
  { name: "W-02: a sound response opens", expected: OPEN },
  {
    name: "W-01: a wrong Sec-WebSocket-Accept",
    fields: { "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" },
    expected: "bad_handshake",
  },
  {
    name: "W-01: no Sec-WebSocket-Accept",
    fields: { "sec-websocket-accept": undefined },
    expected: "bad_handshake",
  },
  {
    name: "W-02: Connection is a list, names are in any letter case",
    fields: { connection: "keep-alive, UPGRADE", upgrade: "WebSocket" },
    expected: OPEN,
  },
  {
    name: "W-02: Connection in two lines",
    fields: { connection: ["keep-alive", "Upgrade"] },
    expected: OPEN,
  },
  { name: "W-03: no Connection", fields: { connection: undefined }, expected: "bad_handshake" },
  {
    name: "W-03: Connection without Upgrade",
    fields: { connection: "keep-alive, upgraded" },
    expected: "bad_handshake",
  },
  { name: "W-03: no Upgrade", fields: { upgrade: undefined }, expected: "bad_handshake" },
  { name: "W-03: an upgrade to h2c", fields: { upgrade: "h2c" }, expected: "bad_handshake" },
  {
    name: "W-04: a subprotocol that was asked for",
    options: CHAT,
    fields: { "sec-websocket-protocol": "superchat" },
    expected: { protocol: "superchat" },
  },
  {
    name: "W-04: a subprotocol that was not asked for",
    fields: { "sec-websocket-protocol": "chat" },
    expected: "bad_handshake",
  },
  {
    name: "W-04: another subprotocol than was asked for",
    options: CHAT,
    fields: { "sec-websocket-protocol": "Chat" },
    expected: "bad_handshake",
  },
  {
    name: "W-04: two subprotocols",
    options: CHAT,
    fields: { "sec-websocket-protocol": "chat, superchat" },
    expected: "bad_handshake",
  },
  {
    name: "W-04: two lines of subprotocols",
    options: CHAT,
    fields: { "sec-websocket-protocol": ["chat", "superchat"] },
    expected: "bad_handshake",
  },
  { name: "W-05: no subprotocol although some were asked for", options: CHAT, expected: "bad_handshake" },
  {
    name: "W-06: an extension that was not offered",
    fields: { "sec-websocket-extensions": "permessage-deflate" },
    expected: "bad_handshake",
  },
  {
    name: "W-06: another extension than was offered",
    options: PMD,
    fields: { "sec-websocket-extensions": "permessage-bzip2" },
    expected: "bad_handshake",
  },
  extension("permessage-deflate, permessage-deflate", "W-06: permessage-deflate twice"),
  extension("permessage-deflate", "W-07: permessage-deflate without parameters", OPEN),
  extension(
    'permessage-deflate; client_max_window_bits=12; server_max_window_bits="10"',
    "W-07: windows of 8 to 15 bits",
    OPEN,
  ),
  ...["16", "7", "08", "", "+9", "9.0"].map((bits) =>
    extension(`permessage-deflate; client_max_window_bits=${bits}`, `W-07: client_max_window_bits=${bits}`)
  ),
  extension("permessage-deflate; client_max_window_bits", "W-07: client_max_window_bits without a value"),
  extension("permessage-deflate; server_max_window_bits", "W-07: server_max_window_bits without a value"),
  extension(
    "permessage-deflate; server_no_context_takeover=1",
    "W-07: server_no_context_takeover with a value",
  ),
  extension(
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "W-07: a parameter twice",
  ),
  extension("permessage-deflate; x", "W-07: an unknown parameter"),
  extension("permessage-deflate; =", "W-07: a parameter without a name"),
  {
    name: "W-31: no agreement to the refusal of context takeover",
    options: { permessageDeflate: { refuseContextTakeover: true } },
    fields: { "sec-websocket-extensions": "permessage-deflate; client_no_context_takeover" },
    expected: "bad_handshake",
  },
  ...[200, 204, 302, 401, 403, 426, 503].map((status): Row => ({
    name: `W-08: ${status} in place of 101`,
    status,
    expected: "refused",
  })),
  { name: "W-09: 101 of HTTP/1.0", version: "HTTP/1.0", expected: "bad_handshake" },
  { name: "W-09: 101 with Content-Length", fields: { "content-length": "5" }, expected: OPEN },
  {
    name: "W-02: 200 over HTTP/2, without the fields of HTTP/1.1",
    version: "HTTP/2",
    status: 200,
    fields: { "sec-websocket-accept": undefined, connection: undefined, upgrade: undefined },
    expected: OPEN,
  },
  { name: "W-08: 404 over HTTP/2", version: "HTTP/2", status: 404, expected: "refused" },
];

for (const { name, options, status = 101, version = "HTTP/1.1", fields = {}, expected } of ROWS) {
  Deno.test(`${name}${expected === "bad_handshake" ? " fails" : ""}`, async () => {
    const handshake = new WebSocketHandshake(options);
    const key = handshake.fields.find(([each]) => each === "sec-websocket-key")?.[1] ?? "";
    const sound = {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-accept": await acceptFor(key),
    };
    const sent = Object.entries({ ...sound, ...fields }).flatMap(([each, value]): Field[] =>
      value === undefined ? [] : [value].flat().map((one) => [each, one] as const)
    );
    const outcome = handshake.check({ status, version, fields: sent });
    if (typeof expected === "string") {
      assertEquals((await assertRejects(() => outcome, WebSocketError)).code, expected);
    } else assertEquals((await outcome).protocol, expected.protocol);
  });
}

Deno.test("W-04: subprotocols that are no tokens, or come twice, are refused", () => {
  for (const protocols of [[""], ["a b"], ["a,b"], ["é"], ["a", "a"]]) {
    assertThrows(() => new WebSocketHandshake({ protocols }), DOMException);
  }
});

/** A sound request, or one that differs in some fields. */
const request = (fields: Readonly<Record<string, string | undefined>> = {}) => ({
  method: "GET",
  version: "HTTP/1.1" as const,
  fields: Object.entries({
    connection: "keep-alive, Upgrade",
    upgrade: "WebSocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...fields,
  }).flatMap(([name, value]): Field[] => value === undefined ? [] : [[name, value]]),
});

for (
  const [name, head, status] of [
    ["no Upgrade", request({ upgrade: undefined }), 426],
    ["no Connection: Upgrade", request({ connection: "close" }), 400],
    ["no key", request({ "sec-websocket-key": undefined }), 400],
    ["a key of 15 bytes", request({ "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAA" }), 400],
    ["a key that is no base64", request({ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZ*==" }), 400],
    ["another version", request({ "sec-websocket-version": "8" }), 426],
    ["malformed extensions", request({ "sec-websocket-extensions": "a b" }), 400],
    ["another method", { ...request(), method: "POST" }, 405],
    ["HTTP/1.0", { ...request(), version: "HTTP/1.0" as const }, 400],
  ] as const
) {
  Deno.test(`W-03: a server refuses a request with ${name} by ${status}`, async () => {
    const error = await assertRejects(() => acceptWebSocket(head), WebSocketError);
    assertEquals([error.code, error.statusHint], ["bad_handshake", status]);
  });
}

Deno.test("W-04: a server chooses the subprotocol that it prefers, and none that was not asked for", async () => {
  const asked = request({ "sec-websocket-protocol": "a, b" });
  assertEquals((await acceptWebSocket(asked, { protocols: ["c", "b", "a"] })).protocol, "b");
  const { protocol, fields } = await acceptWebSocket(asked, { protocols: ["c"] });
  assertEquals([protocol, fields.length], ["", 3]);
});

const PREFIX = "permessage-deflate; server_no_context_takeover";

for (
  const [offer, answer, options] of [
    ["permessage-deflate", PREFIX],
    ["permessage-deflate; client_max_window_bits", PREFIX],
    ["permessage-deflate; client_no_context_takeover", `${PREFIX}; client_no_context_takeover`],
    ["permessage-deflate", `${PREFIX}; client_no_context_takeover`, { refuseContextTakeover: true }],
    ["permessage-deflate; server_max_window_bits=9", `${PREFIX}; server_max_window_bits=9`],
    ["permessage-deflate; server_max_window_bits=8", ""],
    ["permessage-deflate; server_max_window_bits", ""],
    ["permessage-deflate; server_max_window_bits=15", `${PREFIX}; server_max_window_bits=15`],
    ["permessage-deflate; client_max_window_bits=8", PREFIX],
    ["permessage-deflate; client_max_window_bits=7", ""],
    ["permessage-deflate; server_no_context_takeover", PREFIX],
    ["permessage-deflate; server_no_context_takeover=x", ""],
    ["permessage-deflate; server_max_window_bits=8, permessage-deflate", PREFIX],
    ["permessage-deflate; x, x, permessage-deflate; client_max_window_bits=16", ""],
    ["", ""],
  ] as const
) {
  Deno.test(`W-07: a server answers the offer "${offer}" by "${answer}"`, async () => {
    const head = request({ "sec-websocket-extensions": offer });
    const accepted = await acceptWebSocket(head, { permessageDeflate: options ?? true });
    assertEquals([accepted.extensions, accepted.deflate !== undefined], [answer, answer !== ""]);
    assertEquals((await acceptWebSocket(head)).extensions, "");
  });
}

Deno.test("W-07: extensions are read by their grammar", () => {
  assertEquals(parseExtensions('a;b=1;c, ,d ; e = "f" '), [
    { name: "a", parameters: [["b", "1"], ["c", undefined]] },
    { name: "d", parameters: [["e", "f"]] },
  ]);
  for (const bad of ["a;", ";a", "a;b=", 'a;b="', 'a;b=""', "a b", "a;b c", "a=b"]) {
    assertEquals(parseExtensions(bad), undefined);
  }
});

Deno.test("WebSocketError: it tells a status and a reason also where none was given", () => {
  const { statusHint, reason, closeCode } = new WebSocketError("bad_text", "Cannot read it");
  assertEquals([statusHint, reason, closeCode], [400, "", 1007]);
  const given = new WebSocketError("closed", "Cannot go on", { statusHint: 426, reason: "x", cause: 1 });
  assertEquals([given.statusHint, given.reason, given.closeCode, given.cause], [426, "x", 1006, 1]);
});

Deno.test("W-02: a server takes a request over HTTP/2 without the fields of HTTP/1.1", async () => {
  const fields: Field[] = [["sec-websocket-version", "13"], ["sec-websocket-protocol", "a"]];
  const accepted = await acceptWebSocket({ method: "CONNECT", version: "HTTP/2", fields }, {
    protocols: ["a"],
  });
  assertEquals(accepted.fields, [["sec-websocket-protocol", "a"]]);
});
