/** Recordings: each kind of exchange as an entry, its times, and no secret in it. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { delay } from "@std/async/delay";
import { type HarEntry, type HarOptions, harRecorder } from "../../har/mod.ts";
import { MAX_HAR_TOTAL_CONTENT_BYTES } from "../../har/limits.ts";
import { Recording } from "../../har/recording.ts";
import {
  Client,
  type ClientOptions,
  type ClientRequestInit,
  type ContentHookEvent,
  type RequestHookEvent,
} from "../../mod.ts";
import { startOrigin } from "../support/origin.ts";
import { type Peer, scriptedServer } from "../support/scripted_server.ts";

// Not in a string of the import itself: type-checking must not need the package.
const PACKAGE = "npm:har-validator@5.1.5";
const validator: { har(data: unknown): Promise<unknown> } | undefined = await import(PACKAGE)
  .then((module) => module.default ?? module, () => undefined);
const IS_MISSING = validator === undefined ? " (har-validator is not there)" : "";

const HELLO = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello";
const answer = (...texts: string[]) => async (peer: Peer) => {
  for (const text of texts) {
    const head = await peer.readHead();
    if (head === undefined) return;
    await peer.readBytes(Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0));
    await peer.send(text);
  }
  await peer.untilClosed();
};

interface Row {
  readonly name: string;
  /** The script of the server; without one, nothing listens. */
  readonly server?: (peer: Peer) => Promise<void>;
  readonly har?: HarOptions;
  readonly options?: ClientOptions;
  readonly path?: string;
  readonly init?: ClientRequestInit;
  /** The entries in short, each as {@linkcode inShort} has it. */
  readonly entries: readonly string[];
}

/** An entry: method, path, sizes and texts of both contents, the status and where it leads, the failure. */
function inShort({ request, response, _error }: HarEntry): string {
  const { pathname, search } = new URL(request.url);
  const { content, redirectURL } = response;
  const sent = `${request.bodySize} ${request.postData?.text ?? "-"}`;
  const received = `${response.bodySize} ${content.size} ${content.text ?? "-"}`;
  const to = redirectURL === "" ? "" : ` to ${new URL(redirectURL).pathname}`;
  const encoding = content.encoding === undefined ? "" : ` ${content.encoding}`;
  return `${request.method} ${pathname}${search} | ${sent} | ${response.status}${to} | ${received}${encoding}${
    content.comment === undefined ? "" : " cut"
  }${_error === undefined ? "" : ` | ${_error}`}`;
}

const gzip = async (text: string) => {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return String.fromCharCode(...new Uint8Array(await new Response(stream).arrayBuffer()));
};
const LONG = "a".repeat(1_000);
const GZIPPED = await gzip(LONG);

