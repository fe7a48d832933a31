import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { ClientError } from "../../client/error/client_error.ts";
import { VERSION } from "../../client/version.ts";
import { FakeHost, type FakeWorld, respond } from "./fake_host.ts";

const URL_ = "https://example.com/";

async function run(
  args: readonly string[],
  world: FakeWorld = {},
): Promise<{ code: number; host: FakeHost }> {
  const host = new FakeHost(world);
  const code = await main(args, host);
  // Whatever happened, nothing is left behind.
  assertEquals(host.ticking.size, 0);
  assertEquals(host.open.size, 0);
  assertEquals(host.interrupt, undefined);
  assertEquals(host.closed, host.options !== undefined);
  return { code, host };
}

/** What is said of the connection that {@linkcode respond} makes up. */
const CONNECTED = `* Connected to example.com (192.0.2.1 port 443) from 10.0.0.1 port 50000 in 1.5 ms
* TLS handshake with "example.com" in 20 ms, ALPN chose "http/1.1"; Deno's TLS reveals neither version nor cipher suite
`;
const TIMING = "* Waited 22 ms for the connection, then 3.0 ms for the head\n";

Deno.test("main: the body goes to one side, the connection and the head to the other", async () => {
  const { code, host } = await run([URL_], {
    answer: () => respond({ fields: [["content-type", "text/plain"]], body: ["hel", "lo"] }),
  });
  assertEquals(code, 0);
  assertEquals(host.outputText, "hello");
  assertEquals(host.said, `${CONNECTED}< HTTP/1.1 200 OK\n< content-type: text/plain\n<\n${TIMING}`);
});

Deno.test("main: silent is silent", async () => {
  const { code, host } = await run(["-s", URL_], { answer: () => respond({ body: ["hello"] }) });
  assertEquals({ code, said: host.said, out: host.outputText }, { code: 0, said: "", out: "hello" });
});

Deno.test("main: verbose tells the request, 1xx responses and trailers, and hides credentials", async () => {
  const args = ["-v", "-d", "pin=1234", "-H", "Cookie: s3cret", "https://me:s3cret@example.com/a?b"];
  const { code, host } = await run(args, {
    answer: (request) => {
      request.onInformational?.(103, new Headers({ link: "</x>" }));
      return respond({
        fields: [["set-cookie", "id=s3cret; Secure"]],
        body: ["hello"],
        trailers: () => Promise.resolve([["digest", "x"]]),
      });
    },
  });
  assertEquals(code, 0);
  assertEquals(
    host.said,
    `${CONNECTED}* The certificate's SHA-256 is 039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81
> POST /a?b HTTP/1.1
> host: example.com
> accept: */*
> user-agent: Ductile/${VERSION}
> cookie: <hidden>
> content-type: application/x-www-form-urlencoded
> authorization: Basic <hidden>
> content-length: 8
>
* Sent 8 bytes of content
< 103 (informational)
< link: </x>
<
< HTTP/1.1 200 OK
< set-cookie: id=<hidden>; Secure
<
${TIMING}* Trailers:
< digest: x
* Received 5 bytes in 0.0 ms
`,
  );
});

Deno.test("main: verbose tells the request although nothing comes back", async () => {
  const { code, host } = await run(["-v", URL_], {
    answer: () =>
      Promise.reject(new ClientError("connection_closed", "Cannot complete the exchange: the end")),
  });
  assertEquals(code, 52);
  assert(host.said.startsWith("> GET /\n> host: example.com\n"), host.said);
  assert(host.said.endsWith(">\nductile: Cannot complete the exchange: the end\n"), host.said);
});

Deno.test("main: what a server says cannot move the cursor", async () => {
  const { host } = await run(["-v", URL_], {
    answer: (request) => {
      request.onInformational?.(103, new Headers({ x: "\x9b1" }));
      return respond({
        statusText: "\x9b2",
        fields: [["x", "\x9b3"], ["y", "\xe2\x80\xae4"]],
        trailers: () => Promise.resolve([["z", "\x9b5"]]),
      });
    },
  });
  for (const text of ["\\x9b1", "\\x9b2", "\\x9b3", "\\u{202e}4", "\\x9b5"]) {
    assertStringIncludes(host.said, text);
  }
  // deno-lint-ignore no-control-regex -- they are what must not be there
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(host.said), host.said);
});

