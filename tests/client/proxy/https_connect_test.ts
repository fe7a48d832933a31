/** CONNECT over HTTP/2: tunnels that are streams of one connection to a proxy. */

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Client, ClientError, type ClientOptions } from "../../../mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { pathOf } from "../../support/checkout.ts";
import { eventually } from "../../support/eventually.ts";
import { run } from "../../support/run.ts";
import { type Http2Proxy, opening, startHttp2Proxy, tunnellingClient } from "./http2_proxy.ts";

const authority = await mintAuthority();
const certificate = await mintCertificate(authority, { names: ["localhost"] });

function clientOf(proxy: Pick<Http2Proxy, "port">, options: ClientOptions = {}, userinfo = ""): Client {
  return tunnellingClient(proxy, authority.certPem, options, userinfo);
}

async function get(client: Client, url: string): Promise<string> {
  return await (await client.get(url)).text();
}

Deno.test("CONNECT over HTTP/2: Q-28: tunnels are streams of one connection, and have :method, :authority and the proxy's fields", async () => {
  await using proxy = startHttp2Proxy(certificate);
  using client = clientOf(proxy, { headers: { "x-own": "1" } }, "me:pw@");
  const hosts = ["a.test", "[fd00::1]:8080", "c.test"];
  const texts = await Promise.all(hosts.map((host) => get(client, `http://${host}/`)));
  assertEquals(texts, ["hello", "hello", "hello"]);
  assertEquals(await get(client, "http://a.test/again"), "hello"); // the tunnel is reused
  assertEquals(proxy.accepted, 1);
  assertEquals(proxy.requests.map(({ authority }) => authority), [
    "a.test:80",
    "[fd00::1]:8080",
    "c.test:80",
  ]);
  for (const { method, path, scheme, protocol, fields } of proxy.requests) {
    assertEquals([method, path, scheme, protocol], ["CONNECT", "", "", undefined]);
    assertEquals(fields, [["x-session", "7"], ["proxy-authorization", `Basic ${btoa("me:pw")}`]]);
  }
  const name = `https://localhost:${proxy.port}`;
  assertEquals(client.stats().origins[`CONNECT via ${name}`]?.connections, 1);
  assertEquals(client.stats().origins[`http://a.test:80 via ${name}`]?.idle, 1);
});

