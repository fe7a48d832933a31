/** SOCKS5 and SOCKS4a: what is sent, what proxies answer, and what becomes of it. */

import { assertEquals, assertMatch, assertNotMatch, assertRejects, assertThrows } from "@std/assert";
import { ProxyParser } from "../../../client/proxy/proxy_hop.ts";
import { socksConnect } from "../../../client/proxy/socks.ts";
import { Client, ClientError, type ClientErrorCode } from "../../../mod.ts";
import { gluedDuplex, readText } from "./glued_duplex.ts";
import { type Peer, scriptedServer } from "../../support/scripted_server.ts";

const ORIGIN_OK = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
/** A reply with 0.0.0.0:0. */
const SUCCEEDED = "\x05\0\0\x01\0\0\0\0\0\0";
/** The request of SOCKS5 for `origin.test:80`. */
const REQUEST = "\x05\x01\0\x03\x0borigin.test\0\x50";
const GREETING = "\x05\x01\0";

/** A test's row: what the proxy sends, for each message of the client. */
interface Row {
  readonly name: string;
  /** For the greeting, the credentials if there are any, and the request; in single bytes where it is a list. */
  readonly replies: readonly (string | readonly string[])[];
  /** Whether the connection is closed behind them. */
  readonly closes?: true;
  readonly code?: ClientErrorCode;
  readonly says?: RegExp;
  readonly hints?: RegExp;
  readonly url?: string;
}

const AUTHENTICATED = "socks5h://us%65r:p%40ss@";

const ROWS: readonly Row[] = [
  { name: "K-01: replies byte by byte", replies: [["\x05", "\0"], [...SUCCEEDED]] },
  { name: "K-02: an IPv6 address in the reply", replies: ["\x05\0", `\x05\0\0\x04${"\x01".repeat(18)}`] },
  {
    name: "K-02: a name of 255 bytes in the reply",
    replies: ["\x05\0", `\x05\0\0\x03\xff${"a".repeat(257)}`],
  },
  { name: "K-03: an empty name in the reply", replies: ["\x05\0", "\x05\0\0\x03\0\0\0"] },
  {
    name: "K-05: no method is acceptable",
    replies: ["\x05\xff"],
    code: "proxy_auth_required",
    hints: /username/,
  },
  {
    name: "K-06: a method that was not offered wants credentials",
    replies: ["\x05\x02"],
    code: "proxy_auth_required",
  },
  { name: "K-07: GSSAPI was not offered", replies: ["\x05\x01"], code: "proxy_protocol" },
  { name: "K-07: a private method was not offered", replies: ["\x05\x80"], code: "proxy_protocol" },
  {
    name: "K-05: no method is acceptable, not even that with credentials",
    replies: ["\x05\xff"],
    url: AUTHENTICATED,
    code: "proxy_auth_required",
    hints: /takes no user name and password/,
  },
  {
    name: "K-07: GSSAPI was not offered beside credentials",
    replies: ["\x05\x01"],
    url: AUTHENTICATED,
    code: "proxy_protocol",
    says: /it chose method 1, which was not offered/,
  },
  { name: "K-08: a reply of SOCKS4", replies: ["\x04\0"], code: "proxy_protocol" },
  {
    name: "K-08: a reply of HTTP",
    replies: ["HTTP/1.1 400 Bad"],
    code: "proxy_protocol",
    hints: /http:\/\//,
  },
  {
    name: "K-09: the end before the method",
    replies: [""],
    closes: true,
    code: "proxy_closed",
    says: /choice of a method/,
  },
  {
    name: "K-09: the end after the method",
    replies: ["\x05\0", ""],
    closes: true,
    code: "proxy_closed",
    says: /reply to the request/,
  },
  {
    name: "K-10: credentials are not sent where none are wanted",
    replies: ["\x05\0", SUCCEEDED],
    url: AUTHENTICATED,
  },
  ...["\x01\x01", "\x01\xff", ""].map((reply): Row => ({
    name: `K-11: credentials are refused by ${JSON.stringify(reply)} and the end`,
    replies: ["\x05\x02", reply],
    closes: true,
    url: AUTHENTICATED,
    code: "proxy_auth_failed",
  })),
  {
    name: "K-12: an old server's 05 00 takes credentials",
    replies: ["\x05\x02", "\x05\0", SUCCEEDED],
    url: AUTHENTICATED,
  },
  { name: "K-12: credentials are taken", replies: ["\x05\x02", "\x01\0", SUCCEEDED], url: AUTHENTICATED },
  {
    name: "K-13: a reply of two bytes and the end",
    replies: ["\x05\0", "\x05\x05"],
    closes: true,
    code: "connection_refused",
  },
  {
    name: "K-14: a reply of four bytes and silence",
    replies: ["\x05\0", "\x05\x05\0\x01"],
    code: "connection_refused",
  },
  {
    name: "K-15: a refusal with an empty name",
    replies: ["\x05\0", "\x05\x02\0\x03\0\0\0"],
    code: "proxy_refused",
  },
  { name: "K-16: a reserved octet that is not 0", replies: ["\x05\0", `\x05\0\x01${SUCCEEDED.slice(3)}`] },
  ...["\0", "\x02"].map((type): Row => ({
    name: `K-17: an address of type ${type.charCodeAt(0)}`,
    replies: ["\x05\0", `\x05\0\0${type}\0\0\0\0\0\0`],
    code: "proxy_protocol",
  })),
  {
    name: "K-18: a reply of version 0",
    replies: ["\x05\0", `\0${SUCCEEDED.slice(1)}`],
    code: "proxy_protocol",
  },
  ...([
    [1, "proxy_refused", /general SOCKS server failure/],
    [2, "proxy_refused", /ruleset/],
    [3, "proxy_unreachable", /network/],
    [4, "proxy_unreachable", /host/],
    [6, "proxy_unreachable", /TTL/],
    [7, "proxy_refused", /command/],
    [8, "proxy_refused", /type of the address/],
    [9, "proxy_refused", /reply 9/],
    [255, "proxy_refused", /reply 255/],
  ] as const).map(([reply, code, says]): Row => ({
    name: `K-14: reply ${reply} is told at once`,
    replies: ["\x05\0", `\x05${String.fromCharCode(reply)}`],
    code,
    says,
  })),
];

