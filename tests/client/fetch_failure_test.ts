/** The errors of the client as libraries know them: by name, by the whole message, by their cause, by their stack. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  Client,
  ClientError,
  type ClientErrorCode,
  type ClientOptions,
  type ClientRequestInit,
} from "../../mod.ts";
import { type Peer, scriptedServer } from "../support/scripted_server.ts";

/** How libraries tell a failure of the network, in short: each asks what one of them asks. */
const RECOGNISED: Readonly<Record<string, (error: Error) => boolean>> = {
  "by the exact message of undici": ({ name, message }) => name === "TypeError" && message === "fetch failed",
  "by the exact message in any case, with a cause to show": (error) =>
    error instanceof TypeError && error.message.toLowerCase() === "fetch failed" &&
    error.cause instanceof Error,
  "by a word of the message": ({ name, message }) =>
    name === "TypeError" && /Load failed|fetch/i.test(message),
  "by the class name of its tag": (error) => Object.prototype.toString.call(error) === "[object Error]",
  "after structuredClone": (error) => {
    const copy: unknown = structuredClone(error);
    return copy instanceof TypeError && copy.name === "TypeError" && copy.message === "fetch failed";
  },
};

interface Row {
  readonly name: string;
  readonly code: ClientErrorCode;
  /** The sentence says this. */
  readonly says: RegExp;
  readonly init?: ClientRequestInit;
  /** Answers on each connection; without it nothing listens. */
  readonly server?: (peer: Peer) => Promise<void>;
  /** Whether it fails while the content is read. */
  readonly inContent?: boolean;
}

const send = (text: string) => async (peer: Peer) => {
  await peer.readHead();
  await peer.send(text);
};
const head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";

const NETWORK: readonly Row[] = [
  { name: "a refused connection", code: "connection_refused", says: /nothing listens/ },
  {
    name: "a connection that ends before the response",
    code: "connection_closed",
    says: /closed|ended/,
    server: async (peer) => void await peer.readHead(),
  },
  { name: "a head that ends early", code: "truncated", says: /ended/, server: send("HTTP/1.1 200 OK\r\na") },
  {
    name: "a response that is none",
    code: "protocol_error",
    says: /does not speak HTTP/,
    server: send("nonsense\r\n\r\n"),
  },
  {
    name: "a head that takes too long",
    code: "headers_timeout",
    says: /head took over 20 ms/,
    init: { timeouts: { headers: 20 } },
    server: (peer) => peer.untilClosed(),
  },
  {
    name: "an exchange that takes too long",
    code: "total_timeout",
    says: /took over 20 ms/,
    init: { timeouts: { total: 20 } },
    server: (peer) => peer.untilClosed(),
  },
  {
    name: "too many redirects",
    code: "too_many_redirects",
    says: /1 redirects/,
    init: { maxRedirects: 1 },
    server: async (peer) => {
      while (await peer.readHead()) {
        await peer.send("HTTP/1.1 302 F\r\nlocation: /\r\ncontent-length: 0\r\n\r\n");
      }
    },
  },
  {
    name: "a redirect to a scheme that is not supported",
    code: "unsupported_scheme",
    says: /"ftp:"/,
    server: send("HTTP/1.1 302 F\r\nlocation: ftp://a/\r\ncontent-length: 0\r\n\r\n"),
  },
  {
    name: "a request's content that fails",
    code: "request_body_failed",
    says: /its source failed/,
    init: {
      method: "POST",
      body: new ReadableStream({ pull: (controller) => controller.error(new Error("the disk is gone")) }),
    },
    server: (peer) => peer.untilClosed(),
  },
  { name: "content that ends early", code: "truncated", says: /ended/, server: send(head), inContent: true },
  {
    name: "content that takes too long",
    code: "body_timeout",
    says: /took over 20 ms/,
    init: { timeouts: { body: 20 } },
    server: async (peer) => {
      await send(head)(peer);
      await peer.untilClosed();
    },
    inContent: true,
  },
  {
    name: "content that does not decode",
    code: "decoding_failed",
    says: /gzip/,
    server: send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\nnot gzip!"),
    inContent: true,
  },
];

/** The port of a listener that was closed again. */
function closedUrl(): string {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return `http://127.0.0.1:${listener.addr.port}/`;
}

async function failureOf(
  row: Row,
  read: (client: Client, url: string) => Promise<unknown>,
): Promise<ClientError> {
  await using server = scriptedServer(row.server ?? (() => Promise.resolve()));
  using client = new Client();
  const error = await assertRejects(() => read(client, row.server === undefined ? closedUrl() : server.url));
  assertInstanceOf(error, ClientError);
  return error;
}