Deno.test("main: a terminal with colours gets some, and a terminal alone decides", async () => {
  const coloured = await run([URL_], { terminals: ["stderr"], color: true });
  assertStringIncludes(coloured.host.said, "\x1b[1m< HTTP/1.1 200 OK\x1b[0m\n");
  assertStringIncludes(coloured.host.said, "\x1b[2m* Connected");
  const plain = await run([URL_], { terminals: ["stderr"] });
  assert(!plain.host.said.includes("\x1b"));
});

Deno.test("main: a connection that is used again is nothing new, and verbose says which it is", async () => {
  const answer = () =>
    respond({
      connection: () => ({ id: 7, reused: true, timings: { connect: 1, waiting: 0, headers: 2 } }),
    });
  const head = "< HTTP/1.1 200 OK\n<\n* Waited 0.0 ms for the connection, then 2.0 ms for the head\n";
  assertEquals((await run(["http://example.com/"], { answer })).host.said, head);
  const { said } = (await run(["-v", "http://example.com/"], { answer })).host;
  assert(said.startsWith("* Connection 7 to example.com is used again\n> GET / HTTP/1.1\n"), said);
});

Deno.test("main: what is not known of a connection is left out or said to be unknown", async () => {
  const { host } = await run(["-v", URL_], {
    answer: () =>
      respond({
        connection: () => ({
          id: 1,
          reused: false,
          tls: {
            implementation: "deno",
            alpnProtocol: null,
            serverName: "example.com",
            peerCertificate: undefined,
          },
          timings: { waiting: 0, headers: 2 },
        }),
      }),
  });
  assertStringIncludes(
    host.said,
    '* Connected to example.com\n* TLS handshake with "example.com", ALPN chose nothing; ',
  );
  assertStringIncludes(host.said, "* Deno's TLS does not reveal the certificate\n");
});

// --- output

Deno.test("main: binary content is kept from a terminal", async () => {
  const answer = () => respond({ body: ["\x00\x01"] });
  const refused = await run([URL_], { terminals: ["stdout"], answer });
  assertEquals({ code: refused.code, out: refused.host.outputText }, { code: 23, out: "" });
  assertStringIncludes(refused.host.said, "Cannot write the body to the terminal: it is binary\n  hint: ");
  const insisted = await run(["-o", "-", URL_], { terminals: ["stdout"], answer });
  assertEquals({ code: insisted.code, out: insisted.host.outputText }, { code: 0, out: "\x00\x01" });
  const piped = await run([URL_], { answer });
  assertEquals({ code: piped.code, out: piped.host.outputText }, { code: 0, out: "\x00\x01" });
});

Deno.test("main: text in any script, with colours, is no binary", async () => {
  const text = "\x1b[1mhäß\x1b[0m 日本語\t\r\n\f";
  const { code, host } = await run([URL_], {
    terminals: ["stdout"],
    answer: () => respond({ body: [text] }),
  });
  assertEquals({ code, out: host.outputText }, { code: 0, out: text });
});

Deno.test("main: a file gets the body, and a line says so", async () => {
  const { code, host } = await run(["-o", "page", URL_], { answer: () => respond({ body: ["hel", "lo"] }) });
  assertEquals({ code, written: host.written, out: host.outputText }, {
    code: 0,
    written: { page: "hello" },
    out: "",
  });
  assert(host.said.endsWith('* Wrote "page": 5 bytes in 0.0 ms\n'), host.said);
  assert(!host.said.includes("\r"));
});

Deno.test("main: an empty body makes an empty file", async () => {
  const { code, host } = await run(["-o", "page", URL_], {
    answer: () => respond({ status: 204, body: null }),
  });
  assertEquals({ code, written: host.written }, { code: 0, written: { page: "" } });
});

Deno.test("main: a terminal sees the progress of a file", async () => {
  const { code, host } = await run(["-o", "page", URL_], {
    terminals: ["stderr"],
    answer: (_request, world) =>
      respond({
        fields: [["content-length", "10"]],
        body: ["hello", "hello"],
        // As if it took a second to come.
        onRead() {
          world.time += 1_000;
          for (const tick of world.ticking) tick();
        },
      }),
  });
  assertEquals({ code, written: host.written }, { code: 0, written: { page: "hellohello" } });
  const frames = host.said.split("\r");
  assertMatch(frames[1] ?? "", /^ {2}0% {2}0 B of 10 B /);
  assertMatch(frames.at(-1) ?? "", /^100% {2}10 B of 10 B .*\n\* Wrote "page": 10 bytes/);
  for (const frame of frames.slice(1, -1)) assertEquals(frame.length, 79);
});