for (const { name, replies, closes, code, says, hints, url = "socks5h://" } of ROWS) {
  Deno.test(`SOCKS5: ${name}`, async () => {
    const received: string[] = [];
    await using proxy = scriptedServer(async (peer) => {
      const [greeting, last] = url === AUTHENTICATED
        ? ["\x05\x02\0\x02", "\x01\x04user\x04p@ss"]
        : [GREETING, ""];
      const expected = replies.length === 3 || replies[0] === "\x05\x02"
        ? [greeting, last, REQUEST]
        : [greeting, REQUEST];
      for (const [index, reply] of replies.entries()) {
        const message = expected[index] ?? "";
        const bytes = await peer.readBytes(message.length);
        received.push(bytes);
        assertEquals(bytes, message);
        for (const piece of reply) await peer.send(piece);
      }
      if (closes) return;
      if (code !== undefined) return await peer.untilClosed();
      assertMatch(await peer.readHead() ?? "", /^GET \/ HTTP\/1\.1\r\nhost: origin\.test\r\n/);
      await peer.send(ORIGIN_OK);
    });
    using client = new Client({ proxy: `${url}127.0.0.1:${proxy.port}`, timeouts: { connect: 20_000 } });
    if (code === undefined) {
      assertEquals(await (await client.get("http://origin.test/")).text(), "hello");
      return;
    }
    const error = await assertRejects(() => client.get("http://origin.test/"), ClientError);
    assertEquals(error.code, code, error.detail);
    assertMatch(error.detail, new RegExp(`"origin\\.test:80" through the proxy "127.0.0.1:${proxy.port}"`));
    assertNotMatch(Deno.inspect(error), /p@ss|p%40ss/);
    if (says) assertMatch(error.detail, says);
    if (hints) assertMatch(error.hint ?? "", hints);
    assertEquals(received.length, replies.length);
  });
}

/** What a SOCKS5 proxy is asked for, after its method. */
async function requestFor(url: string, scheme = "socks5h"): Promise<string> {
  const asked = Promise.withResolvers<string>();
  await using proxy = scriptedServer(async (peer: Peer) => {
    await peer.readBytes(3);
    await peer.send("\x05\0");
    const head = await peer.readBytes(4);
    const length = head.endsWith("\x01") ? "" : head.endsWith("\x04") ? "" : await peer.readBytes(1);
    const rest = head.endsWith("\x01") ? 6 : head.endsWith("\x04") ? 18 : length.charCodeAt(0) + 2;
    asked.resolve(head + length + await peer.readBytes(rest));
    await peer.send("\x05\x02");
  });
  using client = new Client({ proxy: `${scheme}://127.0.0.1:${proxy.port}` });
  await assertRejects(() => client.get(url), ClientError);
  // A request that is refused before the proxy is asked fails the test instead of letting it wait.
  return await Promise.race([asked.promise, Promise.resolve("the proxy was not asked")]);
}