const ROWS: readonly Row[] = [
  { name: "a response", server: answer(HELLO), entries: ["GET / | 0 - | 200 | 5 5 -"] },
  {
    name: "its content",
    server: answer(HELLO),
    har: { content: true },
    entries: ["GET / | 0 - | 200 | 5 5 hello"],
  },
  {
    name: "content that is not text, in base64",
    server: answer("HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 3\r\n\r\n\xff\x00a"),
    har: { content: true },
    entries: ["GET / | 0 - | 200 | 3 3 /wBh base64"],
  },
  {
    name: "content that is longer than allowed, cut off",
    server: answer(HELLO),
    har: { content: { maxBytes: 3 } },
    entries: ["GET / | 0 - | 200 | 5 5 hel cut"],
  },
  {
    name: "text that is cut off inside a character",
    server: answer("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\na\xc3\xa4"),
    har: { content: { maxBytes: 2 } },
    entries: ["GET / | 0 - | 200 | 3 3 a cut"],
  },
  {
    name: "content that is decoded",
    server: answer(
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: gzip\r\ncontent-length: ${GZIPPED.length}\r\n\r\n${GZIPPED}`,
    ),
    har: { content: true },
    entries: [`GET / | 0 - | 200 | ${GZIPPED.length} 1000 ${LONG}`],
  },
  {
    name: "content of the request",
    server: answer(HELLO),
    har: { content: true },
    init: { method: "POST", body: "ping" },
    entries: ["POST / | 4 ping | 200 | 5 5 hello"],
  },
  {
    name: "a form, without its password",
    server: answer(HELLO),
    har: { content: true },
    init: { method: "POST", body: new URLSearchParams({ user: "me", password: "s3cret" }) },
    entries: ["POST / | 23 user=me&password=REDACTED | 200 | 5 5 hello"],
  },
  {
    name: "a form of a type in capitals, without its password",
    server: answer(HELLO),
    har: { content: true },
    init: {
      method: "POST",
      body: "password=s3cret",
      headers: { "content-type": "Application/X-WWW-Form-Urlencoded" },
    },
    entries: ["POST / | 15 password=REDACTED | 200 | 5 5 hello"],
  },
  {
    name: "a form as a response, without its token, whether it is UTF-8 or not",
    server: answer(
      "HTTP/1.1 200 OK\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 23\r\n\r\n\xff=1&access_token=s3cret",
    ),
    har: { content: true },
    entries: ["GET / | 0 - | 200 | 23 23 \ufffd=1&access_token=REDACTED"],
  },
  {
    name: "a redirect, as an entry of its own",
    server: answer("HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n", HELLO),
    entries: ["GET / | 0 - | 302 to /next | -1 0 -", "GET /next | 0 - | 200 | 5 5 -"],
  },
  {
    name: "a redirect that is not followed",
    server: answer("HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n"),
    init: { redirect: "manual" },
    entries: ["GET / | 0 - | 302 to /next | 0 0 -"],
  },
  {
    name: "a retry, as an entry of its own",
    server: answer("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", HELLO),
    options: { retry: { backoff: () => 0 } },
    entries: ["GET / | 0 - | 503 | -1 0 -", "GET / | 0 - | 200 | 5 5 -"],
  },
  {
    name: "a refused connection",
    entries: ["GET / | 0 - | 0 | -1 0 - | connection_refused"],
  },
  {
    name: "a connection that ends without a response",
    server: async (peer) => void await peer.readHead(),
    entries: ["GET / | 0 - | 0 | -1 0 - | connection_closed"],
  },
  {
    name: "content that is cut short",
    server: async (peer) => {
      await peer.readHead();
      await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
    },
    har: { content: true },
    entries: ["GET / | 0 - | 200 | 4 4 aGFsZg== base64 | truncated"],
  },
  {
    name: "the last entries alone, where there are too many",
    server: answer("HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n", HELLO),
    har: { maxEntries: 1 },
    entries: ["GET /next | 0 - | 200 | 5 5 -"],
  },
];

/** Checks what no entry may break: the sum of its times, and the schema where the validator is there. */
async function checkHar(har: unknown, entries: readonly HarEntry[]): Promise<void> {
  await validator?.har(structuredClone(har));
  for (const { time, timings } of entries) {
    const { blocked, dns, connect, ssl, send, wait, receive } = timings;
    assertEquals([blocked, connect, send, wait, receive].every((each) => each >= 0 || each === -1), true);
    assertEquals([blocked, send, wait, receive].every((each) => each >= 0), true);
    assertEquals(dns, -1);
    assert(ssl <= connect, "ssl is part of connect");
    const sum = blocked + Math.max(0, connect) + send + wait + receive;
    assert(Math.abs(time - sum) < 0.001, `${time} is the sum ${sum}`);
  }
}

for (const { name, server, har, options, path = "", init, entries } of ROWS) {
  Deno.test(`HAR: ${name}${IS_MISSING}`, async () => {
    await using peer = server && scriptedServer(server);
    const recorder = harRecorder(har);
    {
      using client = new Client({ ...options, on: recorder.on });
      const url = `${peer?.url ?? `http://127.0.0.1:${closedPort()}/`}${path}`;
      await client.fetch(url, init).then((response) => response.text()).catch(() => {});
    }
    await delay(0);
    const recorded = recorder.har();
    assertEquals(recorded.log.entries.map(inShort), entries);
    await checkHar(recorded, recorded.log.entries);
  });
}

function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

for (const roots of ["deno", "mozilla"] as const) {
  Deno.test(`HAR: connections and TLS facts, with the roots "${roots}"${IS_MISSING}`, async () => {
    await using origin = await startOrigin();
    const recorder = harRecorder();
    using client = new Client({ caCerts: origin.caPem, roots, on: recorder.on });
    const first = await client.get(origin.url);
    await first.text();
    const second = await client.get(`${origin.url}redirect`);
    await second.text();
    const har = recorder.har();
    const { entries } = har.log;
    await checkHar(har, entries);
    const { id } = first.connection;
    assertEquals(entries.map(({ connection }) => connection), [String(id), String(id), String(id)]);
    assertEquals(entries.map(({ serverIPAddress }) => serverIPAddress), Array(3).fill("127.0.0.1"));
    assertEquals(entries.map(({ response }) => response.httpVersion), Array(3).fill("HTTP/2"));
    assertEquals(entries.map(({ timings }) => timings.connect >= 0 && timings.ssl >= 0), [
      true,
      false,
      false,
    ]);
    const [entry] = entries;
    const { _tls } = entry ?? {};
    assertEquals([_tls?.alpnProtocol, _tls?.serverName], ["h2", "localhost"]);
    assertEquals(_tls?.protocolVersion, roots === "mozilla" ? "TLSv1.3" : undefined);
    assertEquals(JSON.parse(JSON.stringify(har)), structuredClone(har), "it is JSON");
  });
}

Deno.test(`HAR: no secret without dangerIncludeSecrets, and all of them with it${IS_MISSING}`, async () => {
  const SECRETS = [
    "s3cret-user",
    "s3cret-basic",
    "s3cret-cookie",
    "s3cret-nameless",
    "s3cret-token",
    "s3cret-key",
  ]
    .concat(["s3cret-set", "s3cret-next", "s3cret-userinfo", "s3cret-referer", "s3cret-encoded"]);
  await using server = Deno.serve({ port: 0, onListen() {} }, () =>
    new Response(null, {
      status: 302,
      headers: [
        ["set-cookie", "id=s3cret-set; Path=/; HttpOnly; Expires=Sun, 06 Nov 1994 08:49:37 GMT"],
        ["location", "https://me:s3cret-userinfo@x.example/?code=s3cret-next"],
      ],
    }));
  for (const dangerIncludeSecrets of [false, true]) {
    const recorder = harRecorder({ dangerIncludeSecrets });
    using client = new Client({ on: recorder.on });
    const query = "access_token=s3cret-token&pass%77ord=s3cret-encoded&q=seen";
    const url = `http://s3cret-user:s3cret-basic@localhost:${server.addr.port}/?${query}`;
    await (await client.get(url, {
      redirect: "manual",
      headers: {
        cookie: "id=s3cret-cookie; s3cret-nameless",
        "x-api-key": "s3cret-key",
        referer: "https://y.example/?sig=s3cret-referer",
        "x-seen": "seen",
      },
    })).text();
    const har = recorder.har();
    await validator?.har(structuredClone(har));
    const text = JSON.stringify(har);
    const basic = btoa("s3cret-user:s3cret-basic");
    const found = [...SECRETS.slice(2), basic].filter((secret) => text.includes(secret));
    assertEquals(found, dangerIncludeSecrets ? [...SECRETS.slice(2), basic] : []);
    const [entry] = har.log.entries;
    assertEquals(entry?.request.queryString.at(-1), { name: "q", value: "seen" });
    assertEquals(entry?.request.cookies.map(({ name }) => name), ["id", ""]);
    const { value: _, ...cookie } = entry?.response.cookies[0] ?? { value: "" };
    assertEquals(cookie, {
      name: "id",
      path: "/",
      expires: "1994-11-06T08:49:37.000Z",
      httpOnly: true,
      secure: false,
    });
  }
});