Deno.test("main: silence has no progress", async () => {
  const { host } = await run(["-s", "-o", "page", URL_], {
    terminals: ["stderr"],
    answer: () => respond({ body: ["x"] }),
  });
  assertEquals(host.said, "");
});

Deno.test("main: a file may be named by the URL", async () => {
  const { code, host } = await run(["-sO", "https://example.com/a/b%20c.tgz?d/e"], {
    answer: () => respond({ body: ["x"] }),
  });
  assertEquals({ code, written: host.written }, { code: 0, written: { "b%20c.tgz": "x" } });
});

for (const path of ["", "a/", "a/..", "a/%2e%2E", "a/.", "..\\"]) {
  Deno.test(`main: a URL whose path is "/${path}" names no file`, async () => {
    const { code, host } = await run(["-O", `${URL_}${path}`]);
    assertEquals({ code, requests: host.requests.length }, { code: 2, requests: 0 });
    assertStringIncludes(host.said, "--output FILE");
  });
}

Deno.test("main: a file that may not be written to is found out before anything is sent", async () => {
  const { code, host } = await run(["-o", "page", URL_], { forbidden: ["page"] });
  assertEquals({ code, requests: host.requests.length }, { code: 23, requests: 0 });
  assertStringIncludes(host.said, "hint: Run with --allow-write=page.\n");
});

Deno.test("main: a file that cannot be opened fails with the reason", async () => {
  const { code, host } = await run(["-so", "/tmp", URL_], { unopenable: ["/tmp"] });
  assertEquals(code, 23);
  assertEquals(
    host.said,
    'ductile: Cannot write to "/tmp"\n  cause: IsADirectory: Is a directory (os error 21)\n',
  );
});

Deno.test("main: a file is not touched by a request that fails", async () => {
  const { code, host } = await run(["-o", "page", URL_], {
    answer: () => Promise.reject(new ClientError("dns", "Cannot connect: no address")),
  });
  assertEquals({ code, written: host.written }, { code: 6, written: {} });
});

Deno.test("main: what is left of a body that breaks off is kept, and said to be incomplete", async () => {
  const { code, host } = await run(["-o", "page", URL_], {
    answer: () =>
      respond({
        fields: [["content-length", "10"]],
        body: ["hello", new ClientError("truncated", "Cannot read: cut")],
      }),
  });
  assertEquals({ code, written: host.written }, { code: 18, written: { page: "hello" } });
  assert(
    host.said.endsWith('* "page" is incomplete: it has 5 of 10 bytes\nductile: Cannot read: cut\n'),
    host.said,
  );
});

Deno.test("main: a connection that closes inside a body is the same as one that breaks off", async () => {
  const cut = new ClientError("connection_closed", "Cannot read: closed");
  const { code, host } = await run(["-s", URL_], { answer: () => respond({ body: ["hello", cut] }) });
  assertEquals({ code, out: host.outputText, said: host.said }, {
    code: 18,
    out: "hello",
    said: "ductile: Cannot read: closed\n",
  });
});

Deno.test("main: a disk that is full ends the download", async () => {
  const { code, host } = await run(["-o", "page", URL_], {
    room: 7,
    answer: () => respond({ body: ["hello", "hello"] }),
  });
  assertEquals(code, 23);
  assert(
    host.said.endsWith(
      '* "page" is incomplete: it has 5 bytes\nductile: Cannot write to "page"\n' +
        "  cause: Error: No space left on device (os error 28)\n",
    ),
    host.said,
  );
});

Deno.test("main: a reader that has gone ends the download", async () => {
  const { code, host } = await run(["-s", URL_], { room: 0, answer: () => respond({ body: ["hello"] }) });
  assertEquals(code, 23);
  assertStringIncludes(host.said, "ductile: Cannot write the body to standard output\n");
});

Deno.test("main: the head may be part of the output, as it came", async () => {
  const answer = () => respond({ fields: [["set-cookie", "id=1"], ["x", "\xe9"]], body: ["hello"] });
  const { host } = await run(["-i", URL_], { answer });
  const expected = "HTTP/1.1 200 OK\r\nset-cookie: id=1\r\nx: \xe9\r\n\r\nhello";
  assertEquals(host.output, Uint8Array.from(expected, (char) => char.charCodeAt(0)));
  // It need not be said twice.
  assertEquals(host.said, CONNECTED + TIMING);
});