Deno.test("CONNECT over HTTP/2: Q-28: a proxy that chooses HTTP/1.1, or has no ALPN, is asked in it, each tunnel on a connection of its own", async () => {
  for (const alpnProtocols of [["http/1.1"], undefined]) {
    const { chainPem: cert, keyPem: key } = certificate;
    using listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert,
      key,
      ...(alpnProtocols && { alpnProtocols }),
    });
    const heads: string[] = [];
    const accepting = (async () => {
      for (let i = 0; i < 3; i++) {
        const conn = await listener.accept();
        void (async () => {
          const into = new Uint8Array(4_096);
          for (let count = await conn.read(into); count !== null; count = await conn.read(into)) {
            const head = new TextDecoder().decode(into.subarray(0, count));
            heads.push(head);
            const answer = head.startsWith("CONNECT") ? "" : "content-length: 5\r\n";
            const body = head.startsWith("CONNECT") ? "" : "hello";
            await conn.write(new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${answer}\r\n${body}`));
          }
          conn.close();
        })().catch(() => conn.close());
      }
    })();
    using client = clientOf({ port: listener.addr.port });
    const urls = ["http://a.test/", "http://b.test/", "http://c.test/"];
    assertEquals(await Promise.all(urls.map((url) => get(client, url))), ["hello", "hello", "hello"]);
    await accepting;
    assertEquals(heads.filter((head) => head.startsWith("CONNECT ")).length, 3);
  }
});

Deno.test("CONNECT over HTTP/2: Q-28: an https: origin is reached in Ductile's TLS inside the stream, and named in its own errors", async () => {
  await using proxy = startHttp2Proxy(certificate, (event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    if (event.type === "data") {
      assertEquals(event.data[0], 0x16); // a handshake
      machine.sendData(event.streamId, new TextEncoder().encode("this is no TLS"), false);
    }
  });
  using client = clientOf(proxy);
  const error = await assertRejects(() => client.get("https://origin.test/"), ClientError);
  assertEquals(error.code, "handshake_failed", error.detail);
  assertMatch(error.detail, /"origin\.test"/);
});

Deno.test("CONNECT over HTTP/2: Q-30: what comes in DATA of single bytes, and of none, is the same", async () => {
  await using proxy = startHttp2Proxy(certificate, (event, { machine }) => {
    if (event.type === "request") machine.sendResponse(event.streamId, 200, [], false);
    if (event.type !== "data") return;
    for (const char of "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello") {
      machine.sendData(event.streamId, new TextEncoder().encode(char), false);
      if (char === "\r") machine.sendData(event.streamId, new Uint8Array(), false);
    }
  });
  using client = clientOf(proxy);
  assertEquals(await get(client, "http://origin.test/"), "hello");
});

Deno.test("CONNECT over HTTP/2: Q-30: END_STREAM ends one direction, RST_STREAM both, and other tunnels go on", async () => {
  const seen: string[] = [];
  await using proxy = startHttp2Proxy(certificate, (event, { machine }) => {
    if (event.type === "request") {
      machine.sendResponse(event.streamId, 200, [], false);
      if (event.authority !== "quiet.test:80") {
        machine.sendData(event.streamId, new TextEncoder().encode("hi"), event.authority === "ends.test:80");
      }
    }
    if (event.type === "data") {
      seen.push(new TextDecoder().decode(event.data));
      machine.consume(event.streamId, event.data.length);
    }
    if (event.type === "end_of_message") seen.push("END_STREAM");
    if (event.type === "reset") seen.push(event.error.code);
  });
  const tunnelOf = (client: Client, host: string) =>
    client.connect(`${host}:80`, { via: `https://localhost:${proxy.port}` });
  using client = new Client({ caCerts: authority.certPem });
  using ends = await tunnelOf(client, "ends.test");
  using goesOn = await tunnelOf(client, "on.test");
  const into = new Uint8Array(8);
  assertEquals([await ends.read(into), await ends.read(into)], [2, null]);
  await ends.write(new TextEncoder().encode("still"));
  await ends.closeWrite();
  await eventually("the proxy sees the end", () => seen.includes("END_STREAM"));
  assertEquals(seen, ["still", "END_STREAM"]);
  using reset = await tunnelOf(client, "quiet.test");
  reset.close();
  await eventually("the proxy sees the reset", () => seen.includes("CANCEL"));
  await goesOn.write(new TextEncoder().encode("here"));
  await eventually("the other tunnel goes on", () => seen.includes("here"));
  assertEquals(proxy.accepted, 1);
});

Deno.test("CONNECT over HTTP/2: more tunnels than the proxy allows streams get another connection", async () => {
  await using proxy = startHttp2Proxy(certificate, opening(), { maxConcurrentStreams: 2 });
  using client = clientOf(proxy);
  const urls = Array.from({ length: 5 }, (_, index) => `http://h${index}.test/`);
  assertEquals(await Promise.all(urls.map((url) => get(client, url))), urls.map(() => "hello"));
  assertEquals(proxy.accepted, 3);
});

Deno.test("CONNECT over HTTP/2: a proxy that allows no stream at all is given up", async () => {
  await using proxy = startHttp2Proxy(certificate, opening(), { maxConcurrentStreams: 0 });
  using client = clientOf(proxy, { timeouts: { connect: 20_000 }, pool: { idleTimeout: 50 } });
  await assertRejects(() => client.get("http://origin.test/"), ClientError);
  assert(proxy.accepted <= 4, `${proxy.accepted} connections`);
  await eventually("its connections are closed", () => proxy.open === 0);
});

Deno.test("CONNECT over HTTP/2: an abort while the tunnel is waited for resets its stream alone", async () => {
  const resets: string[] = [];
  const open = opening();
  await using proxy = startHttp2Proxy(certificate, (event, connection) => {
    if (event.type === "reset") resets.push(event.error.code);
    const isSlow = event.type === "request" && event.authority === "slow.test:80";
    if (!isSlow) open(event, connection);
  });
  using client = clientOf(proxy);
  assertEquals(await get(client, "http://a.test/"), "hello");
  const abort = new AbortController();
  const slow = client.get("http://slow.test/", { signal: abort.signal });
  await eventually("it is asked for", () => proxy.requests.length === 2);
  abort.abort(new Error("enough"));
  await assertRejects(() => slow, Error, "enough");
  await eventually("the stream is reset", () => resets.length === 1);
  assertEquals(resets, ["CANCEL"]);
  assertEquals(await get(client, "http://b.test/"), "hello");
  assertEquals(proxy.accepted, 1);
});

Deno.test("CONNECT over HTTP/2: Q-26: silence ends with connect_timeout, which names the stage, and others go on", async () => {
  const open = opening();
  await using proxy = startHttp2Proxy(certificate, (event, connection) => {
    const isSlow = event.type === "request" && event.authority === "slow.test:80";
    if (!isSlow) open(event, connection);
  });
  using client = clientOf(proxy);
  assertEquals(await get(client, "http://a.test/"), "hello");
  const error = await assertRejects(
    () => client.get("http://slow.test/", { timeouts: { connect: 100 } }),
    ClientError,
  );
  assertEquals(error.code, "connect_timeout");
  assertMatch(error.detail, /over 100 ms, waiting for the proxy "localhost:\d+" to open a tunnel/);
  using fresh = clientOf(proxy);
  const first = await assertRejects(
    () => fresh.get("http://slow.test/", { timeouts: { connect: 1_000 } }),
    ClientError,
  );
  assertMatch(first.detail, /over 1000 ms, waiting for the proxy "localhost:\d+" to open a tunnel/);
  assertEquals(await get(client, "http://a.test/"), "hello");
  assertEquals(proxy.accepted, 2);
});

Deno.test("CONNECT over HTTP/2: the way makes the connection: other credentials, fields, TLS or protocols share none", async () => {
  await using proxy = startHttp2Proxy(certificate, opening(), { alpnProtocols: ["h2"] });
  const url = `https://localhost:${proxy.port}`;
  const tls = { caCerts: authority.certPem };
  const servers = [
    { url, tls, tunnel: true },
    { url, tls, tunnel: true, username: "a" },
    { url, tls, tunnel: true, headers: { x: "1" } },
    { url, tls: { ...tls }, tunnel: true },
    { url, tls, tunnel: true, protocols: ["h2"] as const },
    { url, tls, tunnel: true },
  ];
  const left = [...servers];
  using client = new Client({ proxy: () => left.shift() });
  for (const [index] of servers.entries()) {
    assertEquals(await get(client, `http://h${index}.test/`), "hello");
  }
  assertEquals(proxy.accepted, 5);
  assertEquals(client.stats().origins[`CONNECT via ${url}`]?.connections, 5);
  client.close();
  await eventually("the connections are closed", () => proxy.open === 0);
});

Deno.test("CONNECT over HTTP/2: the way to a proxy is of its connection: through another proxy there is another", async () => {
  await using proxy = startHttp2Proxy(certificate);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const relaying = (async () => {
    for await (const conn of listener) {
      const head = new Uint8Array(4_096);
      await conn.read(head);
      await conn.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
      const behind = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
      conn.readable.pipeTo(behind.writable).catch(() => {});
      behind.readable.pipeTo(conn.writable).catch(() => {});
    }
  })();
  const last = {
    url: `https://localhost:${proxy.port}`,
    tls: { caCerts: authority.certPem },
    tunnel: true,
  };
  const ways = ["one:1@", "two:2@", "one:1@", undefined];
  {
    using client = new Client({
      proxy: () => {
        const userinfo = ways.shift();
        return userinfo === undefined ? last : [`http://${userinfo}127.0.0.1:${listener.addr.port}`, last];
      },
    });
    for (const host of ["a", "b", "c", "d"]) assertEquals(await get(client, `http://${host}.test/`), "hello");
    assertEquals(proxy.accepted, 3);
  }
  await eventually("all are closed", () => proxy.open === 0);
  listener.close();
  await relaying.catch(() => {});
});

Deno.test("CONNECT over HTTP/2: a chain inside a stream: the second proxy's tunnels are streams of a connection through the first", async () => {
  // One proxy plays both: the inner one is spoken to in HTTP/1.1 inside a stream of the outer one.
  const heads: string[] = [];
  const open = opening();
  await using proxy = startHttp2Proxy(certificate, (event, connection) => {
    if (event.type !== "data") return open(event, connection);
    const { machine } = connection;
    machine.consume(event.streamId, event.data.length);
    const head = new TextDecoder().decode(event.data);
    heads.push(head);
    const answer = head.startsWith("CONNECT ")
      ? "HTTP/1.1 200 OK\r\n\r\n"
      : "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    machine.sendData(event.streamId, new TextEncoder().encode(answer), false);
  });
  using client = new Client({
    proxy: [
      {
        url: `https://one:1@localhost:${proxy.port}`,
        tls: { caCerts: authority.certPem },
      },
      { url: "http://two:2@second.test:3128", tunnel: true },
    ],
  });
  for (const host of ["a.test", "b.test"]) assertEquals(await get(client, `http://${host}/`), "hello");
  assertEquals(proxy.accepted, 1);
  assertEquals(proxy.requests.map(({ authority, fields }) => [authority, fields]), [
    ["second.test:3128", [["proxy-authorization", `Basic ${btoa("one:1")}`]]],
    ["second.test:3128", [["proxy-authorization", `Basic ${btoa("one:1")}`]]],
  ]);
  assertEquals(heads.filter((head) => head.startsWith("CONNECT ")).map((head) => head.split(" ")[1]), [
    "a.test:80",
    "b.test:80",
  ]);
});

Deno.test("CONNECT over HTTP/2: protocols without http/1.1 refuse a proxy that speaks no other, and tunnel http: URLs", async () => {
  await using proxy = startHttp2Proxy(certificate, opening(), { alpnProtocols: ["h2", "http/1.1"] });
  const tls = { caCerts: authority.certPem };
  const url = `https://localhost:${proxy.port}`;
  using client = new Client({ proxy: { url, tls, protocols: ["h2"] } });
  assertEquals(await get(client, "http://origin.test/"), "hello");
  await using old = startHttp2Proxy(certificate, opening(), { alpnProtocols: [] });
  using other = new Client({
    proxy: { url: `https://localhost:${old.port}`, tls, protocols: ["h2"] },
  });
  const error = await assertRejects(() => other.get("http://origin.test/"), ClientError);
  assertEquals(error.code, "proxy_protocol", error.detail);
  assertMatch(error.detail, /it does not speak HTTP\/2/);
  for (const protocols of [[], ["h3"], "h2"]) {
    const wrong = { url, protocols } as unknown as { url: string }; // what a caller without types can give
    assertEquals(
      assertThrows(() => new Client({ proxy: wrong }), ClientError).code,
      "unsupported_option",
    );
  }
  assertThrows(() => new Client({ proxy: { url: "http://proxy.test", protocols: ["h2"] } }), ClientError);
});

Deno.test("CONNECT over HTTP/2: a program ends although tunnels and the connection to the proxy are open", async () => {
  await using proxy = startHttp2Proxy(certificate);
  const script = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(
      script,
      `
import { Client } from ${JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)};
const tls = { caCerts: ${JSON.stringify(authority.certPem)} };
const client = new Client({ proxy: { url: "https://localhost:${proxy.port}", tls, tunnel: true } });
const texts = await Promise.all(["a", "b"].map(async (name) => await (await client.get(\`http://\${name}.test/\`)).text()));
console.log(texts.join(), client.stats().connections);
`,
    );
    const config = `--config=${pathOf(new URL("../../../deno.json", import.meta.url))}`;
    const { stdout, stderr } = await run("deno", ["run", "--no-check", config, "--allow-net", script]);
    assertEquals(stdout, "hello,hello 3\n", stderr);
  } finally {
    await Deno.remove(script);
  }
});
