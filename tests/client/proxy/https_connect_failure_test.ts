/** CONNECT over HTTP/2: what a proxy does in place of opening the tunnel, and how tunnels fail. */

import { assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { type Client, ClientError, type ClientErrorCode, type ClientOptions } from "../../../mod.ts";
import type { ErrorCodeName } from "../../../http2/protocol.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { type Http2Proxy, opening, type Script, startHttp2Proxy, tunnellingClient } from "./http2_proxy.ts";

const authority = await mintAuthority();
const certificate = await mintCertificate(authority, { names: ["localhost"] });

function clientOf(proxy: Pick<Http2Proxy, "port">, options: ClientOptions = {}, userinfo = ""): Client {
  return tunnellingClient(proxy, authority.certPem, options, userinfo);
}

async function get(client: Client, url: string): Promise<string> {
  return await (await client.get(url)).text();
}

/** A test's row: what the proxy does in place of opening the tunnel. */
interface Row {
  readonly name: string;
  readonly script: Script;
  readonly code: ClientErrorCode;
  readonly says?: RegExp;
  readonly hints?: RegExp;
  /** Whether the connection goes on; true by default. */
  readonly survives?: false;
}

/** Answers each request. */
function answering(status: number, fields: readonly (readonly [string, string])[] = [], end = false): Script {
  return (event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, status, fields, end);
  };
}

function resetting(code: ErrorCodeName): Script {
  return (event, { machine }) => {
    if (event.type === "request") machine.reset(event.streamId, code);
  };
}

const ROWS: readonly Row[] = [
  ...[true, false].map((end): Row => ({
    name: `Q-15: a 407 ${end ? "with END_STREAM" : "whose content does not end"} fails at its head`,
    script: answering(407, [["proxy-authenticate", 'Digest realm="a, b", Basic realm="y"']], end),
    code: "proxy_auth_required",
    says: /wants credentials: status 407 \(Digest, Basic\)/,
    hints: /username and password/,
  })),
  {
    name: "Q-18: a 503 whose content does not end fails at its head",
    script: answering(503, [["content-length", "1000000"]]),
    code: "proxy_refused",
    says: /refused the tunnel with status 503/,
    hints: /may not reach the host/,
  },
  {
    name: "Q-19: a redirect is a refusal, and not followed",
    script: answering(302, [["location", "http://127.0.0.1:1/"]]),
    code: "proxy_refused",
    says: /status 302/,
  },
  {
    name: "Q-29: a reset with CONNECT_ERROR says that the host is not reached",
    script: resetting("CONNECT_ERROR"),
    code: "proxy_refused",
    says: /reset the stream of the tunnel with CONNECT_ERROR/,
    hints: /does not reach the host/,
  },
  {
    name: "Q-29: a reset with HTTP_1_1_REQUIRED says what to ask the proxy in",
    script: resetting("HTTP_1_1_REQUIRED"),
    code: "proxy_refused",
    says: /with HTTP_1_1_REQUIRED/,
    hints: /protocols: \["http\/1\.1"\]/,
  },
  {
    name: "Q-29: a reset with another code says it",
    script: resetting("INTERNAL_ERROR"),
    code: "proxy_refused",
    says: /reset the stream of the tunnel with INTERNAL_ERROR/,
  },
  {
    name: "Q-29: a stream that is refused each time fails after a few tries",
    script: resetting("REFUSED_STREAM"),
    code: "proxy_refused",
    says: /REFUSED_STREAM/,
  },
  {
    name: "Q-29: the end of a new connection before the response is no reason to ask again",
    script: (event, connection) => event.type === "request" && connection.close(),
    code: "proxy_closed",
    says: /before its response to CONNECT was complete/,
    survives: false,
  },
  {
    name: "Q-29: a GOAWAY with a code in place of a response says the code",
    script: (event, { machine }) => event.type === "request" && machine.goAway("ENHANCE_YOUR_CALM"),
    code: "proxy_closed",
    says: /with ENHANCE_YOUR_CALM/,
    survives: false,
  },
];