Deno.test("main: on a terminal the head in the output is printable", async () => {
  const { host } = await run(["-I", URL_], {
    terminals: ["stdout"],
    answer: () => respond({ statusText: "\x9b", fields: [["x", "\xe9\x9b"]], body: null }),
  });
  assertEquals(host.requests[0]?.method, "HEAD");
  assertEquals(host.outputText, "HTTP/1.1 200 \\x9b\r\nx: \\xe9\\x9b\r\n\r\n");
});

Deno.test("main: --fail makes a status of 400 a failure without a body", async () => {
  for (const [status, code, out] of [[399, 0, "body"], [400, 22, ""], [503, 22, ""]] as const) {
    const { code: ended, host } = await run(["-f", URL_], {
      answer: () => respond({ status, body: ["body"] }),
    });
    assertEquals({ ended, out: host.outputText }, { ended: code, out });
  }
});

// --- redirects

const MOVED = (location: string, status = 302) =>
  respond({ status, statusText: "Found", fields: [["location", location]], body: ["moved"] });

Deno.test("main: a redirect that was not to be followed is a response", async () => {
  const { code, host } = await run([URL_], { answer: () => MOVED("/b") });
  assertEquals({ code, requests: host.requests.length, out: host.outputText }, {
    code: 0,
    requests: 1,
    out: "moved",
  });
});

Deno.test("main: a redirect is said in a line, without the query, which is for the next server alone", async () => {
  const { code, host } = await run(["-L", URL_], {
    answer: ({ url }) => url === URL_ ? MOVED("/b?token") : respond({ body: ["there"] }),
  });
  assertEquals({ code, out: host.outputText }, { code: 0, out: "there" });
  assert(host.said.startsWith(`${CONNECTED}* Redirected with 302 to https://example.com/b?...\n`), host.said);
  assert(!host.said.includes("token"), host.said);
});

Deno.test("main: a redirect with credentials for another origin is refused, and they are not shown", async () => {
  const { code, host } = await run(["-L", URL_], { answer: () => MOVED("http://me:s3cret@other.example/") });
  assertEquals(code, 47);
  assertStringIncludes(host.said, "< location: http://<hidden>@other.example/\n");
  assert(!host.said.includes("s3cret"), host.said);
});

Deno.test("main: the requests that redirects lead to carry what they may", async () => {
  const args = ["-L", "-d", "x=1", "-H", "Authorization: Bearer s3cret", "-H", "X-A: 1", URL_];
  const { code, host } = await run(args, {
    answer: ({ url }) => {
      if (url === URL_) return MOVED("/b?q", 307);
      if (url === "https://example.com/b?q") return MOVED("https://other.example/c");
      return respond({ body: ["there"] });
    },
  });
  assertEquals(code, 0);
  assertEquals(host.outputText, "there");
  const seen = host.requests.map(({ url, method, body, headers, redirect }) => ({
    url,
    method,
    body: body instanceof Uint8Array ? new TextDecoder().decode(body) : body,
    fields: (headers as [string, string][]).map(([name]) => name).filter((name) =>
      !/^(?:accept|user-agent)$/.test(name)
    ),
    redirect,
  }));
  const manual = { redirect: "manual" as const };
  assertEquals(seen, [
    { url: URL_, method: "POST", body: "x=1", fields: ["authorization", "x-a", "content-type"], ...manual },
    {
      url: `${URL_}b?q`,
      method: "POST",
      body: "x=1",
      fields: ["authorization", "x-a", "content-type"],
      ...manual,
    },
    { url: "https://other.example/c", method: "GET", body: undefined, fields: ["x-a"], ...manual },
  ]);
  assertEquals(host.said.match(/^\* Redirected.*$/gm), [
    "* Redirected with 307 to https://example.com/b?...",
    "* Redirected with 302 to https://other.example/c",
  ]);
});

