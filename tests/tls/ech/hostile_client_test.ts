/** A server with ECH keys before clients that break the rules, row by row. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { alertFor, TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { reconstructInner } from "../../../tls/handshake/server/inner_hello.ts";
import { advance, endOf } from "../connection/connection_pair.ts";
import { bytes, counting, extension, u16, vec16, vec8 } from "../wire/message_bytes.ts";
import { KEY, keyOf, serverConfig } from "./ech_pair.ts";
import {
  encodedInner,
  GROUPS,
  INNER_EXTENSIONS,
  INNER_MARK,
  nameOf,
  OUTER_EXTENSIONS,
  type Pieces,
  record,
  references,
  SCHEMES,
  SealedHellos,
  VERSIONS,
} from "./sealed_hello.ts";

/** What a server of those groups says to hellos. */
async function say(
  hellos: readonly Uint8Array[],
  groups: readonly ["x25519"] | readonly ["secp521r1"] = ["x25519"],
) {
  const server = endOf(new ServerConnection(serverConfig({ groups })));
  let sent: Uint8Array = new Uint8Array(0);
  for (const hello of hellos) {
    server.connection.receive(hello);
    await advance(server);
    for (let output = server.connection.output(); output !== undefined; output = server.connection.output()) {
      sent = bytes(sent, output);
    }
  }
  return { failure: server.failure, sent };
}

function assertRefused(failure: unknown, code: TlsErrorCode, message?: string): void {
  assertInstanceOf(failure, TlsError);
  assertEquals(failure.code, code, failure.message);
  if (message !== undefined) assert(failure.message.includes(message), failure.message);
}

/** Whether the server has answered with a ServerHello, or a HelloRetryRequest. */
function isAnswered({ failure, sent }: { readonly failure?: unknown; readonly sent: Uint8Array }): boolean {
  return failure === undefined && sent[0] === 0x16 && sent[5] === 0x02;
}

Deno.test("ECH: the hello of the rows below is answered", async () => {
  const hellos = await SealedHellos.begin();
  assert(isAnswered(await say([await hellos.hello()])));
});

const ILLEGAL: readonly { readonly name: string; readonly pieces: Pieces; readonly message: string }[] = [
  {
    name: "N-06: padding with a one in it",
    pieces: { inner: encodedInner({ padding: bytes(0, 0, 1, 0) }) },
    message: "its padding is not made of zeros",
  },
  {
    name: "N-07: a reference to what the outer hello does not have",
    pieces: { inner: encodedInner({ extensions: [INNER_MARK, references(0x002b, 0x0010)] }) },
    message: "it refers to extension 0x0010",
  },
  {
    name: "N-07: the same reference twice",
    pieces: { inner: encodedInner({ extensions: [INNER_MARK, references(0x002b, 0x000a, 0x000a)] }) },
    message: "it refers to extension 0x000a",
  },
  {
    name: "N-07: references in another order",
    pieces: { inner: encodedInner({ extensions: [INNER_MARK, references(0x000a, 0x002b)] }) },
    message: "it refers to extension 0x002b",
  },
  {
    name: "N-07: a reference to ECH itself",
    pieces: { inner: encodedInner({ extensions: [references(0x002b, 0xfe0d)] }) },
    message: "it refers to the ECH of the outer hello",
  },
  {
    name: "N-07: a reference to the references of the outer hello",
    pieces: {
      inner: encodedInner({ extensions: [INNER_MARK, references(0xfd00)] }),
      outerExtensions: [references(0x002b), ...OUTER_EXTENSIONS],
    },
    message: "it refers to the ECH of the outer hello",
  },
  {
    name: "N-07: references twice",
    pieces: { inner: encodedInner({ extensions: [INNER_MARK, references(0x002b), references(0x000a)] }) },
    message: "it refers to the outer hello twice",
  },
  {
    name: "N-08: a session ID in the encrypted hello",
    pieces: { inner: encodedInner({ sessionId: counting(32) }) },
    message: "it has a session ID",
  },
  {
    name: "N-09: an inner hello without its mark",
    pieces: { inner: encodedInner({ extensions: [references(0x002b, 0x000a, 0x000d, 0x0033)] }) },
    message: "it has no encrypted_client_hello of type inner",
  },
  {
    name: "N-09: an inner hello that has an outer ECH",
    pieces: {
      inner: encodedInner({
        extensions: [
          extension(0xfe0d, 0, u16(1, 1), 7, vec16("enc"), vec16("payload")),
          references(0x002b, 0x000a, 0x000d, 0x0033),
        ],
      }),
    },
    message: "it has no encrypted_client_hello of type inner",
  },
  ...[
    { name: "TLS 1.2 beside TLS 1.3", versions: [extension(0x002b, vec8(u16(0x0304, 0x0303)))] },
    { name: "TLS 1.0 beside TLS 1.3", versions: [extension(0x002b, vec8(u16(0x0304, 0x0301)))] },
    { name: "SSL 3.0 beside TLS 1.3", versions: [extension(0x002b, vec8(u16(0x0304, 0x0300)))] },
    { name: "an unknown version alone", versions: [extension(0x002b, vec8(u16(0x7a7a)))] },
    { name: "no versions", versions: [] },
  ].map(({ name, versions }) => ({
    name: `N-10: an inner hello with ${name}`,
    pieces: {
      inner: encodedInner({ extensions: [INNER_MARK, ...versions, references(0x000a, 0x000d, 0x0033)] }),
    },
    message: "it offers another version than TLS 1.3",
  })),
];
for (const { name, pieces, message } of ILLEGAL) {
  Deno.test(`${name} is an illegal_parameter`, async () => {
    const hellos = await SealedHellos.begin();
    const { failure } = await say([await hellos.hello(pieces)]);
    assertRefused(failure, "illegal_parameter", message);
  });
}

