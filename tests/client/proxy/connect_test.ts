/** CONNECT: what proxies answer, and what becomes of it. */

import { assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { httpConnect } from "../../../client/proxy/http_connect.ts";
import { ProxyParser } from "../../../client/proxy/proxy_hop.ts";
import { Client, ClientError, type ClientErrorCode } from "../../../mod.ts";
import { eventually } from "../../support/eventually.ts";
import { gluedDuplex, readText } from "./glued_duplex.ts";
import { type Peer, scriptedServer } from "../../support/scripted_server.ts";

const ORIGIN_OK = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
const ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";

/** A test's row: what the proxy sends after CONNECT. */
interface Row {
  readonly name: string;
  /** The pieces, each a write of its own. */
  readonly sends: readonly string[];
  /** Whether the connection stays open behind them. */
  readonly staysOpen?: boolean;
  /** The failure; absent: a tunnel. */
  readonly code?: ClientErrorCode;
  readonly says?: RegExp;
  readonly hints?: RegExp;
}

const HTML = "<html>".padEnd(1_048_576, "x");

const ROWS: readonly Row[] = [
  { name: "Q-01: framing fields of a 2xx are ignored", sends: [established("Content-Length: 5")] },
  { name: "Q-01: chunked of a 2xx is ignored", sends: [established("Transfer-Encoding: chunked")] },
  {
    name: "Q-01: both framing fields of a 2xx are ignored",
    sends: [established("Content-Length: 5\r\nTransfer-Encoding: chunked")],
  },
  { name: "Q-02: HTTP/1.0 200 opens a tunnel", sends: ["HTTP/1.0 200 Connection established\r\n\r\n"] },
  {
    name: "Q-02: HTTP/1.0 200 with fields opens a tunnel",
    sends: ["HTTP/1.0 200 OK\r\nProxy-agent: t/1\r\n\r\n"],
  },
  { name: "Q-03: a 200 without a reason opens a tunnel", sends: ["HTTP/1.1 200\r\n\r\n"] },
  { name: "Q-03: a 200 with Connection: close opens a tunnel", sends: [established("Connection: close")] },
  ...[201, 204, 299].map((status) => ({
    name: `Q-04: status ${status} opens a tunnel`,
    sends: [`HTTP/1.1 ${status} Fine\r\n\r\n`],
  })),
  { name: "Q-05: a 100 before the 200 is skipped", sends: ["HTTP/1.1 100 Continue\r\n\r\n", ESTABLISHED] },
  {
    name: "Q-05: twenty 103 before the 200 are skipped",
    sends: ["HTTP/1.1 103 Early Hints\r\n\r\n".repeat(20), ESTABLISHED],
  },
  {
    name: "Q-06: 103 without end are too large",
    sends: ["HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n".repeat(60_000)],
    staysOpen: true,
    code: "too_large",
  },
  {
    name: "Q-07: a 101 breaks the protocol",
    sends: ["HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
    staysOpen: true,
    code: "proxy_protocol",
  },
  { name: "Q-08: a head in single bytes opens a tunnel", sends: [...ESTABLISHED] },
  { name: "Q-08: a head split after HTT opens a tunnel", sends: ["HTT", ESTABLISHED.slice(3)] },
  {
    name: "Q-12: a 200 and the end fail at the origin's stage",
    sends: [ESTABLISHED, ""],
    code: "connection_closed",
  },
  {
    name: "Q-13: the end at once",
    sends: [],
    code: "proxy_closed",
    says: /closed the connection before its response/,
  },
  { name: "Q-13: the end inside the head", sends: ["HTTP/1.1 200 Conn"], code: "proxy_closed" },
  ...[
    ["with a length, left open", "Content-Length: 3045\r\n\r\n", true],
    ["in chunks, left open", "Transfer-Encoding: chunked\r\n\r\n", true],
    ["without a length, left open", "\r\n", true],
    ["and the end", "Connection: close\r\n\r\n", false],
  ].map(([what, rest, staysOpen]): Row => ({
    name: `Q-15: a 407 ${what} fails at its head`,
    sends: [
      `HTTP/1.${staysOpen ? 1 : 0} 407 Proxy Authentication Required\r\n` +
      `Proxy-Authenticate: Digest realm="a, b", nonce="x", Basic realm="y"\r\nProxy-Authenticate: Negotiate\r\n${rest}`,
    ],
    staysOpen: staysOpen === true,
    code: "proxy_auth_required",
    says: /wants credentials: status 407 \(Digest, Basic, Negotiate\)/,
    hints: /username and password/,
  })),
  {
    name: "Q-17: a 401 is a refusal by the proxy",
    sends: ["HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n"],
    staysOpen: true,
    code: "proxy_refused",
    says: /status 401 "Unauthorized"/,
  },
  ...[403, 405, 500, 502, 503, 504].flatMap((status): Row[] =>
    ["short", HTML].map((body) => ({
      name: `Q-18: a ${status} with ${body.length} bytes of content fails at its head`,
      sends: [`HTTP/1.1 ${status} No\r\n\r\n${body}`],
      staysOpen: true,
      code: "proxy_refused",
      says: new RegExp(`status ${status} "No"`),
      hints: /./,
    }))
  ),
  {
    name: "Q-19: a redirect is a refusal, and not followed",
    sends: ["HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"],
    staysOpen: true,
    code: "proxy_refused",
    says: /status 302/,
  },
  ...["SSH-2.0-OpenSSH_9\r\n", "<html></html>", "ICY 200 OK\r\n\r\n", "HTTP/2 200\r\n\r\n"].map((
    text,
  ): Row => ({
    name: `Q-21: ${JSON.stringify(text)} breaks the protocol at its first impossible byte`,
    sends: [text],
    staysOpen: true,
    code: "proxy_protocol",
  })),
  ...["HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n"].map((text): Row => ({
    name: `Q-21: ${JSON.stringify(text)} breaks the protocol`,
    sends: [text],
    staysOpen: true,
    code: "proxy_protocol",
  })),
  {
    name: "Q-21: a TLS alert breaks the protocol, with a hint",
    sends: ["\x15\x03\x01\x00\x02\x02\x28"],
    staysOpen: true,
    code: "proxy_protocol",
    hints: /https:\/\//,
  },
  {
    name: "Q-21: a SOCKS5 reply breaks the protocol, with a hint",
    sends: ["\x05\xff"],
    staysOpen: true,
    code: "proxy_protocol",
    hints: /socks5h:\/\//,
  },
  { name: "Q-23: a head of 9 KiB opens a tunnel", sends: [established(`x: ${"y".repeat(9_000)}`)] },
  { name: "Q-23: a head of 20 KiB opens a tunnel", sends: [established(`x: ${"y".repeat(20_000)}`)] },
  {
    name: "Q-23: a head without end is too large",
    sends: [`HTTP/1.1 200 OK\r\nx: ${"y".repeat(1_000_000)}`],
    staysOpen: true,
    code: "too_large",
  },
  {
    name: "Q-24: NUL in a field breaks the protocol",
    sends: ["HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"],
    staysOpen: true,
    code: "proxy_protocol",
  },
  {
    name: "Q-24: a line without a colon breaks the protocol",
    sends: ["HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"],
    staysOpen: true,
    code: "proxy_protocol",
  },
];

for (const { name, sends, staysOpen, code, says, hints } of ROWS) {
  Deno.test(`CONNECT: ${name}`, async () => {
    let closed = false;
    await using proxy = scriptedServer(async (peer) => {
      assertMatch(
        await peer.readHead() ?? "",
        /^CONNECT origin\.test:80 HTTP\/1\.1\r\nhost: origin\.test:80\r\n/,
      );
      for (const piece of sends) closed ||= await gone(peer.send(piece));
      if (code === undefined) {
        assertMatch(await peer.readHead() ?? "", /^GET \/path HTTP\/1\.1\r\nhost: origin\.test\r\n/);
        await peer.send(ORIGIN_OK);
      } else if (staysOpen) {
        await peer.untilClosed();
        closed = true;
      }
    });
    using client = new Client({
      proxy: { url: proxy.url, tunnel: true },
      timeouts: { connect: 20_000, headers: 20_000 },
    });
    if (code === undefined) {
      const response = await client.get("http://origin.test/path");
      assertEquals(await response.text(), "hello");
      return;
    }
    const error = await assertRejects(() => client.get("http://user:secret@origin.test/path"), ClientError);
    assertEquals(error.code, code, error.detail);
    if (code !== "connection_closed") assertMatch(error.detail, new RegExp(`"127.0.0.1:${proxy.port}"`));
    if (says) assertMatch(error.detail, says);
    if (hints) assertMatch(error.hint ?? "", hints);
    if (staysOpen) await eventually("the connection to the proxy is closed", () => closed);
  });
}

/** Whether a write failed, because the client has gone. */
function gone(sending: Promise<void>): Promise<boolean> {
  return sending.then(() => false, () => true);
}

function established(fields: string): string {
  return `HTTP/1.1 200 Connection established\r\n${fields}\r\n\r\n`;
}

Deno.test("CONNECT: Q-09, Q-10, Q-22, Q-25: line ends, versions and folds are judged as in any response", async () => {
  const judged: Record<string, string> = {};
  const heads = {
    "bare LF": "HTTP/1.1 200 OK\n\n",
    "CRLF first": "\r\nHTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.2": "HTTP/1.2 200 OK\r\n\r\n",
    "obs-fold": "HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n",
  };
  for (const [name, head] of Object.entries(heads)) {
    const outcomes = await Promise.all([true, false].map((tunnel) => outcomeOf(head, tunnel)));
    assertEquals(outcomes[0], outcomes[1], name);
    judged[name] = outcomes[0] ?? "";
  }
  assertEquals(Object.keys(judged).length, 4);
});

/** Whether a head is taken, as one of a proxy or of an origin. */
async function outcomeOf(head: string, tunnel: boolean): Promise<string> {
  await using proxy = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send(tunnel ? head : head.replace(/(\r?\n)(\r?\n)$/, "$1content-length: 0$1$2"));
    if (!tunnel || await peer.readHead() === undefined) return;
    await peer.send(ORIGIN_OK);
  });
  using client = new Client({ proxy: { url: proxy.url, tunnel } });
  try {
    await (await client.get("http://origin.test/")).text();
    return "taken";
  } catch {
    return "refused";
  }
}