for (const { name, script, code, says, hints, survives = true } of ROWS) {
  Deno.test(`CONNECT over HTTP/2: ${name}`, async () => {
    const open = opening();
    await using proxy = startHttp2Proxy(certificate, (event, connection) => {
      // Each stream is of the target that its request was for.
      const isBad = "streamId" in event &&
        proxy.requests.some(({ streamId, authority }) =>
          streamId === event.streamId && authority === "bad.test:80"
        );
      if (isBad || event.type === "connection_closed") script(event, connection);
      else open(event, connection);
      if (event.type === "request" && code === "proxy_closed") void connection.flush().then(connection.close);
    });
    using client = clientOf(proxy, { timeouts: { connect: 20_000, headers: 20_000 } });
    if (survives) assertEquals(await get(client, "http://good.test/"), "hello");
    const error = await assertRejects(() => client.get("http://u:secret@bad.test/"), ClientError);
    assertEquals(error.code, code, error.detail);
    assertMatch(error.detail, new RegExp(`through the proxy "localhost:${proxy.port}"`));
    if (says) assertMatch(error.detail, says);
    if (hints) assertMatch(error.hint ?? "", hints);
    assertNotMatch(Deno.inspect(error), /secret/);
    if (!survives) return assertEquals(proxy.requests.length, 1);
    assertEquals(await get(client, "http://good.test/"), "hello");
    assertEquals(await get(client, "http://other.test/"), "hello");
    assertEquals(proxy.accepted, 1);
  });
}

Deno.test("CONNECT over HTTP/2: Q-18: the rest of a refusal is not taken: its stream is reset", async () => {
  const resets: string[] = [];
  await using proxy = startHttp2Proxy(certificate, (event, { machine }) => {
    if (event.type === "reset") resets.push(event.error.code);
    if (event.type !== "request") return;
    machine.sendResponse(event.streamId, 403, [], false);
    machine.sendData(event.streamId, new Uint8Array(1_000), false);
  });
  using client = clientOf(proxy);
  await assertRejects(() => client.get("http://origin.test/"), ClientError);
  await eventually("the stream is reset", () => resets.length === 1);
  assertEquals(resets, ["CANCEL"]);
});

Deno.test("CONNECT over HTTP/2: Q-29: where streams run out and no further connection can be made, the tunnel fails at once with the reason", async () => {
  let isOpen = true;
  await using proxy = startHttp2Proxy(certificate, opening(), { maxConcurrentStreams: 1 });
  using client = tunnellingClient(proxy, authority.certPem, {
    dial: async ({ signal }) => {
      if (!isOpen) throw new Deno.errors.ConnectionRefused("closed for good");
      const io = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port, signal });
      io.setNoDelay(true);
      return io;
    },
  });
  assertEquals(await get(client, "http://a.test/"), "hello");
  isOpen = false;
  const error = await assertRejects(() => client.get("http://b.test/"), ClientError);
  assertEquals(error.code, "connection_refused", error.detail);
  assertEquals(await get(client, "http://a.test/"), "hello");
  isOpen = true;
  assertEquals(await get(client, "http://b.test/"), "hello");
  assertEquals(proxy.accepted, 2);
});