for (const row of NETWORK) {
  const { name, code, says, init, inContent = false } = row;
  Deno.test(`fetch failure: ${name} is recognised, and says what happened`, async () => {
    const error = await failureOf(row, async function callerOfFetch(client, url) {
      const response = await client.fetch(url, init);
      if (inContent) await response.text();
    });
    for (const [how, recognises] of Object.entries(RECOGNISED)) assert(recognises(error), how);
    assertEquals(error.code, code);
    assertMatch(error.detail, says);
    assertInstanceOf(error.cause, ClientError);
    assertEquals([error.cause.code, error.cause.message, error.cause.hint], [code, error.detail, error.hint]);
    assertStringIncludes(error.stack ?? "", "callerOfFetch");
    assertStringIncludes(Deno.inspect(error), error.detail);
    // How the SDKs of OpenAI and Anthropic tell a timeout from other failures of the network.
    assertEquals(/timed? ?out/i.test(`${error}${error.cause}`), code.endsWith("_timeout"));
  });
}

for (const row of NETWORK.filter(({ inContent }) => inContent)) {
  Deno.test(`fetch failure: ${row.name} is recognised by every reader`, async () => {
    const readers: Readonly<Record<string, (response: Response) => Promise<unknown>>> = {
      stream: async (response) => {
        for await (const chunk of response.body ?? []) assert(chunk.length > 0);
      },
      clone: (response) => response.clone().text(),
      copy: (response) => new Response(response.body).text(),
      blob: (response) => response.blob(),
    };
    for (const [reader, read] of Object.entries(readers)) {
      const error = await failureOf(
        row,
        async (client, url) => await read(await client.fetch(url, row.init)),
      );
      assertEquals([error.message, error.code], ["fetch failed", row.code], reader);
      assertMatch(error.detail, row.says);
    }
  });
}

/** Failures that a retry would meet again: their message is the sentence, which no library takes for the network's. */
const OWN: readonly {
  name: string;
  code: ClientErrorCode;
  options?: ClientOptions;
  call: (client: Client) => Promise<unknown>;
}[] = [
  { name: "what is no URL", code: "invalid_url", call: (client) => client.fetch("nonsense") },
  { name: "a scheme", code: "unsupported_scheme", call: (client) => client.fetch("ftp://a/") },
  { name: "a file: URL", code: "unsupported_scheme", call: (client) => client.fetch("file:///etc/hostname") },
  {
    name: "a method",
    code: "invalid_request",
    call: (client) => client.fetch("http://a/", { method: "G T" }),
  },
  { name: "a blocked port", code: "invalid_request", call: (client) => client.fetch("http://a:25/") },
  {
    name: "tls: false",
    code: "no_tls_connector",
    options: { tls: false },
    call: (client) => client.fetch("https://a/"),
  },
  {
    name: "httpsOnly",
    code: "https_required",
    options: { httpsOnly: true },
    call: (client) => client.fetch("http://a/"),
  },
  {
    name: "a closed client",
    code: "client_closed",
    call: (client) => {
      client.close();
      return client.fetch("http://a/");
    },
  },
];

for (const { name, code, options, call } of OWN) {
  Deno.test(`fetch failure: ${name} is the caller's, and not taken for the network's`, async () => {
    using client = new Client(options);
    const error = await assertRejects(() => call(client));
    assertInstanceOf(error, ClientError);
    assertEquals([error.name, error.code, error.detail], ["TypeError", code, error.message]);
    assertMatch(error.message, /^Cannot /);
    assertEquals(
      /Load failed|fetch failed|failed to fetch|error sending request/i.test(error.message),
      false,
    );
  });
}

Deno.test("fetch failure: the reason of a signal is passed on as it is, whatever it is", async () => {
  await using server = scriptedServer((peer) => peer.untilClosed());
  using client = new Client();
  const reasons = [
    new ClientError("truncated", "Cannot go on: mine"),
    "text",
    undefined,
    new DOMException("a", "TimeoutError"),
  ];
  for (const reason of reasons) {
    const controller = new AbortController();
    const rejected = client.fetch(server.url, { signal: controller.signal }).then(
      () => "resolved",
      (error) => error,
    );
    controller.abort(reason);
    assertEquals(await rejected, controller.signal.reason);
  }
});

Deno.test("fetch failure: a timer of the caller's that is faked does not time a request out", async () => {
  const real = globalThis.setTimeout;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("x"));
  for (const http2PriorKnowledge of [false, true]) {
    using client = new Client({
      http2PriorKnowledge,
      timeouts: { headers: 1_000, body: 1_000, total: 1_000 },
    });
    const due: (() => void)[] = [];
    globalThis.setTimeout = ((callback: () => void) => due.push(callback)) as unknown as typeof setTimeout;
    try {
      const text = client.fetch(`http://127.0.0.1:${server.addr.port}/`).then((response) => response.text());
      for (const callback of due) callback(); // the clock goes on
      assertEquals([await text, due.length], ["x", 0]);
    } finally {
      globalThis.setTimeout = real;
    }
  }
});

Deno.test("fetch failure: trailers that the content is cut off before fail as the content does", async () => {
  await using server = scriptedServer(send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nok"));
  using client = new Client();
  const response = await client.fetch(server.url);
  await assertRejects(() => response.text(), TypeError, "fetch failed");
  const error = await assertRejects(() => response.trailers, ClientError, "fetch failed");
  assertEquals(error.code, "truncated");
});