Deno.test("SOCKS5: a literal address goes as an address, whatever the scheme", async () => {
  assertEquals(await requestFor("http://10.1.2.3/"), "\x05\x01\0\x01\x0a\x01\x02\x03\0\x50");
  assertEquals(
    await requestFor("http://[fd00::1]:8080/"),
    `\x05\x01\0\x04\xfd${"\0".repeat(14)}\x01\x1f\x90`,
  );
  assertEquals(await requestFor("http://10.1.2.3/", "socks5"), "\x05\x01\0\x01\x0a\x01\x02\x03\0\x50");
});

Deno.test("SOCKS5: a name of 255 bytes is asked for", async () => {
  const name = `${"a".repeat(63)}.`.repeat(3) + "a".repeat(63);
  assertEquals(await requestFor(`http://${name}/`), `\x05\x01\0\x03\xff${name}\0\x50`);
});

Deno.test("SOCKS5: names are looked up here with socks5:, and by the proxy with socks5h:", async () => {
  const [, , , type = ""] = await requestFor("http://localhost/", "socks5");
  assertEquals(["\x01", "\x04"].includes(type), true);
  assertEquals(await requestFor("http://localhost/"), "\x05\x01\0\x03\x09localhost\0\x50");
});

Deno.test("SOCKS5: K-04: bytes behind the reply belong to the tunnel", async () => {
  const hop = new ProxyParser().parse("socks5h://proxy.test");
  const glued = `\x05\0${SUCCEEDED}hello`;
  for (let split = 0; split < glued.length; split++) {
    const io = gluedDuplex(glued.slice(0, split), glued.slice(split));
    await socksConnect(io, hop, { hostname: "origin.test", port: 80 }, "origin.test:80");
    assertEquals(await readText(io), "hello", `split at ${split}`);
  }
});

Deno.test("SOCKS5: K-19: silence at any stage ends with connect_timeout, which names the stage", async () => {
  for (const replies of [[], ["\x05\x02"], ["\x05\x02", "\x01\0"], ["\x05\x02", "\x01\0", "\x05"]]) {
    await using proxy = scriptedServer(async (peer) => {
      await peer.readBytes(4);
      for (const reply of replies) {
        await peer.send(reply);
      }
      await peer.untilClosed();
    });
    using client = new Client({
      proxy: `${AUTHENTICATED}127.0.0.1:${proxy.port}`,
      timeouts: { connect: 100 },
    });
    const error = await assertRejects(() => client.get("http://origin.test/"), ClientError);
    assertEquals(error.code, "connect_timeout");
    assertMatch(error.detail, /over 100 ms, waiting for the proxy "127\.0\.0\.1:\d+" to open a tunnel/);
  }
});

Deno.test("SOCKS: K-20, D-32: what its fields cannot hold is refused before a byte", async () => {
  const long = "x".repeat(256);
  for (
    const proxy of [
      { url: "socks5://proxy.test", username: "" },
      { url: "socks5://proxy.test", username: long },
      { url: "socks5://proxy.test", username: "u", password: long },
      { url: "socks4a://proxy.test", username: "u", password: "p" },
      { url: "socks4a://proxy.test", username: "a\0b" },
      "socks5h://:password@proxy.test",
    ]
  ) {
    const error = assertThrows(() => new Client({ proxy }), ClientError);
    assertEquals(error.code, "invalid_request", error.message);
    assertNotMatch(error.message, /password@|xxx/);
  }
  using client = new Client({ proxy: "socks5h://127.0.0.1:1" });
  const name = `${"a".repeat(63)}.`.repeat(4);
  const error = await assertRejects(() => client.get(`http://${name}test/`), ClientError);
  assertEquals(error.code, "invalid_request");
});

Deno.test("SOCKS5: K-20: an empty password is sent, and long credentials beside a long name", async () => {
  const sent: string[] = [];
  await using proxy = scriptedServer(async (peer) => {
    await peer.readBytes(4);
    await peer.send("\x05\x02");
    const [, length = 0] = [...await peer.readBytes(2)].map((char) => char.charCodeAt(0));
    const user = await peer.readBytes(length);
    const password = await peer.readBytes((await peer.readBytes(1)).charCodeAt(0));
    sent.push(user, password);
    await peer.send("\x01\0");
    await peer.readBytes(5 + 252 + 2);
    await peer.send(SUCCEEDED);
    await peer.readHead();
    await peer.send(ORIGIN_OK);
  });
  const username = "u".repeat(255);
  for (const password of ["", "p".repeat(255)]) {
    using client = new Client({ proxy: { url: `socks5h://127.0.0.1:${proxy.port}`, username, password } });
    const name = `${"a".repeat(61)}.`.repeat(4);
    assertEquals(await (await client.get(`http://${name}test/`)).text(), "hello");
  }
  assertEquals(sent, [username, "", username, "p".repeat(255)]);
});