Deno.test("CONNECT over HTTP/2: Q-28: a proxy whose second connection speaks HTTP/1.1 is asked in it", async () => {
  await using first = startHttp2Proxy(certificate, opening(), { maxConcurrentStreams: 1 });
  const { chainPem: cert, keyPem: key } = certificate;
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const serving = (async () => {
    using conn = await listener.accept();
    const into = new Uint8Array(4_096);
    for (const answer of ["", "content-length: 5\r\n\r\nhello"]) {
      await conn.read(into);
      await conn.write(new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${answer || "\r\n"}`));
    }
    while (await conn.read(into) !== null);
  })();
  let dials = 0;
  {
    using client = tunnellingClient(first, authority.certPem, {
      dial: async () => {
        const port = dials++ === 0 ? first.port : listener.addr.port;
        return await Deno.connect({ hostname: "127.0.0.1", port });
      },
    });
    assertEquals(await get(client, "http://a.test/"), "hello");
    assertEquals(await get(client, "http://b.test/"), "hello");
    assertEquals(await get(client, "http://a.test/"), "hello");
    assertEquals(dials, 2);
  }
  await serving.catch(() => {});
});

Deno.test("CONNECT over HTTP/2: Q-16: a 407 to credentials says so, once, and shows none", async () => {
  await using proxy = startHttp2Proxy(certificate, answering(407, [["proxy-authenticate", "Basic realm=x"]]));
  using client = clientOf(proxy, {}, "me:hidden@");
  const error = await assertRejects(() => client.get("http://origin.test/"), ClientError);
  assertMatch(error.detail, /refused the credentials with status 407 \(Basic\)/);
  assertNotMatch(Deno.inspect(error), /hidden|bWU6/);
  assertEquals(proxy.requests.length, 1);
});

Deno.test("CONNECT over HTTP/2: Q-29: a 2xx with END_STREAM is a tunnel that ends at once", async () => {
  await using proxy = startHttp2Proxy(certificate, answering(200, [], true));
  using client = clientOf(proxy);
  const plain = await assertRejects(() => client.get("http://origin.test/"), ClientError);
  assertEquals(plain.code, "connection_closed", plain.detail);
  const secure = await assertRejects(() => client.get("https://origin.test/"), ClientError);
  assertEquals(secure.code, "handshake_failed", secure.detail);
  assertMatch(secure.hint ?? "", /The proxy may have closed the tunnel/);
});

Deno.test("CONNECT over HTTP/2: Q-29: any 2xx opens a tunnel, those without content too", async () => {
  for (const status of [201, 204, 205, 299]) {
    await using proxy = startHttp2Proxy(certificate, opening([], undefined, status));
    using client = clientOf(proxy);
    assertEquals(await get(client, "http://origin.test/"), "hello", `${status}`);
  }
});

Deno.test("CONNECT over HTTP/2: Q-29: a content-length in a 2xx is ignored", async () => {
  for (const length of ["0", "5", "1000", "5, 7", "-1", "many"]) {
    // Past the machine, which would refuse to send some of these: HPACK without a table and without Huffman coding.
    const literal = (name: string, value: string) => {
      const [octets, text] = [new TextEncoder().encode(name), new TextEncoder().encode(value)];
      return [0, octets.length, ...octets, text.length, ...text];
    };
    const block = [...literal(":status", "200"), ...literal("content-length", length)];
    await using proxy = startHttp2Proxy(certificate, (event, { machine, send }) => {
      if (event.type === "request") void send(Uint8Array.of(0, 0, block.length, 1, 4, 0, 0, 0, 1, ...block));
      if (event.type !== "data") return;
      const content = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
      void send(Uint8Array.of(0, 0, content.length, 0, 0, 0, 0, 0, 1, ...content));
      machine.consume(event.streamId, event.data.length);
    });
    using client = clientOf(proxy);
    assertEquals(await get(client, "http://origin.test/"), "hello", length);
  }
});

Deno.test("CONNECT over HTTP/2: Q-29: a stream above GOAWAY's last is asked for on a new connection, and those below go on", async () => {
  const open = opening();
  let isGone = false;
  await using proxy = startHttp2Proxy(certificate, (event, connection) => {
    if (event.type === "request" && event.authority === "b.test:80" && !isGone) {
      isGone = true;
      // GOAWAY whose last stream is the first, past the machine.
      return void connection.send(Uint8Array.of(0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0));
    }
    open(event, connection);
  });
  using client = clientOf(proxy);
  assertEquals(await get(client, "http://a.test/"), "hello");
  assertEquals(await get(client, "http://b.test/"), "hello");
  assertEquals(proxy.accepted, 2);
  assertEquals(await get(client, "http://a.test/"), "hello"); // its tunnel stands
  assertEquals(await get(client, "http://c.test/"), "hello");
  assertEquals(proxy.accepted, 2);
  assertEquals(proxy.requests.map(({ authority }) => authority), [
    ...["a.test:80", "b.test:80", "b.test:80", "c.test:80"],
  ]);
});

Deno.test("CONNECT over HTTP/2: Q-29: an idle connection that ended is replaced", async () => {
  await using proxy = startHttp2Proxy(certificate);
  using client = clientOf(proxy, { pool: { maxIdlePerOrigin: 1 } });
  assertEquals(await get(client, "http://a.test/"), "hello");
  proxy.connections[0]?.close();
  assertEquals(await get(client, "http://b.test/"), "hello");
  assertEquals(await get(client, "http://a.test/"), "hello");
  assertEquals(proxy.accepted, 2);
});

Deno.test("CONNECT over HTTP/2: Q-29: a reused connection that ends before the response is no answer: the tunnel is asked for again, once", async () => {
  const open = opening();
  await using proxy = startHttp2Proxy(certificate, (event, connection) => {
    const isLost = event.type === "request" && event.authority === "b.test:80";
    if (isLost && (connection.index < 1 || proxy.requests.length > 3)) connection.close();
    else open(event, connection);
  });
  using client = clientOf(proxy);
  assertEquals(await get(client, "http://a.test/"), "hello");
  assertEquals(await get(client, "http://b.test/"), "hello");
  assertEquals(proxy.requests.map(({ authority }) => authority), ["a.test:80", "b.test:80", "b.test:80"]);
  assertEquals(proxy.accepted, 2);
});

Deno.test("CONNECT over HTTP/2: Q-29: a tunnel that is reset with NO_ERROR, as some proxies do for a TCP reset, has not ended well", async () => {
  await using proxy = startHttp2Proxy(certificate, (event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    if (event.type !== "data") return;
    const { streamId } = event;
    machine.sendData(streamId, new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\nhalf of"), false);
    machine.reset(streamId, "NO_ERROR");
  });
  using client = clientOf(proxy);
  const response = await client.get("http://origin.test/");
  const error = await assertRejects(() => response.text(), ClientError);
  assertEquals(error.code, "truncated", error.detail);
});