Deno.test("ECH: GREASE among the versions of an inner hello is no older version", async () => {
  const hellos = await SealedHellos.begin();
  const extensions = [
    INNER_MARK,
    extension(0x002b, vec8(u16(0x1a1a, 0x0304))),
    references(0x000a, 0x000d, 0x0033),
  ];
  assert(isAnswered(await say([await hellos.hello({ inner: encodedInner({ extensions }) })])));
});

Deno.test("N-11: an extension that the inner hello has, and refers to besides, is a duplicate", async () => {
  const hellos = await SealedHellos.begin();
  const extensions = [VERSIONS, ...INNER_EXTENSIONS];
  const { failure } = await say([await hellos.hello({ inner: encodedInner({ extensions }) })]);
  assertRefused(failure, "duplicate_extension");
});

Deno.test("N-12: an encrypted hello that is cut short anywhere is refused, and no more than that", async () => {
  const whole = encodedInner({ padding: bytes() });
  for (let length = 1; length < whole.length; length++) {
    const hellos = await SealedHellos.begin();
    const { failure } = await say([await hellos.hello({ inner: whole.subarray(0, length) })]);
    assertRefused(failure, "decode_error");
  }
});

Deno.test("N-12: an empty list of references, or one and a half, is a decode_error", async () => {
  for (const list of [vec8(), vec8(u16(0x002b), 0), bytes(vec8(u16(0x002b)), 0)]) {
    const hellos = await SealedHellos.begin();
    const extensions = [INNER_MARK, extension(0xfd00, list)];
    const { failure } = await say([await hellos.hello({ inner: encodedInner({ extensions }) })]);
    assertRefused(failure, "decode_error");
  }
});

const NETWORK = [
  { name: "N-13: an inner hello that was not encrypted", ech: bytes(1), code: "illegal_parameter" },
  { name: "N-13: an inner mark with something in it", ech: bytes(1, 0), code: "decode_error" },
  { name: "N-13: a third type of ECH", ech: bytes(2), code: "illegal_parameter" },
  { name: "N-13: ECH with nothing in it", ech: bytes(), code: "decode_error" },
  {
    name: "N-13: ECH without a payload",
    ech: bytes(0, u16(1, 1), 7, vec16("enc"), vec16()),
    code: "decode_error",
  },
] as const;
for (const { name, ech, code } of NETWORK) {
  Deno.test(`${name} is refused by its alert, with keys and without`, async () => {
    const hello = record(bytes(
      ...[u16(0x0303), counting(32), vec8(counting(32)), vec16(u16(0x1301)), vec8(0)],
      vec16(...OUTER_EXTENSIONS, extension(0xfe0d, ech)),
    ));
    for (const echKeys of [undefined, [keyOf(KEY)]]) {
      const server = endOf(new ServerConnection(serverConfig({ echKeys })));
      server.connection.receive(hello);
      await advance(server);
      assertRefused(server.failure, code);
      assertEquals(alertFor(server.failure), code);
    }
  });
}

const IGNORED: readonly { readonly name: string; readonly pieces: Pieces }[] = [
  { name: "an unknown identifier", pieces: { configId: 8 } },
  { name: "a suite that the config does not have", pieces: { kdf: 2 } },
  { name: "another AEAD than it was sealed with", pieces: { aead: 2 } },
  { name: "an encapsulated key that is too short", pieces: { enc: counting(31) } },
  { name: "an encapsulated key that agrees on zeros", pieces: { enc: new Uint8Array(32) } },
  { name: "a flipped bit in the payload", pieces: { change: (body) => flip(body, body.length - 1) } },
  { name: "a flipped bit in the outer random", pieces: { change: (body) => flip(body, 5) } },
];
for (const { name, pieces } of IGNORED) {
  Deno.test(`N-14: a hello with ${name} is answered by its outer half`, async () => {
    const hellos = await SealedHellos.begin();
    assert(isAnswered(await say([await hellos.hello(pieces)])));
  });
}