Deno.test("CONNECT: Q-11: bytes behind the head are the first of the tunnel", async () => {
  const glued = `${ESTABLISHED}hello`;
  for (let split = 1; split < glued.length; split++) {
    const io = gluedDuplex(glued.slice(0, split), glued.slice(split));
    const tunnel = await httpConnect(io, new ProxyParser().parse("http://proxy.test"), "origin.test:80", {});
    assertEquals(await readText(tunnel), "hello", `split at ${split}`);
  }
});

Deno.test("CONNECT: Q-11: one direction of the tunnel can be ended, with bytes behind the head as without", async () => {
  for (const rest of ["", "hello"]) {
    let ends = 0;
    const io = { ...gluedDuplex(ESTABLISHED + rest), closeWrite: () => Promise.resolve(void ends++) };
    const tunnel = await httpConnect(io, new ProxyParser().parse("http://proxy.test"), "origin.test:80", {});
    await tunnel.closeWrite?.();
    assertEquals(ends, 1);
  }
});

Deno.test("CONNECT: Q-11: a tunnel writes, is closed and holds the process as its connection, with bytes behind the head as without", async () => {
  for (const rest of ["", "hello"]) {
    const calls: string[] = [];
    const io = {
      ...gluedDuplex(ESTABLISHED + rest),
      write: (bytes: Uint8Array) =>
        Promise.resolve((calls.push(new TextDecoder().decode(bytes)), bytes.length)),
      close: () => void calls.push("close"),
      ref: () => void calls.push("ref"),
      unref: () => void calls.push("unref"),
    };
    const tunnel = await httpConnect(io, new ProxyParser().parse("http://proxy.test"), "origin.test:80", {});
    calls.length = 0;
    tunnel.unref?.();
    tunnel.ref?.();
    assertEquals(await tunnel.write(new TextEncoder().encode("more")), 4);
    tunnel.close();
    assertEquals(calls, ["unref", "ref", "more", "close"], JSON.stringify(rest));
  }
});