Deno.test("HAR: a connection that was made for a request which went over another is no time of it", async () => {
  const dialling = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const connected = Promise.withResolvers<void>();
  await using peer = scriptedServer(async (peer) => {
    if (await peer.readHead() === undefined) return;
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel");
    await dialling.promise; // the second request has one made
    await peer.send("lo");
    await peer.readHead(); // and gets the first one, which is free before
    asked.resolve();
    await connected.promise;
    await peer.send(HELLO);
    await peer.untilClosed();
  });
  const recorder = harRecorder();
  let dials = 0;
  let connects = 0;
  using client = new Client({
    on: [recorder.on, { connect: () => void (++connects === 2 && connected.resolve()) }],
    async dial({ hostname, port }) {
      if (++dials === 2) {
        dialling.resolve();
        await asked.promise;
      }
      return await Deno.connect({ hostname, port });
    },
  });
  const first = await client.get(peer.url);
  const [second] = await Promise.all([client.get(peer.url), first.text()]);
  await second.text();
  const { entries } = recorder.har().log;
  assertEquals(entries.map(({ connection }) => connection), Array(2).fill(String(first.connection.id)));
  assertEquals(entries.map(({ timings }) => timings.connect === -1), [false, true]);
});

Deno.test("HAR: a recording that is cleared, and options that are refused", async () => {
  await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
  const recorder = harRecorder();
  using client = new Client({ on: recorder.on });
  for (const count of [1, 2]) {
    await (await client.get(`http://localhost:${server.addr.port}/`)).text();
    assertEquals(recorder.har().log.entries.length, count);
  }
  recorder.clear();
  assertEquals(recorder.har().log.entries, []);
  const unknown = { contents: true } as HarOptions; // no caller whose types are checked could
  assertThrows(() => harRecorder(unknown), TypeError, '"contents" is not an option');
  assertThrows(() => harRecorder({ maxEntries: -1 }), RangeError, '"maxEntries"');
  assertThrows(() => harRecorder({ content: { maxBytes: 1.5 } }), RangeError, '"content.maxBytes"');
});

Deno.test("harRecorder: the oldest entries go where all contents are too long, the last one stays", () => {
  const recording = new Recording(100, Infinity);
  const bytes = new Uint8Array(MAX_HAR_TOTAL_CONTENT_BYTES / 2);
  const told = (requestId: number) => {
    recording.onRequest({ requestId } as RequestHookEvent); // of an event, that alone is looked at
    recording.onContent({ requestId, direction: "received", bytes } as ContentHookEvent); // as are these
  };
  const kept = () => recording.exchanges.map(({ request }) => request.requestId);
  told(1);
  told(2);
  assertEquals(kept(), [1, 2]);
  told(3);
  assertEquals(kept(), [2, 3]);
  recording.onContent({ requestId: 3, direction: "sent", bytes } as ContentHookEvent);
  recording.onContent({ requestId: 3, direction: "sent", bytes } as ContentHookEvent);
  assertEquals(kept(), [3]);
  recording.clear();
  told(4);
  told(5);
  assertEquals(kept(), [4, 5]);
});