Deno.test("ECH: the second hello of the rows below is answered", async () => {
  const hellos = await SealedHellos.begin();
  const first = await hellos.hello();
  const second = await hellos.hello({ outerExtensions: [...OUTER_EXTENSIONS.slice(0, -1), P521_SHARE] });
  const { failure } = await say([first, second], ["secp521r1"]);
  assertEquals(failure, undefined);
});

const SECOND: readonly {
  readonly name: string;
  readonly pieces: Pieces;
  readonly code: TlsErrorCode;
}[] = [
  { name: "another identifier", pieces: { configId: 8 }, code: "illegal_parameter" },
  { name: "another KDF", pieces: { kdf: 2 }, code: "illegal_parameter" },
  { name: "another AEAD", pieces: { aead: 2 }, code: "illegal_parameter" },
  { name: "an encapsulated key", pieces: { enc: counting(32) }, code: "illegal_parameter" },
  {
    name: "a flipped bit in the payload",
    pieces: { change: (body) => flip(body, body.length - 1) },
    code: "bad_ech_payload",
  },
  {
    name: "an inner hello with another random",
    pieces: { inner: flip(encodedInner(), 5) },
    code: "illegal_parameter",
  },
  {
    name: "an inner hello without its mark",
    pieces: { inner: encodedInner({ extensions: [references(0x002b, 0x000a, 0x000d, 0x0033)] }) },
    code: "illegal_parameter",
  },
];
for (const { name, pieces, code } of SECOND) {
  Deno.test(`N-15: a second hello with ${name} is refused: ${code}`, async () => {
    const hellos = await SealedHellos.begin();
    const first = await hellos.hello();
    const answered = await say([first], ["secp521r1"]);
    assert(isAnswered(answered));
    const outerExtensions = [...OUTER_EXTENSIONS.slice(0, -1), P521_SHARE];
    const second = await hellos.hello({ outerExtensions, ...pieces });
    const { failure } = await say([first, second], ["secp521r1"]);
    assertRefused(failure, code);
  });
}

Deno.test("N-15: a second hello without ECH, or with an inner one in the clear, is refused", async () => {
  for (const [ech, code] of [[[], "missing_extension"], [[INNER_MARK], "illegal_parameter"]] as const) {
    const hellos = await SealedHellos.begin();
    const second = record(bytes(
      ...[u16(0x0303), counting(32, 0x20), vec8(counting(32, 0x80)), vec16(u16(0x1301)), vec8(0)],
      vec16(nameOf("public.example"), VERSIONS, GROUPS, SCHEMES, P521_SHARE, ...ech),
    ));
    const { failure } = await say([await hellos.hello(), second], ["secp521r1"]);
    assertRefused(failure, code);
  }
});

Deno.test("N-15: an inner hello behind an outer one that was not decrypted is refused", async () => {
  const hellos = await SealedHellos.begin();
  const second = record(bytes(
    ...[u16(0x0303), counting(32, 0x20), vec8(counting(32, 0x80)), vec16(u16(0x1301)), vec8(0)],
    vec16(nameOf("public.example"), VERSIONS, GROUPS, SCHEMES, P521_SHARE, INNER_MARK),
  ));
  const { failure } = await say([await hellos.hello({ configId: 8 }), second], ["secp521r1"]);
  assertRefused(failure, "illegal_parameter");
});

Deno.test("N-16: what is put together is never longer than the two hellos that it is made of", () => {
  const large = extension(0x4a4a, new Uint8Array(30_000));
  const outer = bytes(
    1,
    0,
    vec16(
      ...[u16(0x0303), counting(32), vec8(counting(32)), vec16(u16(0x1301)), vec8(0)],
      vec16(large, ...OUTER_EXTENSIONS),
    ),
  );
  const inner = encodedInner({ extensions: [INNER_MARK, references(0x4a4a, 0x002b)], padding: bytes() });
  const message = reconstructInner(inner, outer);
  assert(message.length <= inner.length + outer.length);
  assert(message.length > 30_000);
});

/** A share of the group that is asked for: the base point. */
const P521_SHARE = extension(0x0033, vec16(u16(0x0019), vec16(await p521Point())));

async function p521Point(): Promise<Uint8Array> {
  const { publicKey } = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-521" }, true, [
    "deriveBits",
  ]);
  return new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
}

function flip(message: Uint8Array, at: number): Uint8Array {
  return message.map((byte, place) => place === at ? byte ^ 1 : byte);
}