Deno.test("main: verbose shows each hop", async () => {
  const { host } = await run(["-vL", URL_], { answer: ({ url }) => url === URL_ ? MOVED("/b") : respond() });
  const heads = host.said.split("\n").filter((line) => /^[<>] (?:GET|HTTP)|^\* Redirected/.test(line));
  assertEquals(heads, [
    "> GET / HTTP/1.1",
    "< HTTP/1.1 302 Found",
    "* Redirected with 302 to https://example.com/b",
    "> GET /b HTTP/1.1",
    "< HTTP/1.1 200 OK",
  ]);
});

Deno.test("main: a circle of redirects ends, and the last response is shown", async () => {
  const { code, host } = await run(["-L", "--max-redirs", "2", URL_], { answer: () => MOVED("/") });
  assertEquals({ code, requests: host.requests.length }, { code: 47, requests: 3 });
  assertStringIncludes(host.said, "< HTTP/1.1 302 Found\n");
  assertStringIncludes(host.said, "hint: Allow more with --max-redirs");
});

Deno.test("main: all requests together have the time that was given", async () => {
  const { host } = await run(["-L", "-m", "5", URL_], {
    answer: ({ url }, world) => {
      world.time += 2_000;
      return url === URL_ ? MOVED("/b") : respond();
    },
  });
  assertEquals(host.requests.map(({ timeouts }) => timeouts), [{ total: 5_000 }, { total: 3_000 }]);
});

Deno.test("main: a redirect's content is read to its end where it is short, and given up where it is long", async () => {
  for (const [pieces, reads] of [[3, 4], [1_000, 7]] as const) {
    let count = 0;
    const { code, host } = await run(["-L", URL_], {
      answer: ({ url }) => {
        if (url !== URL_) return respond({ body: ["there"] });
        const body = Array.from({ length: pieces }, () => "x".repeat(10_000));
        return respond({ status: 302, fields: [["location", "/b"]], body, onRead: () => count++ });
      },
    });
    assertEquals({ code, out: host.outputText, count }, { code: 0, out: "there", count: reads });
  }
});

Deno.test("main: a redirect whose content is cut short is followed all the same", async () => {
  const { code, host } = await run(["-L", URL_], {
    answer: ({ url }) =>
      url === URL_
        ? respond({ status: 302, fields: [["location", "/b"]], body: [new Error("cut")] })
        : respond({ body: ["there"] }),
  });
  assertEquals({ code, out: host.outputText }, { code: 0, out: "there" });
});

// --- failures

Deno.test("main: Ctrl-C ends a request", async () => {
  const { code, host } = await run([URL_], {
    answer: ({ signal }, world) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal?.addEventListener("abort", () => reject(signal.reason));
      world.interrupt?.();
      return promise;
    },
  });
  assertEquals(code, 130);
  assert(host.said.endsWith("ductile: Interrupted\n"), host.said);
});

Deno.test("main: Ctrl-C ends a download and keeps what has come", async () => {
  const { code, host } = await run(["-o", "page", URL_], {
    answer: ({ signal }, world) => {
      const response = respond({ fields: [["content-length", "10"]], body: ["hello"] });
      const { body } = response;
      if (body === null) throw new Error("There is a body");
      Object.defineProperty(response, "body", {
        value: body.pipeThrough(
          new TransformStream<Uint8Array, Uint8Array>({
            flush() {
              world.interrupt?.();
              throw signal?.reason;
            },
          }),
        ),
      });
      return response;
    },
  });
  assertEquals({ code, written: host.written }, { code: 130, written: { page: "hello" } });
  assert(
    host.said.endsWith('* "page" is incomplete: it has 5 of 10 bytes\nductile: Interrupted\n'),
    host.said,
  );
});