Deno.test("SOCKS4a: K-21: the request, and a reply of each kind", async () => {
  for (
    const [reply, code] of [
      ["\0\x5a\0\0\0\0\0\0", undefined],
      ["\0\x5b\0\0\0\0\0\0", "proxy_refused"],
      ["\0\x5c", "proxy_refused"],
      ["\0\x5d", "proxy_refused"],
      ["\0\x77", "proxy_refused"],
      ["\x04\x5a", "proxy_protocol"],
      ["HTTP/1.1 400", "proxy_protocol"],
    ] as const
  ) {
    await using proxy = scriptedServer(async (peer) => {
      const request = "\x04\x01\0\x50\0\0\0\x01me\0origin.test\0";
      assertEquals(await peer.readBytes(request.length), request);
      await peer.send(reply);
      if (code !== undefined) return await peer.untilClosed();
      await peer.readHead();
      await peer.send(ORIGIN_OK);
    });
    using client = new Client({ proxy: `socks4a://me@127.0.0.1:${proxy.port}` });
    const fetching = client.get("http://origin.test/");
    if (code === undefined) assertEquals(await (await fetching).text(), "hello");
    else assertEquals((await assertRejects(() => fetching, ClientError)).code, code, JSON.stringify(reply));
  }
});

Deno.test("SOCKS4a: K-22: an IPv6 address is refused before the dial", async () => {
  using client = new Client({ proxy: "socks4a://127.0.0.1:1" });
  const error = await assertRejects(() => client.get("http://[::1]/"), ClientError);
  assertEquals(error.code, "unsupported_option");
  assertMatch(error.hint ?? "", /socks5h/);
});

Deno.test("SOCKS: a hint at HTTP is for what begins as HTTP does, and for nothing else", async () => {
  for (
    const [url, wire, hint] of [
      ["socks5h://proxy.test", "HTTP/1.1 400", "The proxy may speak HTTP: write its URL with http://."],
      ["socks5h://proxy.test", "\x04\0", undefined],
      ["socks5h://proxy.test", "\x15\x03\x01", undefined],
      ["socks4a://proxy.test", "HTTP/1.1 400", "The proxy may speak HTTP: write its URL with http://."],
      ["socks4a://proxy.test", "\x05\0", undefined],
      ["socks5h://proxy.test", "\x05\0\x04\0", undefined],
      ["socks4a://proxy.test", "\0\x5b", "The proxy may speak SOCKS4 without names: try socks5h:."],
    ] as const
  ) {
    const hop = new ProxyParser().parse(url);
    const asking = socksConnect(
      gluedDuplex(wire),
      hop,
      { hostname: "origin.test", port: 80 },
      "origin.test:80",
    );
    const error = await assertRejects(() => asking, ClientError);
    assertEquals(error.hint, hint, wire);
  }
});

Deno.test("SOCKS4a: each reply is told in words, and one without words by its number", async () => {
  for (
    const [reply, says] of [
      ["\x5b", "it rejected the request, or it failed"],
      ["\x5c", "it cannot reach an identd of this end"],
      ["\x5d", "the identd of this end tells another user"],
      ["\x77", "it refused with reply 119"],
    ] as const
  ) {
    const hop = new ProxyParser().parse("socks4a://proxy.test");
    const asking = socksConnect(
      gluedDuplex(`\0${reply}`),
      hop,
      { hostname: "a.test", port: 80 },
      "a.test:80",
    );
    const { message } = await assertRejects(() => asking, ClientError);
    assertEquals(message, `Cannot connect to "a.test:80" through the proxy "proxy.test:1080": ${says}`);
  }
});

Deno.test("SOCKS4a: an address goes as one, without a name and without a hint at names", async () => {
  const sent: number[][] = [];
  const io = {
    ...gluedDuplex("\0\x5b"),
    write: (bytes: Uint8Array) => Promise.resolve(sent.push([...bytes]) && bytes.length),
  };
  const hop = new ProxyParser().parse("socks4a://proxy.test");
  const asking = socksConnect(io, hop, { hostname: "10.1.2.3", port: 258 }, "10.1.2.3:258");
  assertEquals((await assertRejects(() => asking, ClientError)).hint, undefined);
  assertEquals(sent, [[4, 1, 1, 2, 10, 1, 2, 3, 0]]);
});