Deno.test("CONNECT: Q-16: a 407 to credentials says so, once, and shows none", async () => {
  const heads: string[] = [];
  await using proxy = scriptedServer(async (peer) => {
    heads.push(await peer.readHead() ?? "");
    await peer.send("HTTP/1.1 407 No\r\nproxy-authenticate: Basic realm=x\r\n\r\n");
    await peer.untilClosed();
  });
  using client = new Client({ proxy: `http://us%65r:pa%3Ass@127.0.0.1:${proxy.port}` });
  const error = await assertRejects(() => client.get("https://origin.test/"), ClientError);
  assertEquals(error.code, "proxy_auth_required");
  assertMatch(error.detail, /refused the credentials with status 407 \(Basic\)/);
  assertNotMatch(Deno.inspect(error), /pa:ss|pa%3Ass|dXNlc/);
  assertEquals(heads.length, 1);
  assertMatch(heads[0] ?? "", /\r\nproxy-authorization: Basic dXNlcjpwYTpzcw==\r\n/);
});

Deno.test("CONNECT: Q-20: nothing but the status of a refusal goes on", async () => {
  await using proxy = scriptedServer(async (peer) => {
    await peer.readHead();
    await peer.send('HTTP/1.1 403 No\x1b[31m"way\r\nset-cookie: a=b\r\nalt-svc: h3=":1"\r\n\r\nsecret page');
  });
  using client = new Client({ proxy: proxy.url });
  const error = await assertRejects(() => client.get("https://origin.test/"), ClientError);
  assertNotMatch(Deno.inspect(error), /a=b|h3=|secret page/);
  assertEquals(error.detail.includes("\x1b"), false);
});

Deno.test("CONNECT: Q-26: silence ends with connect_timeout, which names the stage", async () => {
  await using proxy = scriptedServer(async (peer: Peer) => {
    await peer.readHead();
    await peer.send("HTTP/1.1 200");
    await peer.untilClosed();
  });
  using client = new Client({ proxy: proxy.url, timeouts: { connect: 100 } });
  const error = await assertRejects(() => client.get("https://origin.test/"), ClientError);
  assertEquals(error.code, "connect_timeout");
  assertMatch(error.detail, /over 100 ms, waiting for the proxy "127\.0\.0\.1:\d+" to open a tunnel/);
});