const FAILURES = [
  {
    error: new ClientError("dns", "Cannot connect: x", { hint: "Spell it." }),
    code: 6,
    said: "ductile: Cannot connect: x\n  hint: Spell it.\n",
  },
  {
    error: new ClientError("connection_refused", "Cannot connect: x", {
      cause: new Deno.errors.ConnectionRefused("Connection refused (os error 111)"),
    }),
    code: 7,
    said: "ductile: Cannot connect: x\n  cause: ConnectionRefused: Connection refused (os error 111)\n",
  },
  {
    error: new ClientError(
      "certificate_invalid",
      "Cannot connect: it is an authority's, which must not be x",
      {
        hint: "Use a verifier.",
      },
    ),
    code: 60,
    said:
      "ductile: Cannot connect: it is an authority's, which must not be x\n  hint: Know the server by its key, with " +
      "--insecure beside --pinnedpubkey (--insecure --verbose shows it); or let the authority sign one for the " +
      "server (CA:FALSE).\n",
  },
  {
    error: new ClientError("handshake_failed", "Cannot go on: x", {
      hint: "It is wanted: see cert and key.",
    }),
    code: 35,
    said: "ductile: Cannot go on: x\n  hint: It is wanted: see --cert and --key.\n",
  },
  {
    error: new ClientError("certificate_unknown_issuer", "Cannot connect: x", { hint: "Use caCerts." }),
    code: 60,
    said:
      "ductile: Cannot connect: x\n  hint: Name the file with its authority's certificate: --cacert FILE.\n",
  },
  {
    error: new ClientError("handshake_failed", "Cannot connect: x"),
    code: 35,
    said: "ductile: Cannot connect: x\n",
  },
  {
    error: new ClientError("handshake_failed", "Cannot connect: bad DER", {
      cause: Object.assign(new Error("Cannot use it: bad DER"), { code: "bad_certificate_pem" }),
    }),
    code: 58,
    said: "ductile: Cannot connect: bad DER\n  cause: Cannot use it: bad DER\n",
  },
  {
    error: new ClientError("total_timeout", "Cannot go on: x"),
    code: 28,
    said:
      "ductile: Cannot go on: x\n  hint: Allow more time with --max-time, or find out what holds the server up.\n",
  },
  { error: new ClientError("decoding_failed", "Cannot decode"), code: 61, said: "ductile: Cannot decode\n" },
  {
    error: new ClientError("stream_reset", "Cannot \x1b[2J https://u:p@h/"),
    code: 92,
    said: "ductile: Cannot \\x1b[2J https://<hidden>@h/\n",
  },
  {
    error: new RangeError("What is this"),
    code: 43,
    said: "ductile: RangeError: What is this\n  hint: This is not meant to happen; please report it.\n",
  },
  {
    error: "a string",
    code: 43,
    said: "ductile: a string\n  hint: This is not meant to happen; please report it.\n",
  },
];

for (const { error, code, said } of FAILURES) {
  const name = error instanceof ClientError ? `${error.code} with ${code}` : String(error);
  Deno.test(`main: a failure such as ${name} has its number and its words`, async () => {
    const { code: ended, host } = await run(["-s", URL_], { answer: () => Promise.reject(error) });
    assertEquals({ ended, said: host.said }, { ended: code, said });
  });
}

Deno.test("main: a cause that the message repeats is not said twice", async () => {
  const cause = new Error("Cannot shake hands: expired", { cause: new Error("CertExpired") });
  const error = new ClientError("certificate_expired", "Cannot connect: cannot shake hands: expired", {
    cause,
  });
  const { host } = await run(["-s", URL_], { answer: () => Promise.reject(error) });
  assertEquals(
    host.said,
    "ductile: Cannot connect: cannot shake hands: expired\n  cause: Error: CertExpired\n",
  );
});

Deno.test("main: a circle of causes ends, and a long one is cut", async () => {
  const error = new ClientError("protocol_error", "Cannot go on", {
    cause: new Error("Cannot ".repeat(10_000)),
  });
  Object.assign(error.cause ?? {}, { cause: error });
  const { host } = await run(["-s", URL_], { answer: () => Promise.reject(error) });
  assertEquals(host.said.match(/ {2}cause: /g)?.length, 5);
  assert(host.said.length < 6_000);
});

Deno.test("main: arguments that are wrong are not looked at any further", async () => {
  const { code, host } = await run(["-k", "--tls", "deno", URL_]);
  assertEquals({ code, made: host.options, out: host.outputText }, { code: 2, made: undefined, out: "" });
  assertEquals(
    host.said,
    "ductile: Cannot use --insecure with --tls deno: Deno's TLS cannot do this\n  hint: Leave out --tls.\n",
  );
});

Deno.test("main: --help and --version are the output", async () => {
  const help = await run(["--help"]);
  assertEquals({ code: help.code, said: help.host.said }, { code: 0, said: "" });
  assert(help.host.outputText.startsWith("Usage: deno run -N jsr:@ductile/ductile [FLAG ...] URL\n"));
  const version = await run(["-V"]);
  assertEquals({ code: version.code, out: version.host.outputText }, {
    code: 0,
    out: `ductile ${VERSION}\n`,
  });
});
